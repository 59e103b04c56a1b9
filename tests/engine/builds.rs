//! Builds that succeed.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use futures_util::future::join_all;
use keg::border::engine::{Secret, SecretValue};
use keg::event::{Event, Events};
use sha2::{Digest, Sha256};

use super::folder::{Folder, build, engine, logged};
use crate::support;

/// Instruction, number, total, whether cached.
fn progress(events: &[Event]) -> Vec<(String, usize, usize, bool)> {
    let steps = events.iter().filter_map(|event| match event {
        Event::BuildProgress { step, current, total, instruction, cached } => {
            assert_eq!(step, "build web");
            Some((instruction.clone(), *current, *total, *cached))
        }
        _ => None,
    });
    steps.collect()
}

#[tokio::test]
async fn a_build_tells_its_progress_and_what_it_printed() {
    let folder = Folder::new();
    folder.write("a/b.txt", "hello\n").write("a/name", &folder.name);
    let mut request = folder.request("COPY a /a\nRUN cat /a/b.txt && printf unfinished >&2\n");
    request.labels.insert("dev.keg.key".into(), "k".into());
    let (built, events) = build(request).await;
    let built = built.unwrap();
    assert_eq!((built.steps, built.cached_steps), (2, 0));
    let mut logged = logged(&events);
    logged.sort_unstable();
    assert_eq!(logged, ["hello", "unfinished"]);
    let progress = progress(&events);
    let names = progress.iter().map(|step| step.0.as_str()).collect::<Vec<_>>();
    assert!(names[0].starts_with(&format!("FROM docker.io/library/{}", folder.root)), "{names:?}");
    assert_eq!(names[1..], ["COPY a /a", "RUN cat /a/b.txt && printf unfinished >&2"]);
    assert_eq!(progress.iter().map(|step| step.1).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(progress[1..].iter().map(|step| step.2).collect::<Vec<_>>(), [3, 3]);

    let image = engine().inspect(&folder.reference("test").to_string()).await.unwrap().unwrap();
    assert_eq!(image.id, built.image_id);
    assert_eq!(image.labels["dev.keg.key"], "k");
    assert_eq!(image.tags, [folder.reference("test").familiar()]);
}

#[tokio::test]
async fn a_second_build_comes_from_the_cache_unless_that_is_not_wanted() {
    let folder = Folder::new();
    folder.write("a.txt", &folder.name);
    let dockerfile = "COPY a.txt /\nRUN cat a.txt\n";
    let first = build(folder.request(dockerfile)).await.0.unwrap();
    let (second, events) = build(folder.request(dockerfile)).await;
    let second = second.unwrap();
    assert_eq!(second.image_id, first.image_id);
    assert_eq!((second.steps, second.cached_steps), (2, 2));
    assert!(progress(&events)[1..].iter().all(|step| step.3), "{events:?}");
    assert_eq!(logged(&events), [""; 0]);

    let mut request = folder.request(dockerfile);
    request.no_cache = true;
    let (third, events) = build(request).await;
    assert_eq!(third.unwrap().cached_steps, 0);
    assert_eq!(logged(&events), [folder.name.as_str()]);
}

#[tokio::test]
async fn a_changed_file_is_built_in_even_if_size_and_time_are_the_same() {
    let folder = Folder::new();
    let file = folder.path().join("a.txt");
    let then = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    for text in ["one", "two"] {
        folder.write("a.txt", text);
        std::fs::File::options().write(true).open(&file).unwrap().set_modified(then).unwrap();
        build(folder.request("COPY a.txt /\n")).await.0.unwrap();
        assert_eq!(folder.run("test", "cat /a.txt"), text);
    }
}

#[tokio::test]
async fn files_arrive_as_they_are() {
    let folder = Folder::new();
    let large = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>();
    folder.write("c/large", &large).write("c/empty", "").write("c.d/x", "1").write("c-e", "2").write("c/ünï/ x", "3");
    std::fs::set_permissions(folder.path().join("c/empty"), PermissionsExt::from_mode(0o4751)).unwrap();
    std::fs::create_dir(folder.path().join("c/nothing")).unwrap();
    std::os::unix::fs::symlink("../c.d/x", folder.path().join("c/link")).unwrap();
    build(folder.request("COPY . /all\n")).await.0.unwrap();
    assert_eq!(folder.run("test", "sha256sum < /all/c/large"), format!("{}  -\n", sha256(&large)));
    let listed = folder
        .run("test", "cd /all && find . | sort && stat -c '%a %u %g' c/empty && readlink c/link && cat 'c/ünï/ x'");
    insta::assert_snapshot!(listed, @r"
    .
    ./c
    ./c-e
    ./c.d
    ./c.d/x
    ./c/empty
    ./c/large
    ./c/link
    ./c/nothing
    ./c/ünï
    ./c/ünï/ x
    4751 0 0
    ../c.d/x
    3
    ");
}

fn sha256(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn only_what_a_target_needs_is_built() {
    let folder = Folder::new();
    let dockerfile = format!(
        "FROM {0} AS one\nRUN echo 1 > /one\nFROM {0} AS two\nRUN echo the second\nFROM one\nRUN echo the last\n",
        folder.root
    );
    let mut request = folder.bare_request(&dockerfile);
    request.target = Some("one".into());
    let (built, events) = build(request).await;
    built.unwrap();
    assert_eq!(logged(&events), [""; 0]);
    assert_eq!(folder.run("test", "cat /one"), "1\n");
}

#[tokio::test]
async fn a_build_arg_and_a_platform_reach_the_build() {
    let folder = Folder::new();
    let engine = engine();
    let platform = engine.platform().await.unwrap();
    let mut request = folder.request("ARG WHO\nARG TARGETPLATFORM\nRUN echo \"$WHO on $TARGETPLATFORM\" > /who\n");
    request.build_args = vec![("WHO".into(), "me & you = \"us\"".into())];
    request.platform = Some(platform.clone());
    build(request).await.0.unwrap();
    assert_eq!(folder.run("test", "cat /who"), format!("me & you = \"us\" on {platform}\n"));
}

#[tokio::test]
async fn a_secret_is_there_for_its_step_and_nowhere_else() {
    let folder = Folder::new();
    let mut request = folder.request(
        "ARG API_TOKEN\n\
         RUN --mount=type=secret,id=npm cat /run/secrets/npm | tee /dev/stderr | md5sum > /sum\n\
         RUN echo \"with $API_TOKEN\"\n",
    );
    request.secrets = vec![Secret { id: "npm".into(), value: SecretValue::new("s3cr3t-of-npm\nsecond line") }];
    request.build_args = vec![("API_TOKEN".into(), "t0k3n-as-arg".into())];
    request.no_cache = true;
    assert!(!format!("{:?}", request.secrets).contains("s3cr3t"));
    let (built, events) = build(request).await;
    built.unwrap();
    let shown = format!("{events:?}");
    for secret in ["s3cr3t-of-npm", "second line", "t0k3n-as-arg"] {
        assert!(!shown.contains(secret), "{secret} is in {shown}");
    }
    assert!(logged(&events).contains(&"with ***"), "{shown}");
    let image = folder.reference("test").familiar();
    let history = support::docker(["history", "--no-trunc", &image]).success();
    let inspected = support::docker(["inspect", &image]).success();
    assert!(!(history + &inspected).contains("s3cr3t-of-npm"));
    assert!(folder.run("test", "cat /sum; ls -a /run/secrets 2>/dev/null || true").contains(" -"));
}

#[tokio::test]
async fn what_is_not_in_the_context_cannot_be_seen() {
    let folder = Folder::new();
    folder.write("Dockerfile", "x").write("a.txt", "a").write(".dockerignore", "a.txt\n");
    let mut request = folder.request("COPY . /all\n");
    Arc::make_mut(&mut request.context).entries.retain(|entry| entry.path != "Dockerfile");
    build(request).await.0.unwrap();
    // keg alone decides what .dockerignore means: the builder does not apply it a second time.
    assert_eq!(folder.run("test", "ls -A /all"), ".dockerignore\na.txt\n");
}

#[tokio::test]
async fn a_child_finds_the_image_that_was_just_built() {
    let folder = Folder::new();
    let mut request = folder.request("RUN echo parent > /who\n");
    request.tag = folder.reference("keg-0123456789ab");
    build(request).await.0.unwrap();
    let children = (0..8).map(|number| {
        let from = folder.reference("keg-0123456789ab").familiar();
        let mut request = folder.bare_request(&format!("FROM {from}\nRUN sleep 0.2; echo child {number} >> /who\n"));
        request.tag = folder.reference(&format!("child-{number}"));
        async move { engine().build(request, &Events::none()).await }
    });
    for built in join_all(children).await {
        built.unwrap();
    }
    for number in [0, 7] {
        assert_eq!(folder.run(&format!("child-{number}"), "cat /who"), format!("parent\nchild {number}\n"));
    }
}
