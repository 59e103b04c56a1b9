//! Images made from containers, without what the containers were started with.
//!
//! The engine mixes the settings of the container into those that it is given for the new image: variables with the
//! values of env files, labels, commands. They cannot be taken out of an image, and old engines write them down a
//! second time, where nobody looks. So the engine's image is only a step: what counts are its layers, and they get
//! settings of keg's own through a tar archive as `docker save` writes it, without layers, since the engine has them.

use std::collections::{BTreeMap, HashMap};

use bollard::models::{ContainerConfig, ImageConfig, ImageHistoryResponseItem, ImageInspect};
use bollard::query_parameters::CommitContainerOptionsBuilder;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Engine;
use super::stream::with_query;
use crate::error::{Error, Result};

/// What an engine says of itself that keeps its images in containerd: such a one wants layers with every image.
const CONTAINERD: &str = "io.containerd.snapshotter.v1";

/// What is packaged, and what is said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageRequest {
    /// The container.
    pub container: String,
    /// All labels of the image.
    pub labels: BTreeMap<String, String>,
    /// What the user says about it.
    pub message: Option<String>,
}

/// An image that was made of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packaged {
    /// Its id.
    pub id: String,
    /// Whether nothing is left of what the container was started with. Otherwise the names of its variables and labels
    /// are, without values, and its command in the history.
    pub is_clean: bool,
}

impl Engine {
    /// Makes an image of a container's files, with the settings of the image that the container was made from. It has
    /// no name yet.
    ///
    /// # Errors
    /// The container is gone, the engine has no room or is out of reach.
    pub async fn package(&self, request: &PackageRequest) -> Result<Packaged> {
        let doing = format!("packaging the container {}", request.container);
        let failed = |error| self.error(&doing, error);
        let container = self.docker.inspect_container(&request.container, None).await.map_err(failed)?;
        let from = container.image.unwrap_or_default();
        let original = self.docker.inspect_image(&from).await.map_err(failed)?.config.unwrap_or_default();
        let config = container.config.unwrap_or_default();

        let comment = request.message.as_deref().unwrap_or_default();
        let options = CommitContainerOptionsBuilder::default().container(&request.container).comment(comment);
        let settings = settings(&original, &config, &request.labels);
        let committed = self.docker.commit_container(options.pause(true).build(), settings).await.map_err(failed)?.id;
        if self
            .docker
            .info()
            .await
            .map_err(failed)?
            .driver_status
            .into_iter()
            .flatten()
            .flatten()
            .any(|it| it == CONTAINERD)
        {
            return Ok(Packaged { id: committed, is_clean: false });
        }
        let image = async {
            let made = self.docker.inspect_image(&committed).await.map_err(failed)?;
            let history = self.docker.image_history(&committed).await.map_err(failed)?;
            self.load(&doing, archive(&made, original, &request.labels, &history)?).await
        };
        let image = image.await;
        // Its layers stay with the image that has them now.
        let removed = self.remove_untagged(&committed).await;
        let id = image?;
        removed?;
        Ok(Packaged { id, is_clean: true })
    }

    /// Hands an archive to the engine, and gives the id of the image in it.
    async fn load(&self, doing: &str, archive: Vec<u8>) -> Result<String> {
        let path = with_query("/images/load", &[("quiet", "1")]);
        let request = Request::post(path).header("Content-Type", "application/x-tar");
        let request = request.body(Full::new(Bytes::from(archive)));
        let request = request.map_err(|error| Error::failed(doing).cause(error))?;
        let response = self.address.send(request).await.map_err(|error| self.transport_error(doing, error))?;
        let is_success = response.status().is_success();
        let body = response.into_body().collect().await.map_err(|error| self.lost(doing).cause(error))?.to_bytes();
        let said = String::from_utf8_lossy(&body);
        match loaded(&said).filter(|_| is_success) {
            Some(id) => Ok(id),
            None => Err(Error::failed(format!("{doing} failed")).because(said.trim().to_owned())),
        }
    }
}

/// The id in the engine's answer: `{"stream":"Loaded image ID: sha256:…\n"}`.
fn loaded(said: &str) -> Option<String> {
    let (_, rest) = said.split_once("Loaded image ID: ")?;
    let digits = rest.strip_prefix("sha256:")?.chars().take_while(char::is_ascii_hexdigit).collect::<String>();
    (digits.len() == 64).then(|| format!("sha256:{digits}"))
}

/// What the engine is told to commit with. It adds everything of the container's that has no name in it yet, so that
/// the variables and labels of the container are named, without values.
fn settings(original: &ImageConfig, container: &ContainerConfig, labels: &BTreeMap<String, String>) -> ContainerConfig {
    let name = |variable: &str| variable.split('=').next().unwrap_or_default().to_owned();
    let mut env = original.env.clone().unwrap_or_default();
    let known: Vec<String> = env.iter().map(|variable| name(variable)).collect();
    let further = container.env.iter().flatten().map(|variable| name(variable));
    env.extend(further.filter(|name| !known.contains(name)));
    let emptied = container.labels.iter().flatten().map(|(name, _)| (name.clone(), String::new()));
    let mut all: HashMap<String, String> = emptied.collect();
    all.extend(labels.clone());
    ContainerConfig {
        user: original.user.clone(),
        exposed_ports: original.exposed_ports.clone(),
        env: Some(env),
        cmd: original.cmd.clone(),
        healthcheck: original.healthcheck.clone(),
        volumes: original.volumes.clone(),
        working_dir: original.working_dir.clone(),
        entrypoint: Some(original.entrypoint.clone().unwrap_or_default()),
        on_build: original.on_build.clone(),
        labels: Some(all),
        stop_signal: original.stop_signal.clone(),
        shell: original.shell.clone(),
        ..ContainerConfig::default()
    }
}

/// The archive of an image with the layers of `made` and the settings of `original`
/// (<https://github.com/moby/docker-image-spec/blob/main/spec.md>).
fn archive(
    made: &ImageInspect,
    mut original: ImageConfig,
    labels: &BTreeMap<String, String>,
    history: &[ImageHistoryResponseItem],
) -> Result<Vec<u8>> {
    let layers = made.root_fs.as_ref().and_then(|root| root.layers.clone()).unwrap_or_default();
    original.labels = Some(labels.clone().into_iter().collect());
    // bollard reads what is not there as empty.
    original.volumes = original.volumes.filter(|volumes| !volumes.is_empty());
    original.exposed_ports = original.exposed_ports.filter(|ports| !ports.is_empty());
    let mut config = json!({
        "architecture": made.architecture,
        "os": made.os,
        "created": made.created.and_then(|time| time.format(&Rfc3339).ok()),
        "config": original,
        "rootfs": { "type": "layers", "diff_ids": layers },
    });
    let further = [("variant", &made.variant), ("os.version", &made.os_version), ("comment", &made.comment)];
    for (name, value) in further {
        if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
            config[name] = json!(value);
        }
    }
    if let Some(history) = shared_history(history, layers.len()) {
        config["history"] = history;
    }
    let manifest = json!([{
        "Config": "config.json",
        "RepoTags": null,
        "Layers": (0..layers.len()).map(|number| format!("{number}/layer.tar")).collect::<Vec<_>>(),
    }]);
    let mut archive = tar::Builder::new(Vec::new());
    for (name, document) in [("config.json", config), ("manifest.json", manifest)] {
        let text = document.to_string();
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        let added = archive.append_data(&mut header, name, text.as_bytes());
        added.map_err(|error| Error::failed("writing the settings of an image").cause(error))?;
    }
    archive.into_inner().map_err(|error| Error::failed("writing the settings of an image").cause(error))
}

/// The history as an image's settings have it, oldest first. The engine does not say which entries made no layer; where
/// their sizes do not tell it either, there is none.
fn shared_history(history: &[ImageHistoryResponseItem], layers: usize) -> Option<Value> {
    // What a user changed may be nothing; the newest entry has a layer all the same.
    let has_layer = |place: usize, item: &ImageHistoryResponseItem| place == 0 || item.size > 0;
    let count = history.iter().enumerate().filter(|(place, item)| has_layer(*place, item)).count();
    if count != layers {
        return None;
    }
    let entries = history.iter().enumerate().rev().map(|(place, item)| {
        let created =
            OffsetDateTime::from_unix_timestamp(item.created).ok().and_then(|time| time.format(&Rfc3339).ok());
        // The newest entry names the command that the container was started with, and that may hold a secret.
        let created_by = if place == 0 { "keg package" } else { &item.created_by };
        let mut entry = json!({ "created": created, "created_by": created_by });
        if !item.comment.is_empty() {
            entry["comment"] = json!(item.comment);
        }
        if !has_layer(place, item) {
            entry["empty_layer"] = json!(true);
        }
        entry
    });
    Some(entries.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_adds_names_and_no_values() {
        let original = ImageConfig { env: Some(vec!["PATH=/bin".into()]), ..ImageConfig::default() };
        let container = ContainerConfig {
            env: Some(vec!["PATH=/other".into(), "TOKEN=s3cret".into()]),
            cmd: Some(vec!["serve".into()]),
            labels: Some(HashMap::from([("dev.keg.tap".into(), "web".into()), ("a".into(), "old".into())])),
            ..ContainerConfig::default()
        };
        let made = settings(&original, &container, &BTreeMap::from([("a".to_owned(), "new".to_owned())]));
        assert_eq!(made.env, Some(vec!["PATH=/bin".into(), "TOKEN".into()]));
        let labels = made.labels.unwrap();
        assert_eq!((labels["a"].as_str(), labels["dev.keg.tap"].as_str()), ("new", ""));
        assert_eq!((made.cmd, made.entrypoint), (None, Some(Vec::new())));
    }

    #[test]
    fn the_answer_names_the_image() {
        let id = format!("sha256:{}", "ab".repeat(32));
        assert_eq!(loaded(&format!("{{\"stream\":\"Loaded image ID: {id}\\n\"}}\r\n")), Some(id));
        assert_eq!(loaded("{\"errorDetail\":{\"message\":\"no space left\"}}"), None);
    }

    #[test]
    fn history_is_kept_where_it_is_certain() {
        let item = |size: i64, text: &str| ImageHistoryResponseItem {
            id: String::new(),
            created: 0,
            created_by: text.to_owned(),
            tags: Vec::new(),
            size,
            comment: String::new(),
        };
        let history = [item(0, "serve --token s3cret"), item(0, "CMD serve"), item(9, "COPY . /")];
        let found = shared_history(&history, 2).unwrap();
        let text = found.to_string();
        assert_eq!(found.as_array().unwrap().len(), 3);
        assert_eq!(found[2]["created_by"], "keg package");
        assert_eq!(found[1]["empty_layer"], true);
        assert!(!text.contains("s3cret"), "{text}");
        assert_eq!(shared_history(&history, 3), None);
    }
}
