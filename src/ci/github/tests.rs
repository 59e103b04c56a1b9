use insta::assert_snapshot;

use super::*;

fn job(images: &str) -> Job {
    Job { name: images.to_owned(), images: images.to_owned() }
}

#[test]
fn outputs_hold_a_matrix_for_each_level() {
    let groups = [vec![job("base")], vec![job("a"), job("b c")]];
    assert_snapshot!(outputs(&groups, true, false, 3), @r#"
    any=true
    publishes=true
    levels=2
    level_0={"include":[{"name":"base","images":"base"}]}
    level_1={"include":[{"name":"a","images":"a"},{"name":"b c","images":"b c"}]}
    level_2={"include":[]}
    "#);
    assert_snapshot!(outputs(&[], true, true, 1), @r#"
    any=false
    publishes=true
    levels=0
    level_0={"include":[]}
    "#);
    assert_snapshot!(outputs(&[], true, false, 0), @r#"
    any=false
    publishes=false
    levels=0
    "#);
}

#[test]
fn errors_stand_beside_their_lines() {
    let text = "FROM base\nRUN fa|lse\n";
    let place = Error::failed("build x failed, 100%").place("images/x,y/Dockerfile", text, 10..13, "here");
    let other = Error::failed("build y:\nfailed");
    let all = Error::all(vec![place.clone(), other]).unwrap();
    assert_eq!(
        annotations(&all, ""),
        ["::error file=images/x%2Cy/Dockerfile,line=2,col=1::build x failed, 100%25", "::error::build y:%0Afailed",]
    );
    let below = "::error file=docker/images/x%2Cy/Dockerfile,line=2,col=1::build x failed, 100%25";
    assert_eq!(annotations(&place, "docker"), [below]);
}

#[test]
fn a_summary_has_a_table_and_a_timeline() {
    let row = |image: &str, result: &str, span| Row {
        image: image.into(),
        result: result.into(),
        reason: "inputs changed | since main".into(),
        tags: vec!["main".into(), "latest".into()],
        span,
    };
    let rows =
        [row("base", "built", (0.0, 12.25)), row("a [gpu]", "failed", (12.25, 3.0)), row("b", "reused", (0.0, 0.0))];
    assert_snapshot!(summary("push to main", &rows, &["latest stays".into()]), @r#"
    ### keg: push to main

    > latest stays

    | image | result | why | tags | time |
    | --- | --- | --- | --- | ---: |
    | base | built | inputs changed \| since main | `main` `latest` | 12.2 s |
    | a \[gpu\] | failed | inputs changed \| since main | `main` `latest` | 3.0 s |
    | b | reused | inputs changed \| since main | `main` `latest` |  |

    ```mermaid
    gantt
      dateFormat x
      axisFormat %M:%S
      base : 0, 12250
      a [gpu] : crit, 12250, 15250
    ```
    "#);
    assert_snapshot!(summary("push to main", &[], &[]), @r#"
    ### keg: push to main

    Nothing was to do.
    "#);
}
