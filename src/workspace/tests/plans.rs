//! Plans: variants of images, their build args, and what can be wrong with them.

use insta::assert_snapshot;

use super::*;

/// A workspace of ds → {rstudio, scipy} with the plans old and new. `keys` are lines of keg.yml, `manifests` are those of
/// images.
fn tree(keys: &str, manifests: &[(&str, &str)]) -> Tree {
    let plans = "plans:\n  old: {tag_prefix: \"2026.3\", args: {PY: 3.10, A: A}}\n  new: {args: {PY: \"3.12\"}}\n";
    let keys = format!("layout: [images/*]\n{}{keys}", if keys.contains("plans:") { "" } else { plans });
    let tree = Tree::new(&[
        ("keg.yml", &keys),
        ("images/ds/Dockerfile", "FROM debian:12\nARG PY=3.9\nARG A\n"),
        ("images/rstudio/Dockerfile", "FROM ds\n"),
        ("images/scipy/Dockerfile", "FROM ds\n"),
    ]);
    for (image, text) in manifests {
        std::fs::write(tree.root().join(format!("images/{image}/image.yml")), text).unwrap();
    }
    tree
}

fn args(workspace: &Workspace) -> String {
    let line = |image: &Image| {
        let args: Vec<String> = image.build_args.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{}: {}", image.full_name(), args.join(" "))
    };
    workspace.images.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[expect(clippy::panic, reason = "the summary says what was loaded against expectation")]
fn refused(keys: &str, manifests: &[(&str, &str)]) -> String {
    let tree = tree(keys, manifests);
    match tree.load() {
        Ok(workspace) => panic!("loaded: {}", summary(&workspace)),
        Err(error) => {
            assert_eq!(error.exit_code(), 2);
            rendered(&error)
        }
    }
}

#[test]
fn each_image_has_a_variant_for_each_plan_on_the_same_plan_of_its_parent() {
    let workspace = tree("", &[]).load().unwrap();
    assert_snapshot!(summary(&workspace), @r#"
    base ds [old] <- docker.io/library/debian:12 [debian:12] images/ds/Dockerfile:1
    base ds [new] <- docker.io/library/debian:12 [debian:12] images/ds/Dockerfile:1
    tap rstudio [old] <- ds [old] [ds] images/rstudio/Dockerfile:1
    tap rstudio [new] <- ds [new] [ds] images/rstudio/Dockerfile:1
    tap scipy [old] <- ds [old] [ds] images/scipy/Dockerfile:1
    tap scipy [new] <- ds [new] [ds] images/scipy/Dockerfile:1
    "#);
    let named: Vec<&str> = workspace.named().map(|(_, image)| image.name.as_str()).collect();
    assert_eq!(named, ["ds", "rstudio", "scipy"]);
    let scipy = workspace.find("scipy").unwrap();
    assert_eq!(workspace.image(scipy).plan(), Some("old"));
    let variants: Vec<_> = workspace.variants(scipy).map(|index| workspace.image(index).full_name()).collect();
    assert_eq!(variants, ["scipy [old]", "scipy [new]"]);
    let prefixes: Vec<_> = workspace.options.plans.iter().map(|plan| plan.prefix.as_str()).collect();
    assert_eq!(prefixes, ["2026.3", "new"]);
}

#[test]
fn a_workspace_without_plans_has_none() {
    let tree = Tree::new(&[("keg.yml", "plans: {}\n"), ("base/Dockerfile", "FROM scratch\n")]);
    let workspace = tree.load().unwrap();
    assert_eq!(workspace.images[0].variant, None);
    assert_eq!(workspace.images[0].full_name(), "base");
    assert_eq!(workspace.options.templates().collect::<Vec<_>>(), ["{branch}"]);
}

#[test]
fn args_of_the_plan_are_over_the_images_own_and_its_own_for_the_plan_over_both() {
    let workspace = tree(
        "",
        &[
            (
                "ds",
                "build: {args: {TEST_COMMON: DEADBEEF, PY: 1, B: own}}\nplans: {old: {args: {PY: 2.10}}, new: {}}\n",
            ),
            ("scipy", "plans: {new: {args: {S: s}}}\n"),
        ],
    );
    assert_snapshot!(args(&workspace.load().unwrap()), @r#"
    ds [old]: TEST_COMMON=DEADBEEF PY=2.10 B=own A=A
    ds [new]: TEST_COMMON=DEADBEEF PY=3.12 B=own
    rstudio [old]: PY=3.10 A=A
    rstudio [new]: PY=3.12
    scipy [old]: PY=3.10 A=A
    scipy [new]: PY=3.12 S=s
    "#);
}

#[test]
fn an_argument_may_choose_another_parent() {
    let tree = tree("", &[]);
    std::fs::write(tree.root().join("images/ds/Dockerfile"), "ARG PY\nFROM python:$PY\n").unwrap();
    assert_snapshot!(summary(&tree.load().unwrap()), @r#"
    base ds [old] <- docker.io/library/python:3.10 [python:$PY] images/ds/Dockerfile:2
    base ds [new] <- docker.io/library/python:3.12 [python:$PY] images/ds/Dockerfile:2
    tap rstudio [old] <- ds [old] [ds] images/rstudio/Dockerfile:1
    tap rstudio [new] <- ds [new] [ds] images/rstudio/Dockerfile:1
    tap scipy [old] <- ds [old] [ds] images/scipy/Dockerfile:1
    tap scipy [new] <- ds [new] [ds] images/scipy/Dockerfile:1
    "#);
}

#[test]
fn a_plan_that_is_skipped_is_not_built() {
    let workspace = tree("", &[("scipy", "skip_plans: [old]\n")]).load().unwrap();
    assert_snapshot!(summary(&workspace), @r#"
    base ds [old] <- docker.io/library/debian:12 [debian:12] images/ds/Dockerfile:1
    base ds [new] <- docker.io/library/debian:12 [debian:12] images/ds/Dockerfile:1
    tap rstudio [old] <- ds [old] [ds] images/rstudio/Dockerfile:1
    tap rstudio [new] <- ds [new] [ds] images/rstudio/Dockerfile:1
    tap scipy [new] <- ds [new] [ds] images/scipy/Dockerfile:1
    "#);
}

#[test]
fn the_kind_is_one_for_all_variants() {
    // rstudio alone is built on ds by the old plan; by the new one nothing is.
    let workspace = tree("", &[("scipy", "skip_plans: [new]\n"), ("rstudio", "skip_plans: [new]\n")]).load().unwrap();
    assert_snapshot!(summary(&workspace), @r#"
    base ds [old] <- docker.io/library/debian:12 [debian:12] images/ds/Dockerfile:1
    base ds [new] <- docker.io/library/debian:12 [debian:12] images/ds/Dockerfile:1
    tap rstudio [old] <- ds [old] [ds] images/rstudio/Dockerfile:1
    tap scipy [old] <- ds [old] [ds] images/scipy/Dockerfile:1
    "#);
}

#[test]
fn a_skipped_plan_that_a_child_needs_is_an_error_that_names_both() {
    assert_snapshot!(refused("", &[("ds", "skip_plans: [new]\n"), ("scipy", "skip_plans: [new]\n")]), @r#"
     × images/rstudio/Dockerfile:1: rstudio needs ds in the plan `new`, which ds
     │ skips
      ╭─[images/rstudio/Dockerfile:1:6]
    1 │ FROM ds
      ·      ─┬
      ·       ╰── built on it here
      ╰────
     help: Take `new` out of `skip_plans` of ds, or let rstudio skip it too.
    "#);
    let needs = [("scipy", "skip_plans: [old]\n"), ("rstudio", "depends_on: [scipy]\n")];
    assert_snapshot!(refused("", &needs), @r#"
     × depends_on: rstudio needs scipy in the plan `old`, which scipy skips
      ╭─[images/rstudio/image.yml:1:14]
    1 │ depends_on: [scipy]
      ·              ──┬──
      ·                ╰── needed here
      ╰────
     help: Take `old` out of `skip_plans` of scipy, or let rstudio skip it too.
    "#);
}

#[test]
fn plans_that_are_not_in_keg_yml() {
    assert_snapshot!(refused("", &[("ds", "skip_plans: [od]\n"), ("scipy", "plans: {nw: {args: {A: 1}}}\n")]), @r#"
      × plans: keg.yml has no `od` under `plans`
       ╭─[images/ds/image.yml:1:14]
     1 │ skip_plans: [od]
       ·              ─┬
       ·               ╰── not there
       ╰────
      help: Did you mean `old`?

    Error:
      × plans: keg.yml has no `nw` under `plans`
       ╭─[images/scipy/image.yml:1:13]
     1 │ plans: {nw: {args: {A: 1}}}
       ·             ┬
       ·             ╰── of no plan
       ╰────
      help: Did you mean `new`?
    "#);
}

#[test]
fn an_image_that_skips_every_plan() {
    assert_snapshot!(refused("", &[("scipy", "skip_plans: [old, new]\n")]), @r#"
     × scipy skips every plan, so that it is never built
      ╭─[images/scipy/image.yml:1:14]
    1 │ skip_plans: [old, new]
      ·              ─┬─
      ·               ╰── and all others
      ╰────
     help: Take one of them out of `skip_plans`.
    "#);
}

#[test]
fn plans_with_one_prefix() {
    assert_snapshot!(refused("plans: {a: {tag_prefix: x}, b: {tag_prefix: x}}", &[]), @r#"
     × the plans `a` and `b` have one prefix, `x`: their tags would be equal
      ╭─[keg.yml:2:45]
    1 │ layout: [images/*]
    2 │ plans: {a: {tag_prefix: x}, b: {tag_prefix: x}}
      ·                                             ┬
      ·                                             ╰── the same prefix
      ╰────
     help: Give one of them another `tag_prefix`.
    "#);
    assert_snapshot!(refused("plans: {a: {tag_prefix: b}, b: {args: {A: 1}}}", &[]), @r#"
     × the plans `a` and `b` have one prefix, `b`: their tags would be equal
      ╭─[keg.yml:2:32]
    1 │ layout: [images/*]
    2 │ plans: {a: {tag_prefix: b}, b: {args: {A: 1}}}
      ·                                ┬
      ·                                ╰── the same prefix
      ╰────
     help: Give one of them another `tag_prefix`.
    "#);
}

#[test]
fn prefixes_and_names_that_cannot_be() {
    let long = "x".repeat(65);
    for (plans, expected) in [
        ("{a: {tag_prefix: 2026.10}}".to_owned(), "2026.1"),
        ("{a: {tag_prefix: \"keg-x\"}}".to_owned(), "keg's own"),
        ("{keg: {}}".to_owned(), "keg's own"),
        ("{\"a b\": {}}".to_owned(), "cannot be the name of a plan"),
        ("{\"\": {}}".to_owned(), "cannot be the name of a plan"),
        (format!("{{{long}: {{}}}}"), "has 65"),
        ("{a: {tag_prefix: \"a/b\"}}".to_owned(), "cannot begin a tag"),
    ] {
        let report = refused(&format!("plans: {plans}\n"), &[]);
        assert!(report.contains(expected), "{plans}:\n{report}");
    }
}

#[test]
fn templates_must_tell_plans_apart() {
    assert_snapshot!(refused("tags: [\"{branch}\", \"{plan}-{sha7}\", latest]\n", &[]), @r#"
      × tags: `{branch}` gives the variants of an image the same tag
       ╭─[keg.yml:5:8]
     4 │   new: {args: {PY: "3.12"}}
     5 │ tags: ["{branch}", "{plan}-{sha7}", latest]
       ·        ─────┬────
       ·             ╰── no {prefix} and no {plan}
       ╰────
      help: Put the plan into it, as `{prefix}-{branch}`, or its name with `{plan}
            `.

    Error:
      × tags: `latest` gives the variants of an image the same tag
       ╭─[keg.yml:5:37]
     4 │   new: {args: {PY: "3.12"}}
     5 │ tags: ["{branch}", "{plan}-{sha7}", latest]
       ·                                     ───┬──
       ·                                        ╰── no {prefix} and no {plan}
       ╰────
      help: Put the plan into it, as `{prefix}-latest`, or its name with `{plan}`.
    "#);
    let one = tree("plans: {only: {}}\ntags: [\"{branch}\"]\n", &[]).load().unwrap();
    assert_eq!(one.options.templates().collect::<Vec<_>>(), ["{branch}"]);
}

#[test]
fn a_plan_may_be_empty() {
    let workspace = tree("plans:\n  cpu:\n  gpu: {args: {A: 1}}\n", &[]).load().unwrap();
    let prefixes: Vec<_> = workspace.options.plans.iter().map(|plan| plan.prefix.as_str()).collect();
    assert_eq!(prefixes, ["cpu", "gpu"]);
}

#[test]
fn faults_that_all_variants_have_are_told_once() {
    let report = refused("", &[("scipy", "depends_on: [dss]\n")]);
    assert_eq!(report.matches("no image is called `dss`").count(), 1, "{report}");
}

#[test]
fn a_workspace_of_some_plans() {
    let whole = tree("", &[("scipy", "skip_plans: [old]\n")]).load().unwrap();
    let plans = |plans: &[&str], words: &[&str]| {
        let plans: Vec<String> = plans.iter().map(|plan| (*plan).to_owned()).collect();
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        whole.clone().in_plans(&plans, &words)
    };
    assert_snapshot!(summary(&plans(&["new"], &["scipy"]).unwrap()), @r#"
    base ds [new] <- docker.io/library/debian:12 [debian:12] images/ds/Dockerfile:1
    tap rstudio [new] <- ds [new] [ds] images/rstudio/Dockerfile:1
    tap scipy [new] <- ds [new] [ds] images/scipy/Dockerfile:1
    "#);
    assert_eq!(plans(&[], &[]).unwrap().images.len(), whole.images.len());
    assert_eq!(plans(&["new", "old"], &[]).unwrap().images.len(), whole.images.len());
    let error = plans(&["nw"], &[]).unwrap_err();
    assert!(error.one_line().starts_with("there is no plan `nw` in "), "{error:?}");
    assert_eq!(error.remedy(), Some("did you mean `new`?"));
    assert_snapshot!(rendered(&plans(&["old"], &["scipy"]).unwrap_err()), @r#"
    × scipy is not built in the plan old
    help: its plans are new; it skips others by skip_plans in images/scipy/
          image.yml
    "#);
    let none = Tree::new(&[("keg.yml", ""), ("base/Dockerfile", "FROM scratch\n")]);
    let error = none.load().unwrap().in_plans(&["gpu".to_owned()], &[]).unwrap_err();
    assert_eq!(error.remedy(), Some("keg.yml has no `plans`: leave --plan out"));
}
