//! Fresh containers that live as long as one command: what tests and `info` commands run in.

use std::collections::HashMap;
use std::future::pending;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use bollard::errors::Error as ApiError;
use bollard::models::{
    ContainerCreateBody, HealthConfig, HealthStatusEnum, HostConfig, HostConfigLogConfig, Mount, MountType, PortBinding,
};
use bollard::query_parameters::CreateContainerOptions;
use tokio::time::sleep;

use super::address::Address;
use super::{Engine, Listener, PublishedPort};
use crate::error::{Error, Result};

/// How long nothing may come after the end of a container until its output counts as over.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// This machine.
const LOCALHOST: &str = "127.0.0.1";

/// A container to make.
#[derive(Debug, Clone, Default)]
pub struct OneOff {
    /// The image, which must be on the engine.
    pub image: String,
    /// The program and its arguments, in place of the image's entrypoint and command; `None` for the image's own.
    pub command: Option<Vec<String>>,
    /// Variables beside the image's own.
    pub env: Vec<(String, String)>,
    /// A folder of this machine that the container gets, read-only, and where.
    pub folder: Option<(std::path::PathBuf, String)>,
    /// Ports that are published to free ports of the machine.
    pub ports: Vec<u16>,
    /// Labels.
    pub labels: HashMap<String, String>,
}

/// How a container is, while it should run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It runs, and its health check, if it has one, is content.
    Ready,
    /// Its health check is not content yet.
    Starting,
    /// Its health check has given up.
    Unhealthy,
    /// It has ended with this code.
    Ended(i64),
}

impl Engine {
    /// Makes a container without starting it, and gives its id.
    ///
    /// # Errors
    /// The image is not there, or the engine is out of reach.
    pub async fn create_one_off(&self, one: &OneOff) -> Result<String> {
        let (mounted, copied) = if self.is_local() { (one.folder.as_ref(), None) } else { (None, one.folder.as_ref()) };
        let created = match self.create(one, mounted).await {
            // The engine sees other files than keg, as when keg itself runs in a container.
            Err(ApiError::DockerResponseServerError { status_code: 400, message })
                if mounted.is_some() && message.contains("bind source path") =>
            {
                (self.create(one, None).await, one.folder.as_ref())
            }
            created => (created, copied),
        };
        let (created, copied) = created;
        let id = created.map_err(|error| self.error(&format!("making a container of {}", one.image), error))?;
        if let Some((folder, target)) = copied
            && let Err(error) = self.copy_folder(&id, folder, target).await
        {
            self.discard_container(&id).await.ok();
            return Err(error);
        }
        Ok(id)
    }

    async fn create(&self, one: &OneOff, mounted: Option<&(std::path::PathBuf, String)>) -> Result<String, ApiError> {
        let mount = mounted.map(|(folder, target)| Mount {
            typ: Some(MountType::BIND),
            source: Some(folder.display().to_string()),
            target: Some(target.clone()),
            read_only: Some(true),
            ..Mount::default()
        });
        let host_ip = self.is_local().then(|| LOCALHOST.to_owned());
        let binding = || Some(vec![PortBinding { host_ip: host_ip.clone(), host_port: None }]);
        let ports: Vec<String> = one.ports.iter().map(|port| format!("{port}/tcp")).collect();
        // What runs instead of the image's own command is not what its health check asks about.
        let no_check = HealthConfig { test: Some(vec!["NONE".to_owned()]), ..HealthConfig::default() };
        let body = ContainerCreateBody {
            image: Some(one.image.clone()),
            entrypoint: one.command.clone(),
            healthcheck: one.command.is_some().then_some(no_check),
            env: Some(one.env.iter().map(|(name, value)| format!("{name}={value}")).collect()),
            labels: Some(one.labels.clone()),
            exposed_ports: Some(ports.clone()),
            host_config: Some(HostConfig {
                mounts: mount.map(|mount| vec![mount]),
                port_bindings: Some(ports.into_iter().map(|port| (port, binding())).collect()),
                // The engine's usual driver may keep nothing that can be read.
                log_config: Some(HostConfigLogConfig { typ: Some("json-file".to_owned()), config: None }),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        };
        Ok(self.docker.create_container(None::<CreateContainerOptions>, body).await?.id)
    }

    /// Copies the files of a folder into a container that does not run yet.
    async fn copy_folder(&self, container: &str, folder: &Path, target: &str) -> Result<()> {
        let archive = archive(folder, target.trim_start_matches('/'))
            .map_err(|error| Error::request(format!("reading {}", folder.display())).cause(error))?;
        self.put_archive(container, "/", archive.into()).await
    }

    /// Gives what a container prints, as it comes, until it ends; then its exit code. Whoever joins it before it starts
    /// hears all of it; its log may lack the end for those who follow it on a busy machine.
    ///
    /// # Errors
    /// The container is gone, or the engine is out of reach.
    pub async fn hear_out(
        &self,
        container: &str,
        mut output: Listener,
        mut on_output: impl FnMut(&[u8]),
    ) -> Result<i64> {
        let mut ended = pin!(self.wait_container(container));
        let mut code = None;
        loop {
            // Not everything between keg and the engine passes on that a connection was closed.
            let silence = async {
                match code {
                    Some(_) => sleep(LAST_WORDS).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                biased;
                part = output.next() => match part? {
                    Some((_, part)) => on_output(&part),
                    None => break,
                },
                ended = &mut ended, if code.is_none() => code = Some(ended?),
                () = silence => break,
            }
        }
        match code {
            Some(code) => Ok(code),
            None => ended.await,
        }
    }

    /// How a container is that should run.
    ///
    /// # Errors
    /// The container is gone, or the engine is out of reach.
    pub async fn condition(&self, container: &str) -> Result<Condition> {
        let found = self.docker.inspect_container(container, None).await;
        let found = found.map_err(|error| self.error("looking at a container", error))?;
        let state = found.state.unwrap_or_default();
        if state.running != Some(true) {
            return Ok(Condition::Ended(state.exit_code.unwrap_or_default()));
        }
        Ok(match state.health.and_then(|health| health.status) {
            Some(HealthStatusEnum::STARTING) => Condition::Starting,
            Some(HealthStatusEnum::UNHEALTHY) => Condition::Unhealthy,
            _ => Condition::Ready,
        })
    }

    /// The ports of a running container that can be reached from outside.
    ///
    /// # Errors
    /// The container is gone, or the engine is out of reach.
    pub async fn published_ports(&self, container: &str) -> Result<Vec<PublishedPort>> {
        let found = self.docker.inspect_container(container, None).await;
        let found = found.map_err(|error| self.error("looking at a container", error))?;
        let ports = found.network_settings.and_then(|settings| settings.ports).unwrap_or_default();
        let mut published: Vec<PublishedPort> = ports
            .into_iter()
            .flat_map(|(port, bindings)| bindings.unwrap_or_default().into_iter().map(move |one| (port.clone(), one)))
            .filter_map(|(port, binding)| {
                let (container_port, protocol) = port.split_once('/')?;
                Some(PublishedPort {
                    host_ip: binding.host_ip.unwrap_or_default(),
                    host_port: binding.host_port?.parse().ok()?,
                    container_port: container_port.parse().ok()?,
                    protocol: protocol.to_owned(),
                })
            })
            .collect();
        published.sort();
        Ok(published)
    }

    /// The host at which published ports of containers are reached.
    pub fn host(&self) -> String {
        match &*self.address {
            Address::Unix(_) => LOCALHOST.to_owned(),
            Address::Tcp(host) | Address::Tls { host, .. } => {
                host.rsplit_once(':').map_or(host.as_str(), |(host, _)| host).trim_matches(['[', ']']).to_owned()
            }
            Address::Ssh(tunnel) => tunnel.destination().host().to_owned(),
        }
    }
}

/// A tar archive of a folder's files under `target`, which belong to root and anybody may read.
fn archive(folder: &Path, target: &str) -> std::io::Result<Vec<u8>> {
    use std::os::unix::fs::PermissionsExt;
    let mut archive = tar::Builder::new(Vec::new());
    for entry in walkdir::WalkDir::new(folder).follow_links(true).sort_by_file_name() {
        let entry = entry.map_err(std::io::Error::from)?;
        let path = Path::new(target).join(entry.path().strip_prefix(folder).unwrap_or(entry.path()));
        let metadata = entry.metadata().map_err(std::io::Error::from)?;
        let mut header = tar::Header::new_gnu();
        header.set_mtime(1);
        if metadata.is_dir() {
            header.set_entry_type(tar::EntryType::Directory);
            header.set_mode(0o755);
            header.set_size(0);
            archive.append_data(&mut header, path, std::io::empty())?;
        } else if metadata.is_file() {
            let bytes = std::fs::read(entry.path())?;
            let is_executable = metadata.permissions().mode() & 0o111 != 0;
            header.set_mode(if is_executable { 0o755 } else { 0o644 });
            header.set_size(bytes.len() as u64);
            archive.append_data(&mut header, path, &bytes[..])?;
        }
    }
    archive.into_inner()
}
