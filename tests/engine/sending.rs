//! What is sent of a context.

use super::folder::{Folder, build};

#[tokio::test]
async fn only_what_is_copied_is_sent() {
    let folder = Folder::new();
    folder.write("src/a.txt", "a").write("other.txt", "one");
    let request = folder.request("COPY src/*.txt /\n");
    // If it was sent, it would now be found to have changed.
    folder.write("other.txt", "longer");
    build(request).await.0.unwrap();
    assert_eq!(folder.run("test", "cat /a.txt"), "a");
}

#[tokio::test]
async fn what_is_copied_is_found_behind_links_and_wildcards() {
    let folder = Folder::new();
    folder.write("src/a.txt", "a").write("src/b/c.txt", "c").write("more/x", "").write("ünï/x.txt", "x");
    std::os::unix::fs::symlink("../src", folder.path().join("more/link")).unwrap();
    for (copy, file) in [
        ("COPY more/link/a.txt /", "a.txt"),
        ("COPY more/link /all/", "all/b/c.txt"),
        ("COPY more/link/*.txt /", "a.txt"),
        ("COPY s*/b/c.txt /", "c.txt"),
        ("COPY ünï/*.txt /", "x.txt"),
        ("COPY ./more/../src/./b /b/", "b/c.txt"),
    ] {
        build(folder.request(&format!("{copy}\n"))).await.0.unwrap();
        let name = file.rsplit('/').next().unwrap();
        assert_eq!(folder.run("test", &format!("cat /{file}")), name[..1], "{copy}");
    }
}
