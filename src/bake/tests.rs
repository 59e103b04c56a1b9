use super::*;
use crate::key::Key;
use crate::plan::BuildParent;

fn action(number: usize, parents: &[usize]) -> BuildAction {
    let content = |number: usize| Reference::parse(&format!("localhost:5000/team/i{number}:keg-{number:012}")).unwrap();
    let parent = |parent: &usize| BuildParent {
        image: ImageIndex(*parent),
        reference: content(*parent),
        published: (*parent > 7).then(|| content(*parent).by_digest(&format!("sha256:{}", "a".repeat(64)))),
    };
    BuildAction {
        image: ImageIndex(number),
        key: Key::parse(&"0".repeat(64)).unwrap(),
        content: content(number),
        tags: Vec::new(),
        dockerfile: "FROM x\n".into(),
        build_args: BTreeMap::new(),
        target: None,
        labels: BTreeMap::from([("dev.keg.key".into(), "0".repeat(64))]),
        cache: true,
        platforms: vec!["linux/amd64".into(), "linux/arm64".into()],
        parents: parents.iter().map(parent).collect(),
        cache_tags: ["keg-cache-mine", "keg-cache-main"].map(|tag| content(number).with_tag(tag)).into(),
        ssh: Vec::new(),
        uploads: true,
    }
}

fn build<'a>(subject: &'a str, action: &'a BuildAction, output: Output) -> Build<'a> {
    Build { subject, action, context: Path::new("/w/web"), dockerfile: None, output }
}

#[test]
fn parents_are_targets_or_digests() {
    let (base, hub) = (action(1, &[]), action(2, &[1, 3, 8]));
    let builds = [build("base", &base, Output::Registry), build("hub", &hub, Output::Registry)];
    let bake = define(&builds, &Common::default());
    assert_eq!(bake.names, ["base", "hub"]);
    let digest = format!("docker-image://localhost:5000/team/i8@sha256:{}", "a".repeat(64));
    // What is nowhere is where the builder looks by itself.
    assert_eq!(
        bake.definition["target"]["hub"]["contexts"],
        json!({"localhost:5000/team/i1:keg-000000000001": "target:base", "localhost:5000/team/i8:keg-000000000008": digest})
    );
    assert_eq!(bake.definition["group"]["default"]["targets"], json!(["base", "hub"]));
    assert_eq!(bake.definition["target"]["base"]["output"], json!(["type=image,push=true"]));
    assert_eq!(bake.definition["target"]["base"]["platforms"], json!(["linux/amd64", "linux/arm64"]));
    assert_eq!(bake.definition["target"]["base"]["tags"], json!(["localhost:5000/team/i1:keg-000000000001"]));
    assert!(bake.definition["target"]["base"].get("contexts").is_none());
}

#[test]
fn what_this_run_has_uploaded_is_named_by_its_digest() {
    let hub = action(2, &[1]);
    let digest = format!("sha256:{}", "b".repeat(64));
    let uploaded = BTreeMap::from([(hub.parents[0].reference.clone(), digest.clone())]);
    let bake = define(&[build("hub", &hub, Output::Engine)], &Common { uploaded, ..Common::default() });
    let contexts = bake.definition["target"]["hub"]["contexts"].as_object().unwrap();
    assert_eq!(
        contexts["localhost:5000/team/i1:keg-000000000001"],
        format!("docker-image://localhost:5000/team/i1@{digest}")
    );
}

#[test]
fn only_what_is_asked_for_is_in_the_group() {
    let (base, hub) = (action(1, &[]), action(2, &[1]));
    let builds = [build("base", &base, Output::Nothing), build("hub", &hub, Output::Open)];
    let bake = define(&builds, &Common::default());
    assert_eq!(bake.definition["group"]["default"]["targets"], json!(["hub"]));
    assert_eq!(bake.definition["target"]["base"]["output"], json!(["type=cacheonly"]));
    assert!(bake.definition["target"]["hub"].get("output").is_none());
}

#[test]
fn names_of_targets_are_plain_and_different() {
    let names = target_names(["web", "web [gpu]", "web.gpu", "default", "a_b", "web-gpu"].into_iter());
    assert_eq!(names, ["web", "web-gpu", "web-gpu-2", "default-2", "a_b", "web-gpu-3"]);
}

#[test]
fn templates_are_no_templates() {
    let mut base = action(1, &[]);
    base.dockerfile = "FROM x\nRUN echo ${HOME} $HOME %{x}\n".into();
    base.labels.insert("a".into(), "${b}".into());
    let bake = define(&[build("base", &base, Output::Engine)], &Common::default());
    let target = &bake.definition["target"]["base"];
    assert_eq!(target["dockerfile-inline"], "FROM x\nRUN echo $${HOME} $HOME %%{x}\n");
    assert_eq!(target["labels"]["a"], "$${b}");
}

#[test]
fn layers_are_kept_for_the_branch_and_taken_from_the_default_branch_too() {
    let base = action(1, &[]);
    let common = Common { cache: true, provenance: Some("max".into()), sbom: true, ..Common::default() };
    let pushed = define(&[build("base", &base, Output::Registry)], &common).definition;
    let repository = "localhost:5000/team/i1";
    let target = &pushed["target"]["base"];
    assert_eq!(
        target["cache-from"],
        json!([
            format!("type=registry,ref={repository}:keg-cache-mine"),
            format!("type=registry,ref={repository}:keg-cache-main")
        ])
    );
    assert_eq!(target["cache-to"].as_array().unwrap().len(), 1);
    assert!(
        target["cache-to"][0]
            .as_str()
            .unwrap()
            .starts_with(&format!("type=registry,ref={repository}:keg-cache-mine,mode=max"))
    );
    assert_eq!(target["attest"], json!(["type=provenance,mode=max", "type=sbom"]));
    let loaded = define(&[build("base", &base, Output::Engine)], &common).definition;
    assert!(loaded["target"]["base"].get("cache-to").is_none());
}
