//! Builds that fail, and what their reports say.

use std::sync::Arc;

use super::folder::{Folder, build, engine_at, own_words};
use crate::support;

#[tokio::test]
async fn a_failing_run_shows_its_last_lines() {
    let folder = Folder::new();
    let request =
        folder.request("ENV WHO=you\nRUN for i in $(seq 30); do echo line $i; done; \\\n    echo to $WHO; exit 3\n");
    insta::assert_snapshot!(folder.failure(request).await, @r"
     × build web: `RUN for i in $(seq 30); do echo line $i; done; echo to you; exit 3` ended with exit code 3
     ╰─▶ line 12
         line 13
         line 14
         line 15
         line 16
         line 17
         line 18
         line 19
         line 20
         line 21
         line 22
         line 23
         line 24
         line 25
         line 26
         line 27
         line 28
         line 29
         line 30
         to you
      ╭─[hub/web/Dockerfile:4:1]
    3 │     ENV WHO=you
    4 │ ╭─▶ RUN for i in $(seq 30); do echo line $i; done; \
    5 │ ├─▶     echo to $WHO; exit 3
      · ╰──── exit code 3
      ╰────
    ");
}

#[tokio::test]
async fn a_missing_file_has_a_suggestion() {
    let folder = Folder::new();
    folder.write("src/settings.py", "").write("ignored.txt", "");
    insta::assert_snapshot!(folder.failure(folder.request("COPY settings.py /\n")).await, @r"
     × build web: settings.py is not in the build context
      ╭─[hub/web/Dockerfile:3:1]
    2 │ ENV TEST=<name>
    3 │ COPY settings.py /
      · ─────────┬────────
      ·          ╰── not found
      ╰────
     help: did you mean src/settings.py?
    ");
    let mut request = folder.request("COPY ignored.txt /\n");
    Arc::make_mut(&mut request.context).entries.retain(|entry| entry.path != "ignored.txt");
    insta::assert_snapshot!(folder.failure(request).await, @r"
     × build web: ignored.txt is not in the build context
      ╭─[hub/web/Dockerfile:3:1]
    2 │ ENV TEST=<name>
    3 │ COPY ignored.txt /
      · ─────────┬────────
      ·          ╰── not found
      ╰────
     help: ignored.txt exists, but .dockerignore keeps it out of the build context
    ");
    insta::assert_snapshot!(folder.failure(folder.request("COPY other /\n")).await, @r"
     × build web: other is not in the build context
      ╭─[hub/web/Dockerfile:3:1]
    2 │ ENV TEST=<name>
    3 │ COPY other /
      · ──────┬─────
      ·       ╰── not found
      ╰────
     help: the build context is <folder>
    ");
}

#[tokio::test]
async fn a_dockerfile_that_cannot_be_read_is_shown() {
    let folder = Folder::new();
    insta::assert_snapshot!(folder.own_words_of_failure(folder.request("\n  RUNN x\n")).await, @r"
     × build web: the builder refuses the Dockerfile
      ╭─[hub/web/Dockerfile:4:3]
    3 │ 
    4 │   RUNN x
      ·   ───┬──
      ·      ╰── here
      ╰────
    ");
    let error = build(folder.bare_request("")).await.0.unwrap_err();
    assert_eq!(error.message(), "build web: the builder refuses the Dockerfile");
    let mut request = folder.request("RUN true\n");
    request.target = Some("nowhere".into());
    assert_eq!(build(request.clone()).await.0.unwrap_err().exit_code(), 2);
    insta::assert_snapshot!(folder.own_words_of_failure(request).await, @r"
    × build web: the builder refuses the Dockerfile
    help: no stage of the Dockerfile has a name
    ");
}

#[tokio::test]
async fn a_stage_is_found_by_its_name() {
    let folder = Folder::new();
    let dockerfile = format!(
        "FROM {0} AS one\nENV TEST={1}\nRUN true\nRUN exit 4\nFROM {0}\nRUN true\nCOPY --from=one /x /x\n",
        folder.root, folder.name
    );
    insta::assert_snapshot!(folder.failure(folder.bare_request(&dockerfile)).await, @r"
     × build web: `RUN exit 4` ended with exit code 4
      ╭─[hub/web/Dockerfile:4:1]
    3 │ RUN true
    4 │ RUN exit 4
      · ─────┬────
      ·      ╰── exit code 4
    5 │ FROM <root>
      ╰────
    ");
}

#[tokio::test]
async fn a_file_that_is_missing_in_a_stage_is_not_sought_in_the_context() {
    let folder = Folder::new();
    folder.write("x", "");
    let dockerfile = format!("FROM {0} AS one\nFROM {0}\nCOPY --from=one /x /x\n", folder.root);
    insta::assert_snapshot!(folder.failure(folder.bare_request(&dockerfile)).await, @r"
     × build web: /x is not in one
      ╭─[hub/web/Dockerfile:3:1]
    2 │ FROM <root>
    3 │ COPY --from=one /x /x
      · ──────────┬──────────
      ·           ╰── not found
      ╰────
    ");
    let mut request = folder.bare_request(&dockerfile);
    request.target = Some("ones".into());
    insta::assert_snapshot!(folder.own_words_of_failure(request).await, @r"
    × build web: the builder refuses the Dockerfile
    help: did you mean the target one?
    ");
}

#[tokio::test]
async fn a_registry_that_does_not_answer_is_out_of_reach() {
    let folder = Folder::new();
    let (built, _) = build(folder.bare_request("FROM localhost:1/x:1\n")).await;
    let error = built.unwrap_err();
    assert_eq!(error.exit_code(), 3);
    insta::assert_snapshot!(own_words(&folder.shown(&error)), @r"
     × build web: localhost:1/x:1 is not on the engine, and localhost:1 is out of reach
      ╭─[hub/web/Dockerfile:1:6]
    1 │ FROM localhost:1/x:1
      ·      ───────┬───────
      ·             ╰── this image
      ╰────
     help: is the registry's name right, is it running, and does the engine get there through its network and proxy?
    ");
    insta::assert_snapshot!(folder.own_words_of_failure(folder.request("COPY --from=localhost:1/x:1 / /\n")).await, @r"
     × build web: localhost:1/x:1 is not on the engine, and localhost:1 is out of reach
      ╭─[hub/web/Dockerfile:3:13]
    2 │ ENV TEST=<name>
    3 │ COPY --from=localhost:1/x:1 / /
      ·             ───────┬───────
      ·                    ╰── this image
      ╰────
     help: is the registry's name right, is it running, and does the engine get there through its network and proxy?
    ");
}

#[tokio::test]
async fn a_secret_that_is_missing_is_named() {
    let folder = Folder::new();
    insta::assert_snapshot!(folder.failure(folder.request("RUN --mount=type=secret,id=npm,required true\n")).await, @r"
     × build web: the build needs the secret npm, which was not given
      ╭─[hub/web/Dockerfile:3:1]
    2 │ ENV TEST=<name>
    3 │ RUN --mount=type=secret,id=npm,required true
      · ──────────────────────┬─────────────────────
      ·                       ╰── needs the secret
      ╰────
     help: give it: `--secret id=npm,src=FILE` or `--secret id=npm,env=VARIABLE`
    ");
}

#[tokio::test]
async fn a_file_that_changes_meanwhile_is_named() {
    let folder = Folder::new();
    folder.write("a.txt", "one").write("b.txt", "one");
    let request = folder.request("COPY a.txt /\n");
    folder.write("a.txt", "longer");
    insta::assert_snapshot!(folder.failure(request.clone()).await, @r"
    × build web: <folder>/a.txt changed while the image was built
    help: build it again; a file that changes all the time belongs in .dockerignore
    ");
    std::fs::remove_file(folder.path().join("a.txt")).unwrap();
    insta::assert_snapshot!(folder.failure(request).await, @r"
    × build web: cannot send <folder>/a.txt
    ╰─▶ No such file or directory (os error 2)
    help: the file vanished while the image was built: build it again
    ");
}

#[tokio::test]
async fn a_folder_that_is_sent_as_a_file_is_refused() {
    let folder = Folder::new();
    folder.write("a", "one");
    let request = folder.request("COPY a /\n");
    std::fs::remove_file(folder.path().join("a")).unwrap();
    folder.write("a/b", "one");
    insta::assert_snapshot!(folder.failure(request).await, @r"
    × build web: <folder>/a changed while the image was built
    help: build it again; a file that changes all the time belongs in .dockerignore
    ");
}

#[tokio::test]
async fn an_engine_that_is_not_there_is_out_of_reach() {
    let folder = Folder::new();
    for (host, text) in
        [("unix:///nowhere/docker.sock", "systemctl start docker"), ("tcp://127.0.0.1:1", "DOCKER_HOST")]
    {
        let error = engine_at(host).build(folder.request("RUN true\n"), &keg::event::Events::none()).await.unwrap_err();
        assert_eq!(error.exit_code(), 3);
        assert!(error.message().contains(host), "{error}");
        assert!(error.remedy().unwrap().contains(text), "{error:?}");
        assert_eq!(engine_at(host).images().await.unwrap_err().message(), error.message());
    }
}

#[tokio::test]
async fn a_step_that_fails_for_two_builds_at_once_is_shown_in_both() {
    let folder = Folder::new();
    // Under two names the image has two origins, of which BuildKit learns only later that they are one.
    let other = folder.reference("root").familiar();
    support::docker(["tag", &folder.root.to_string(), &other]).success();
    let steps = "RUN sleep 1\nRUN --mount=type=tmpfs,target=/x sleep 1; echo hello; exit 4\n";
    let one = folder.request(steps);
    let two = folder.bare_request(&format!("FROM {other}\nENV TEST={}\n{steps}", folder.name));
    let (one, two) = tokio::join!(folder.failure(one), folder.failure(two));
    support::docker(["image", "rm", &other]).success();
    let (with_output, without) = if one.contains("╰─▶ hello") { (one, two) } else { (two, one) };
    assert!(with_output.contains("╰─▶ hello"), "{with_output}{without}");
    insta::assert_snapshot!(without.replace("<name>:root", "<root>"), @r"
     × build web: `RUN --mount=type=tmpfs,target=/x sleep 1; echo hello; exit 4` ended with exit code 4
      ╭─[hub/web/Dockerfile:4:1]
    3 │ RUN sleep 1
    4 │ RUN --mount=type=tmpfs,target=/x sleep 1; echo hello; exit 4
      · ──────────────────────────────┬─────────────────────────────
      ·                               ╰── exit code 4
      ╰────
     help: the step ran for another image at the same time, and its output is with that one
    ");
}
