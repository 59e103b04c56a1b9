//! Builds of an image as its manifests tell of them. Pure.

use super::{ImageBuild, Info, Layer, Tests};
use crate::image_record::{Build, Record};
use crate::workspace::full_name;

/// The builds of a variant that the manifests of an image's tags tell of, the newest first. One that several tags have
/// is one.
pub fn builds(records: Vec<Record>, plan: Option<&str>) -> Vec<ImageBuild> {
    let mut found: Vec<(Build, Vec<String>)> = Vec::new();
    for record in records {
        let of_plan = |(_, build): &(usize, Build)| build.plan.as_deref() == plan;
        for (place, build) in record.builds.into_iter().enumerate().filter(of_plan) {
            // Only the newest build of a tag still has it.
            let tag = (place == 0).then(|| record.tag.clone());
            match found.iter_mut().find(|(known, _)| known.id == build.id && known.key == build.key) {
                Some((known, tags)) => {
                    tags.extend(tag);
                    if build.recorded > known.recorded {
                        *known = build;
                    }
                }
                None => found.push((build, tag.into_iter().collect())),
            }
        }
    }
    found.sort_by(|(one, _), (other, _)| (&other.recorded, &other.created).cmp(&(&one.recorded, &one.created)));
    found.into_iter().map(|(build, tags)| image_build(build, tags)).collect()
}

fn image_build(build: Build, tags: Vec<String>) -> ImageBuild {
    let parent = build.parents.into_iter().find(|parent| parent.is_base);
    ImageBuild {
        created: build.created.unwrap_or(build.recorded),
        branch: build.branch,
        revision: build.revision,
        dirty: build.dirty,
        key: build.key,
        reference: Some(build.reference).filter(|reference| !reference.is_empty()),
        digest: build.digest,
        tags,
        compressed_size: build.size.compressed,
        size: Some(build.size.unpacked).filter(|size| *size > 0),
        layers: build
            .layers
            .into_iter()
            .map(|layer| Layer { digest: layer.digest.unwrap_or(layer.diff), size: layer.compressed })
            .collect(),
        parent: parent.map(|parent| {
            let plan = build.plan.as_deref().filter(|_| parent.in_workspace);
            (full_name(&parent.name, plan), parent.digest.or(parent.key))
        }),
        build_args: build.build_args,
        info: build
            .info
            .into_iter()
            .map(|info| Info { name: info.name, description: info.description, output: info.output })
            .collect(),
        tests: Some(Tests { count: build.tests.count, passed: build.tests.passed }).filter(|tests| tests.count > 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image_record::{Info as RecordedInfo, Parent, Size, Tests as RecordedTests};
    use crate::workspace::Kind;

    fn build(id: &str, recorded: &str) -> Build {
        Build {
            id: id.to_owned(),
            key: format!("key of {id}"),
            recorded: format!("2026-11-{recorded}T12:00:00Z"),
            created: Some(format!("2026-11-{recorded}T11:00:00Z")),
            ..Build::default()
        }
    }

    fn record(tag: &str, builds: Vec<Build>) -> Record {
        let mut record = Record::new("web", Kind::Tap, tag, Build::default());
        record.builds = builds;
        record
    }

    #[test]
    fn a_build_of_several_tags_is_one() {
        let found = builds(
            vec![
                record("develop", vec![build("b", "12"), build("a", "10")]),
                record("fix", vec![build("c", "13"), build("b", "11")]),
                record("demo", vec![build("b", "11")]),
                record("gpu-main", vec![Build { plan: Some("gpu".into()), ..build("g", "14") }]),
            ],
            None,
        );
        let found: Vec<(&str, String)> = found.iter().map(|build| (build.key.as_str(), build.tags.join(" "))).collect();
        let expected = [("key of c", "fix"), ("key of b", "develop demo"), ("key of a", "")];
        assert_eq!(found, expected.map(|(key, tags)| (key, tags.to_owned())));
    }

    #[test]
    fn a_build_has_what_its_manifest_says() {
        let whole = Build {
            parents: vec![
                Parent { name: "tools".into(), digest: Some("sha256:1".into()), ..Parent::default() },
                Parent { name: "core".into(), is_base: true, key: Some("k".into()), ..Parent::default() },
            ],
            size: Size { unpacked: 7, compressed: Some(3) },
            info: vec![RecordedInfo { name: "PY".into(), output: "3.11".into(), ..RecordedInfo::default() }],
            tests: RecordedTests { count: 2, passed: true },
            layers: vec![crate::image_record::Layer { diff: "sha256:d".into(), ..Default::default() }],
            ..build("a", "10")
        };
        let found = &builds(vec![record("main", vec![whole])], None)[0];
        assert_eq!(found.parent, Some(("core".into(), Some("k".into()))));
        assert_eq!((found.size, found.compressed_size), (Some(7), Some(3)));
        assert_eq!((found.info[0].output.as_str(), found.layers[0].digest.as_str()), ("3.11", "sha256:d"));
        assert_eq!(found.tests, Some(Tests { count: 2, passed: true }));
        assert_eq!(found.created, "2026-11-10T11:00:00Z");
    }
}
