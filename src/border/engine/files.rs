//! Files in containers: what is there, what is put there, what is taken away. The engine does it from outside, so that
//! a container needs neither shell nor `tar`; only what is deleted needs its `rm`.

mod compare;
mod owner;
mod parcel;

use std::convert::Infallible;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bollard::models::ExecConfig;
use bollard::query_parameters::RestartContainerOptions;
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Full, Limited, StreamBody};
use hyper::body::{Body, Frame, Incoming};
use hyper::{Request, Response, StatusCode};
use serde::Deserialize;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use super::Engine;
use super::mounts::{Mount, mounts};
use super::stream::{refusal, with_query};
use crate::error::{Error, Result};

pub use compare::Comparison;
pub use owner::Owner;
pub use parcel::Parcel;

/// The header with what is known of a path.
const STAT: &str = "X-Docker-Container-Path-Stat";
/// The bits of a mode, as Go has them.
const FOLDER_BIT: u32 = 1 << 31;
const LINK_BIT: u32 = 1 << 27;
/// More of what `rm` says is not read.
const LONGEST_OUTPUT: usize = 64 * 1024;
/// How many bytes of paths one call of `rm` gets.
const LONGEST_ARGUMENTS: usize = 64 * 1024;
/// Links to links are followed so many times.
const MOST_LINKS: usize = 40;

/// What decides whether and how files get into a container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContainerFacts {
    /// What is mounted in it.
    pub mounts: Vec<Mount>,
    /// Whether only what is mounted can be written.
    pub read_only: bool,
    /// The user that its program runs as.
    pub owner: Owner,
}

/// How a deletion ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    /// What was to go is gone.
    Done,
    /// The container has no `rm`.
    NoProgram,
}

/// A folder in a container, with the links in its path resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The path, absolute, without a slash at the end: empty for the root.
    pub path: String,
    /// How much of it there is: the last folders may have to be made.
    pub existing: usize,
}

#[derive(Deserialize)]
struct PathStat {
    mode: u32,
    #[serde(rename = "linkTarget", default)]
    target: String,
}

impl Engine {
    /// What is mounted in a container, and whether it can be written; `None` if it is gone.
    ///
    /// # Errors
    /// The engine is out of reach.
    pub async fn container_facts(&self, container: &str) -> Result<Option<ContainerFacts>> {
        let found = match self.docker.inspect_container(container, None).await {
            Ok(found) => found,
            Err(bollard::errors::Error::DockerResponseServerError { status_code: 404, .. }) => return Ok(None),
            Err(error) => return Err(self.error(&format!("looking at the container {container}"), error)),
        };
        let mounts = mounts(&found);
        let host = found.host_config.unwrap_or_default();
        let read_only = host.readonly_rootfs.unwrap_or_default();
        let user = found.config.and_then(|config| config.user).unwrap_or_default();
        let owner = self.owner(container, &user).await?;
        Ok(Some(ContainerFacts { mounts, read_only, owner }))
    }

    /// The folder that `path` (absolute) means in a container.
    ///
    /// # Errors
    /// A part of the path is a file, the container is gone, or the engine is out of reach.
    pub async fn place(&self, container: &str, path: &str) -> Result<Place> {
        let mut names: Vec<String> = path.split('/').rev().filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let (mut place, mut links) = (Place { path: String::new(), existing: 0 }, 0);
        while let Some(name) = names.pop() {
            let next = format!("{}/{name}", place.path);
            match self.stat(container, &next).await? {
                None => {
                    place.existing = place.path.len();
                    place.path = next;
                    names.iter().rev().for_each(|name| {
                        place.path.push('/');
                        place.path.push_str(name);
                    });
                    return Ok(place);
                }
                // The engine resolves a link to where it leads at last.
                Some(stat) if stat.mode & LINK_BIT != 0 && links < MOST_LINKS => {
                    links += 1;
                    place.path.clear();
                    names.extend(stat.target.split('/').rev().filter(|name| !name.is_empty()).map(str::to_owned));
                }
                Some(stat) if stat.mode & FOLDER_BIT != 0 => place.path = next,
                Some(_) => return Err(Error::request(format!("{path} lies below {next}, which is no folder there"))),
            }
        }
        place.existing = place.path.len();
        Ok(place)
    }

    async fn stat(&self, container: &str, path: &str) -> Result<Option<PathStat>> {
        let doing = format!("looking at {path} in the container {container}");
        let request = Request::head(with_query(&archive_of(container), &[("path", path)])).body(Empty::<Bytes>::new());
        let response = self.raw(&doing, request).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let header = response.headers().get(STAT).and_then(|value| STANDARD.decode(value.as_bytes()).ok());
        match header.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            Some(stat) => Ok(Some(stat)),
            None => Err(Error::failed(doing).because(format!("the engine answers {}", response.status()))),
        }
    }

    /// Puts a tar archive into `folder` of a container.
    ///
    /// # Errors
    /// The container is gone or cannot be written, or the engine is out of reach.
    pub async fn put_archive(&self, container: &str, folder: &str, archive: Bytes) -> Result<()> {
        self.put(container, folder, Full::new(archive)).await
    }

    /// As [`put_archive`](Self::put_archive), while `parcel` is packed. Gives what could not be read.
    ///
    /// # Errors
    /// As [`put_archive`](Self::put_archive).
    pub async fn stream_archive(&self, container: &str, folder: &str, parcel: Parcel) -> Result<Vec<String>> {
        let (parts, packing) = parcel::stream(parcel);
        let frames = ReceiverStream::new(parts).map(|part| Ok::<_, Infallible>(Frame::data(part)));
        let sent = self.put(container, folder, StreamBody::new(frames)).await;
        let packed = packing.await.map_err(|error| Error::failed("packing files for a container").cause(error))?;
        sent?;
        packed.map_err(|error| Error::failed("packing files for a container").cause(error))
    }

    async fn put<B>(&self, container: &str, folder: &str, body: B) -> Result<()>
    where
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let doing = format!("copying files into the container {container}");
        let query = with_query(&archive_of(container), &[("path", folder)]);
        let request = Request::put(query).header("Content-Type", "application/x-tar").body(body);
        let response = self.raw(&doing, request).await?;
        if response.status().is_success() {
            return Ok(());
        }
        Err(Error::failed(doing).because(refusal(response).await))
    }

    /// Deletes paths (absolute) with all that is in them. Those that are not there are no error.
    ///
    /// # Errors
    /// `rm` fails, the container does not run, or the engine is out of reach.
    pub async fn remove_files(&self, container: &str, paths: &[String]) -> Result<Removal> {
        let mut rest = paths;
        while !rest.is_empty() {
            let mut length = 0;
            let count = rest.iter().take_while(|path| {
                length += path.len() + 1;
                length <= LONGEST_ARGUMENTS
            });
            let (now, later) = rest.split_at(count.count().max(1));
            if self.run_rm(container, now).await? == Removal::NoProgram {
                return Ok(Removal::NoProgram);
            }
            rest = later;
        }
        Ok(Removal::Done)
    }

    async fn run_rm(&self, container: &str, paths: &[String]) -> Result<Removal> {
        let doing = format!("deleting files in the container {container}");
        let command = ["rm", "-rf", "--"].map(str::to_owned).into_iter().chain(paths.iter().cloned());
        let exec = ExecConfig {
            cmd: Some(command.collect()),
            user: Some("0".to_owned()),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            ..ExecConfig::default()
        };
        let exec = self.docker.create_exec(container, exec).await.map_err(|error| self.error(&doing, error))?.id;
        let start = Request::post(format!("/exec/{exec}/start")).header("Content-Type", "application/json");
        let response = self.raw(&doing, start.body(Full::new(Bytes::from_static(b"{}")))).await?;
        let is_success = response.status().is_success();
        let output = Limited::new(response.into_body(), LONGEST_OUTPUT).collect().await;
        let output = output.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let output = printable(&output);
        let ended = self.docker.inspect_exec(&exec).await.map_err(|error| self.error(&doing, error))?;
        match ended.exit_code {
            Some(0) if is_success => Ok(Removal::Done),
            _ if says_no_program(&output) => Ok(Removal::NoProgram),
            _ => Err(Error::failed(doing).because(output.trim().to_owned())),
        }
    }

    /// Stops a container as it wants to be stopped, and starts it again.
    ///
    /// # Errors
    /// It is gone, does not start, or the engine is out of reach.
    pub async fn restart_container(&self, container: &str) -> Result<()> {
        let restarted = self.docker.restart_container(container, None::<RestartContainerOptions>).await;
        restarted.map_err(|error| self.error(&format!("restarting the container {container}"), error))
    }

    /// A request on a connection of its own, without a limit of time: a large file takes its time.
    async fn raw<B>(&self, doing: &str, request: Result<Request<B>, hyper::http::Error>) -> Result<Response<Incoming>>
    where
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let request = request.map_err(|error| Error::failed(doing).cause(error))?;
        self.address.send(request).await.map_err(|error| self.transport_error(doing, error))
    }
}

fn archive_of(container: &str) -> String {
    format!("/containers/{container}/archive")
}

/// The engine puts 8 bytes before each part of the output.
fn printable(output: &[u8]) -> String {
    String::from_utf8_lossy(output).chars().filter(|character| !character.is_control() || *character == '\n').collect()
}

fn says_no_program(output: &str) -> bool {
    ["executable file not found", "no such file or directory: unknown", "stat rm:"]
        .iter()
        .any(|text| output.contains(text))
}
