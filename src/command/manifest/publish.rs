//! Stores manifests in the registry, beside their images.

use std::collections::{BTreeMap, BTreeSet};

use crate::border::registry::Artifact;
use crate::command::App;
use crate::error::{Error, Kind, Result};
use crate::image_record::{MEDIA_TYPE, Record, markdown};
use crate::reference::Reference;

/// Stores the manifest of each build that is published, that of its first tag. What a registry refuses is said and is no
/// error: not every registry takes what is no image.
///
/// # Errors
/// The registry is out of reach; an image is not published.
pub(super) async fn publish(app: &App, records: &[Record]) -> Result<()> {
    let registry = app.borders()?.registry;
    let mut refused: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut stored = BTreeSet::new();
    for record in records {
        let Some(build) = record.builds.first().filter(|build| stored.insert((&record.image, &build.id))) else {
            continue;
        };
        let repository = Reference::parse(&build.reference).map_err(|error| {
            Error::failed(format!("storing the manifest of {} in the registry", record.image)).cause(error)
        })?;
        let subject = match &build.digest {
            Some(digest) => registry.head(&repository.by_digest(digest)).await?,
            None => None,
        };
        let Some(subject) = subject else {
            return Err(Error::request(format!(
                "{} is not published, so nothing can be stored beside it",
                record.image
            ))
            .help(format!("publish it first: keg push {}", record.image)));
        };
        let json = serde_json::to_vec_pretty(record)
            .map_err(|error| Error::failed(format!("writing the manifest of {}", record.image)).cause(error))?;
        let files = vec![
            ("manifest.json".to_owned(), MEDIA_TYPE, json),
            ("manifest.md".to_owned(), "text/markdown", markdown(record).into_bytes()),
        ];
        match registry.put_artifact(&repository, &subject, &Artifact { kind: MEDIA_TYPE, files }).await {
            Ok(_) => {}
            Err(error) if error.kind() == Kind::Unreachable => return Err(error),
            Err(error) => refused.entry(error.one_line()).or_default().push(&record.image),
        }
    }
    for (reason, images) in refused {
        app.ui.note(format!(
            "the registry does not take manifests beside images, so those of {} are in .keg/manifests only: {reason}",
            images.join(", ")
        ));
    }
    Ok(())
}
