//! Variants of images in plans.

use super::*;
use crate::observe::LABEL_PLAN;
use crate::plan::BuildAction;
use crate::planner::{PullIntent, check_clashes, plan_pull};

/// ds → {rstudio, scipy}
const D: &[(&str, &str)] = &[("ds", "debian:12"), ("rstudio", "ds"), ("scipy", "ds")];
const PLANS: &str = "plans: {cpu: {tag_prefix: \"2026.3\"}, gpu: {}}\n";

fn builds(plan: &Plan) -> Vec<&BuildAction> {
    let builds = plan.steps.iter().filter_map(|step| match &step.action {
        Action::Build(build) => Some(&**build),
        _ => None,
    });
    builds.collect()
}

#[test]
fn two_plans_of_three_images_are_six_builds() {
    let plan = Fixture::with(PLANS, D).push(&[]);
    assert_snapshot!(text(&plan), @r#"
     1. build ds [cpu] (2026.3-feature-x): never built
     2. build ds [gpu] (gpu-feature-x): never built
     3. build rstudio [cpu] (2026.3-feature-x) after 1: never built
     4. build rstudio [gpu] (gpu-feature-x) after 2: never built
     5. build scipy [cpu] (2026.3-feature-x) after 1: never built
     6. build scipy [gpu] (gpu-feature-x) after 2: never built
     7. upload ds [cpu] (keg-…) after 1: not in the registry
     8. upload ds [gpu] (keg-…) after 2: not in the registry
     9. upload rstudio [cpu] (keg-…) after 3, 7: not in the registry
    10. upload rstudio [gpu] (keg-…) after 4, 8: not in the registry
    11. upload scipy [cpu] (keg-…) after 5, 7: not in the registry
    12. upload scipy [gpu] (keg-…) after 6, 8: not in the registry
    13. publish 6 images (ds [cpu], rstudio [cpu], scipy [cpu]: 2026.3-feature-x; ds [gpu], rstudio [gpu], scipy [gpu]: gpu-feature-x) after 7, 8, 9, 10, 11, 12: tag missing
    "#);
    let builds = builds(&plan);
    let labels: Vec<_> = builds.iter().map(|build| build.labels[LABEL_PLAN].as_str()).collect();
    assert_eq!(labels, ["cpu", "gpu", "cpu", "gpu", "cpu", "gpu"]);
    assert_eq!(builds[2].labels["dev.keg.image"], "rstudio");
    // Each on the content tag of its own plan.
    let contents: BTreeSet<_> = builds.iter().map(|build| build.content.to_string()).collect();
    assert_eq!(contents.len(), 6);
    assert!(builds[2].dockerfile.contains(&builds[0].key.content_tag()));
    assert!(builds[3].dockerfile.contains(&builds[1].key.content_tag()));
}

#[test]
fn programs_are_told_the_plan() {
    let json = Fixture::with(PLANS, D).build(&["scipy"]).json();
    assert_eq!((&json["images"][1]["name"], &json["images"][1]["plan"]), (&"scipy".into(), &"cpu".into()), "{json}");
    assert_eq!((&json["steps"][0]["subject"], &json["steps"][0]["plan"]), (&"ds [cpu]".into(), &"cpu".into()));
    let without = Fixture::new(D).build(&["scipy"]).json();
    assert!(without["images"][0].get("plan").is_none() && without["steps"][0].get("plan").is_none(), "{without}");
}

#[test]
fn keys_without_plans_stay_as_they_were() {
    // Whoever has no plans must not build anew because of them.
    let fixture = Fixture::new(&D[..1]);
    let mut inputs = Inputs::default();
    inputs.dockerfile("FROM debian:12\nRUN true\n");
    inputs.platforms(&["linux/amd64".to_owned()]);
    inputs.parent("debian:12", format!("sha256:{}", "1".repeat(64)));
    assert_eq!(fixture.content("ds").1, inputs.key().to_string());
    let build = fixture.build(&[]);
    assert_eq!(builds(&build)[0].labels[LABEL_PLAN], "");
}

#[test]
fn a_change_of_one_plan_builds_that_one() {
    let mut fixture = Fixture::with(PLANS, D);
    for (index, image) in fixture.workspace.clone().iter() {
        let keys = observe::keys(&fixture.workspace, &fixture.observed, &Graph::new(&fixture.workspace).order());
        let repository = fixture.workspace.repository(index);
        let labels = BTreeMap::from([(LABEL_KEY.to_owned(), keys[&index].to_string())]);
        let local = LocalImage { id: image.full_name(), labels, ..LocalImage::default() };
        let tags = [keys[&index].content_tag(), fixture.observed.images[&index].tags[0].clone()];
        let names = tags.iter().map(|tag| repository.with_tag(tag).to_string()).collect();
        let known = fixture.observed.engine.iter().map(|(tag, image)| (vec![tag.to_owned()], image.clone()));
        fixture.observed.engine = LocalImages::new(known.collect::<Vec<_>>().into_iter().chain([(names, local)]));
    }
    assert_snapshot!(text(&fixture.build(&[])), @"nothing to do");
    let gpu = fixture.workspace.variants(fixture.workspace.find("ds").unwrap()).nth(1).unwrap();
    fixture.observed.images.get_mut(&gpu).unwrap().inputs.build_arg("FLAVOUR", "gpu");
    assert_snapshot!(text(&fixture.build(&[])), @r#"
    1. build ds [gpu] (gpu-feature-x): inputs changed since gpu-feature-x
    2. build rstudio [gpu] (gpu-feature-x) after 1: parent ds [gpu] changed
    3. build scipy [gpu] (gpu-feature-x) after 1: parent ds [gpu] changed
    "#);
}

#[test]
fn a_tag_of_another_plan_is_not_overwritten() {
    // `x-feature-x` is the branch `feature/x` of the plan `x`, and `feature-x` of none: here of the branch `x-feature/x`.
    let of = |branch: &str, plan: &str| {
        let keys = "plans: {x: {}, y: {tag_prefix: x-y}}\n";
        let fixture = Fixture::with(keys, &D[..1]).published(&["ds"], &["x-feature-x"], branch);
        let mut fixture = fixture.changed(&["ds"]);
        for tag in fixture.observed.published.values_mut() {
            tag.labels.insert(LABEL_PLAN.to_owned(), plan.to_owned());
        }
        let plan = fixture.push(&["ds"]);
        check_clashes(&plan, &fixture.observed).err().map(|error| error.message().to_owned())
    };
    assert_eq!(of("feature/x", "x"), None);
    assert_snapshot!(of("x-feature/x", "").unwrap(), @"localhost:5000/team/ds:x-feature-x was made by branch `x-feature/x`, and branch `feature/x` by the plan `x` would overwrite it");
    assert_snapshot!(of("feature-x", "x").unwrap(), @"localhost:5000/team/ds:x-feature-x was made by branch `feature-x` by the plan `x`, and branch `feature/x` by the plan `x` would overwrite it");
    // Set by hand, or of a plan that is gone.
    assert_eq!(of("feature/x", "y"), None);
    assert_eq!(of("feature/x", "z"), None);
}

#[test]
fn each_plan_is_pulled_by_its_own_tag() {
    let mut fixture = Fixture::with(PLANS, &D[..1]);
    let repository = fixture.workspace.repository(ImageIndex(0));
    for tag in ["2026.3-main", "gpu-feature-x"] {
        let published = PublishedTag { digest: format!("digest of {tag}"), labels: BTreeMap::new() };
        fixture.observed.published.insert(repository.with_tag(tag), published);
    }
    let mut intent = PullIntent { selected: fixture.all(), tag: None };
    assert_snapshot!(plan_pull(&fixture.workspace, &fixture.observed, &intent).unwrap(), @r#"
    note: localhost:5000/team/ds:2026.3-feature-x is not published: using localhost:5000/team/ds:2026.3-main
    1. pull ds [cpu] (2026.3-main): asked for
    2. pull ds [gpu] (gpu-feature-x): asked for
    "#);
    intent.tag = Some("{prefix}-main".to_owned());
    let error = plan_pull(&fixture.workspace, &fixture.observed, &intent).unwrap_err();
    assert_eq!(error.message(), "the registry has no localhost:5000/team/ds:gpu-main");
    intent.tag = Some("2026.3-main".to_owned());
    assert_eq!(plan_pull(&fixture.workspace, &fixture.observed, &intent).unwrap().steps.len(), 1);
}
