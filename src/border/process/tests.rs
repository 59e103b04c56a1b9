use super::*;
use crate::error::Kind;

fn shell(script: &str) -> [&str; 2] {
    ["-c", script]
}

#[tokio::test]
async fn output_and_code_are_told_apart() {
    let options = Options { stdin: b"in\n".to_vec(), ..Options::default() };
    let finished = run("sh", shell("cat; echo err >&2; exit 7"), &options).await.unwrap();
    assert_eq!(finished, Finished { code: 7, stdout: "in\n".to_owned(), stderr: "err\n".to_owned() });
    assert!(!finished.is_success());
}

#[tokio::test]
async fn folder_and_variables_are_given() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        cwd: Some(folder.path().to_owned()),
        env: vec![("OWN".to_owned(), "a b".to_owned())],
        ..Options::default()
    };
    let finished = run("sh", shell("pwd; echo $OWN"), &options).await.unwrap();
    assert_eq!(finished.stdout, format!("{}\na b\n", folder.path().display()));
}

#[tokio::test]
async fn large_output_and_input_do_not_block() {
    let options = Options { stdin: vec![b'x'; 3_000_000], ..Options::default() };
    let finished = run("cat", [""; 0], &options).await.unwrap();
    assert_eq!(finished.stdout.len(), 3_000_000);
    // A program that ignores its input is no failure.
    let options = Options { stdin: vec![b'x'; 3_000_000], ..Options::default() };
    assert!(run("true", [""; 0], &options).await.unwrap().is_success());
}

#[tokio::test]
async fn lines_come_as_they_are_printed() {
    let mut lines = Vec::new();
    let script = "printf 'a\\r\\nb'; kill -TERM $$";
    let options = Options::default();
    let run = run_streaming("sh", shell(script), &options, |line| lines.push(line.to_owned()));
    assert_eq!(run.await.unwrap(), Finished { code: 128 + 15, stdout: "a\r\nb".to_owned(), stderr: String::new() });
    assert_eq!(lines, ["a", "b"]);
}

#[tokio::test]
async fn attached_programs_pass_their_code() {
    assert_eq!(run_attached("sh", shell("exit 3"), &Options::default()).await.unwrap(), 3);
    // Not SIGINT: what runs in a shell's background ignores it, and so does all that it starts.
    assert_eq!(run_attached("sh", shell("kill -TERM $$"), &Options::default()).await.unwrap(), 128 + 15);
}

#[tokio::test]
async fn what_cannot_run_is_explained() {
    let error = run("docker-credential-none", ["get"], &Options::default()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Request);
    assert!(error.remedy().unwrap().contains("credential helper `none`"), "{error:?}");

    let options = Options { cwd: Some("/no/such/folder".into()), ..Options::default() };
    let error = run("true", [""; 0], &options).await.unwrap_err();
    assert!(error.message().contains("no such folder"), "{error:?}");
}

#[tokio::test]
async fn a_time_limit_ends_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        cwd: Some(folder.path().to_owned()),
        timeout: Some(Duration::from_millis(200)),
        ..Options::default()
    };
    let error = run("sh", shell("sleep 0.6; touch late"), &options).await.unwrap_err();
    assert!(error.message().contains("did not end"), "{error:?}");
    tokio::time::sleep(Duration::from_millis(1000)).await;
    assert!(!folder.path().join("late").exists());
}

#[tokio::test]
async fn background_programs_outlive_the_call() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let process = start_in_background("sh", shell("echo started; exec sleep 60"), &Options::default(), &log).unwrap();
    for _ in 0..500 {
        if std::fs::read_to_string(&log).unwrap() == "started\n" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "started\n");
    let ended = run("sh", ["-c", "kill \"$1\"", "sh", &process.to_string()], &Options::default()).await.unwrap();
    assert!(ended.is_success(), "{ended:?}");
}
