use insta::assert_snapshot;
use tempfile::TempDir;

use super::*;

struct Fixture {
    _folder: TempDir,
    workspace: Workspace,
    published: BTreeMap<Reference, PublishedTag>,
}

impl Fixture {
    /// Images of these names in the workspace, and in the registry these tags (`web:main`), each with a digest.
    fn new(images: &[&str], published: &[(&str, &str)]) -> Self {
        Self::with("", images, published)
    }

    /// With further keys in keg.yml.
    fn with(keys: &str, images: &[&str], published: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("registry: localhost:5000/team\nlayout: [images/*]\n{keys}");
        std::fs::write(folder.path().join("keg.yml"), text).unwrap();
        for name in images {
            let image = folder.path().join("images").join(name);
            std::fs::create_dir_all(&image).unwrap();
            std::fs::write(image.join("Dockerfile"), "FROM scratch\n").unwrap();
        }
        let workspace = Workspace::load(folder.path()).unwrap();
        let published = published.iter().map(|(tag, digest)| {
            let reference = Reference::parse(&format!("localhost:5000/team/{tag}")).unwrap();
            (reference, PublishedTag { digest: (*digest).to_owned(), labels: BTreeMap::new() })
        });
        let published = published.collect();
        Self { workspace, published, _folder: folder }
    }

    fn intent(&self, from: &str, to: &str) -> PromoteIntent {
        let selected = self.workspace.iter().map(|(index, _)| index).collect();
        PromoteIntent { selected, from: from.to_owned(), to: to.to_owned() }
    }

    fn plan(&self, from: &str, to: &str) -> Result<Plan> {
        let intent = self.intent(from, to);
        let tags = intent.missing(&self.workspace, &self.published).into_iter().filter_map(|index| {
            let repository = self.workspace.repository(index).repository();
            let tags = self.published.keys().filter(|reference| reference.repository() == repository);
            let tags: Vec<String> = tags.filter_map(|reference| reference.tag().map(Into::into)).collect();
            (!tags.is_empty()).then_some((index, tags))
        });
        plan_promote(&self.workspace, &self.published, &tags.collect(), &intent)
    }

    /// The error with all that stands under it.
    fn refusal(&self, from: &str, to: &str) -> String {
        let error = self.plan(from, to).unwrap_err();
        assert_eq!(error.exit_code(), 1);
        let related = error.related_errors().iter();
        let lines = related.map(|error| format!("\n{} ({})", error.message(), error.remedy().unwrap_or_default()));
        format!("{}{}", error.message(), lines.collect::<String>())
    }
}

#[test]
fn all_images_move_in_one_step() {
    let fixture = Fixture::new(&["api", "web"], &[("api:fix", "1"), ("web:fix", "2"), ("web:stable", "1")]);
    let plan = fixture.plan("fix", "stable").unwrap();
    assert_snapshot!(plan.to_string(), @"1. publish 2 images (api, web: stable): tag names another image");
    let crate::plan::Action::Publish { moves } = &plan.steps[0].action else { unreachable!("{plan}") };
    let digests: Vec<_> = moves.iter().map(|one| one.digest.as_deref()).collect();
    assert_eq!(digests, [Some("1"), Some("2")]);
}

#[test]
fn what_is_there_already_does_not_move() {
    let published = [("api:fix", "1"), ("api:stable", "1"), ("web:fix", "2"), ("web:stable", "3")];
    let fixture = Fixture::new(&["api", "web"], &published);
    assert_snapshot!(fixture.plan("fix", "stable").unwrap().to_string(), @"1. publish web (stable): tag names another image");
    let fixture = Fixture::new(&["api"], &published);
    assert_snapshot!(fixture.plan("fix", "stable").unwrap().to_string(), @"nothing to do");
    assert_snapshot!(fixture.plan("fix", "fix").unwrap().to_string(), @"nothing to do");
}

#[test]
fn a_content_tag_can_be_promoted() {
    let fixture = Fixture::new(&["api"], &[("api:keg-0123456789ab", "1")]);
    let plan = fixture.plan("keg-0123456789ab", "rollback").unwrap();
    assert_snapshot!(plan.to_string(), @"1. publish api (rollback): tag missing");
}

#[test]
fn one_image_lacks_the_tag() {
    let fixture = Fixture::new(&["api", "web"], &[("api:2026.3-fix-a-b", "1"), ("web:2026.3-fix-a-c", "2")]);
    assert_snapshot!(fixture.refusal("2026.3-fix-a-b", "stable"), @r#"
    nothing is promoted to `stable`: `2026.3-fix-a-b` is not complete (1 of 2 images)
    the registry has no `2026.3-fix-a-b` of web (did you mean `2026.3-fix-a-c`?)
    "#);
}

#[test]
fn nothing_at_all_is_published() {
    assert_snapshot!(Fixture::new(&["api", "web"], &[]).refusal("main", "stable"), @"
    nothing is promoted to `stable`: `main` is not complete
    the registry has nothing at all of api, web (publish it first: keg build --push)
    ");
}

#[test]
fn an_unknown_tag_is_said_once_for_all() {
    let published = [("api:main", "1"), ("web:main", "2"), ("job:keg-0123456789ab", "3")];
    let fixture = Fixture::new(&["api", "job", "new", "web"], &published);
    assert_snapshot!(fixture.refusal("mian", "stable"), @r#"
    nothing is promoted to `stable`: `mian` is not complete
    the registry has no `mian` of api, web (did you mean `main`?)
    the registry has no `mian` of job (it has no tag of a branch: keg push publishes it)
    the registry has nothing at all of new (publish it first: keg build new --push)
    "#);
    assert_snapshot!(fixture.refusal("other", "stable"), @r#"
    nothing is promoted to `stable`: `other` is not complete
    the registry has no `other` of job (it has no tag of a branch: keg push publishes it)
    the registry has no `other` of api, web (the tags there: main)
    the registry has nothing at all of new (publish it first: keg build new --push)
    "#);
}

#[test]
fn of_many_tags_only_some_are_shown() {
    let tags: Vec<String> = (0..9).map(|number| format!("api:release-{number}")).collect();
    let published: Vec<(&str, &str)> = tags.iter().map(|tag| (tag.as_str(), "1")).collect();
    assert_snapshot!(Fixture::new(&["api"], &published).refusal("x", "stable"), @r#"
    nothing is promoted to `stable`: `x` is not complete
    the registry has no `x` of api (the tags there: release-0, release-1, release-2, release-3, release-4 and 4 more)
    "#);
}

#[test]
fn plans_keep_their_prefixes() {
    let plans = "plans: {cpu: {tag_prefix: \"2026.3\"}, gpu: {}}\n";
    let published = [("web:2026.3-fix", "1"), ("web:gpu-fix", "2"), ("web:gpu-stable", "1")];
    let fixture = Fixture::with(plans, &["web"], &published);
    assert_snapshot!(fixture.plan("fix", "stable").unwrap(), @"1. publish 2 images (web [cpu]: 2026.3-stable; web [gpu]: gpu-stable): tag names another image");
    assert_snapshot!(fixture.plan("{prefix}-fix", "{plan}.ok").unwrap(), @"1. publish 2 images (web [cpu]: cpu.ok; web [gpu]: gpu.ok): tag missing");
    assert_snapshot!(fixture.refusal("main", "stable"), @r#"
    nothing is promoted to `stable`: `main` is not complete
    the registry has no `2026.3-main` of web [cpu] (did you mean `2026.3-fix`?)
    the registry has no `gpu-main` of web [gpu] (the tags there: 2026.3-fix, gpu-fix, gpu-stable)
    "#);
}

#[test]
fn a_prefix_that_stands_there_is_not_put_before_again() {
    let plans = "plans: {cpu: {tag_prefix: \"2026.3\"}, gpu: {}}\n";
    let fixture = Fixture::with(plans, &["web"], &[]);
    let tags = |tag: &str| fixture.workspace.images.iter().map(|image| tag_of(image, tag)).collect::<Vec<_>>();
    assert_eq!(tags("gpu-main"), ["2026.3-gpu-main", "gpu-main"]);
    assert_eq!(tags("gpu"), ["2026.3-gpu", "gpu-gpu"]);
    assert_eq!(tags("{plan}"), ["cpu", "gpu"]);
}
