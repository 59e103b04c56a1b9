//! What buildx says with `--progress rawjson`: BuildKit's account of a build, as JSON
//! (<https://github.com/moby/buildkit/blob/master/client/graph.go>).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bollard_buildkit_proto::google::protobuf::Timestamp;
use bollard_buildkit_proto::moby::buildkit::v1::{StatusResponse, Vertex, VertexLog, VertexStatus};
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Puts lines together to documents. Some versions write each document in one line, and some in many.
#[derive(Debug, Default)]
pub(super) struct Documents(String);

/// What a line is.
#[derive(Debug)]
pub(super) enum Taken {
    /// The end of a document.
    Status(StatusResponse),
    /// A part of a document that goes on.
    Part,
    /// Something else that the program prints.
    Text,
}

impl Documents {
    /// Takes the next line.
    pub(super) fn take(&mut self, line: &str) -> Taken {
        if self.0.is_empty() && !line.starts_with('{') {
            return Taken::Text;
        }
        self.0.push_str(line);
        self.0.push('\n');
        // Only at the end of a document does a brace stand at the beginning of a line, or at its end too.
        let is_end = line.starts_with('}') || line.starts_with('{') && line.ends_with('}');
        if !is_end {
            return Taken::Part;
        }
        let document = std::mem::take(&mut self.0);
        match serde_json::from_str::<Status>(&document) {
            Ok(status) => Taken::Status(status.into()),
            Err(_) => Taken::Text,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    vertexes: Option<Vec<StatusVertex>>,
    statuses: Option<Vec<StatusAmount>>,
    logs: Option<Vec<StatusLog>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StatusVertex {
    digest: String,
    inputs: Option<Vec<String>>,
    name: String,
    started: Option<String>,
    completed: Option<String>,
    cached: bool,
    error: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StatusAmount {
    id: String,
    vertex: String,
    name: String,
    total: i64,
    current: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StatusLog {
    vertex: String,
    stream: i64,
    data: Option<String>,
}

impl From<Status> for StatusResponse {
    fn from(status: Status) -> Self {
        let vertex = |vertex: StatusVertex| {
            let (started, completed) = (moment(vertex.started.as_deref()), moment(vertex.completed.as_deref()));
            Vertex {
                digest: vertex.digest,
                inputs: vertex.inputs.unwrap_or_default(),
                name: vertex.name,
                started,
                completed,
                cached: vertex.cached,
                error: vertex.error,
                ..Vertex::default()
            }
        };
        let amount = |amount: StatusAmount| VertexStatus {
            id: amount.id,
            vertex: amount.vertex,
            name: amount.name,
            total: amount.total,
            current: amount.current,
            ..VertexStatus::default()
        };
        let log = |log: StatusLog| VertexLog {
            vertex: log.vertex,
            stream: log.stream,
            msg: STANDARD.decode(log.data.unwrap_or_default()).unwrap_or_default(),
            ..VertexLog::default()
        };
        Self {
            vertexes: status.vertexes.unwrap_or_default().into_iter().map(vertex).collect(),
            statuses: status.statuses.unwrap_or_default().into_iter().map(amount).collect(),
            logs: status.logs.unwrap_or_default().into_iter().map(log).collect(),
            ..Self::default()
        }
    }
}

/// A time as BuildKit has it. One that cannot be read is the beginning of 1970.
fn moment(text: Option<&str>) -> Option<Timestamp> {
    let time = text.map(|text| OffsetDateTime::parse(text, &Rfc3339).unwrap_or(OffsetDateTime::UNIX_EPOCH))?;
    Some(Timestamp { seconds: time.unix_timestamp(), nanos: i32::try_from(time.nanosecond()).unwrap_or_default() })
}

/// What the documents of a recorded call say.
#[cfg(test)]
pub fn recorded(text: &str) -> Vec<StatusResponse> {
    let mut documents = Documents::default();
    let taken = text.lines().map(|line| documents.take(line));
    let status = |taken| if let Taken::Status(status) = taken { Some(status) } else { None };
    taken.filter_map(status).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statuses(text: &str) -> (Vec<StatusResponse>, Vec<&str>) {
        let (mut documents, mut statuses, mut other) = (Documents::default(), Vec::new(), Vec::new());
        for line in text.lines() {
            match documents.take(line) {
                Taken::Status(status) => statuses.push(status),
                Taken::Text => other.push(line),
                Taken::Part => {}
            }
        }
        (statuses, other)
    }

    #[test]
    fn documents_of_one_line_and_of_many() {
        let text = r#"WARNING: something
{
  "vertexes": [
    {
      "digest": "sha256:1",
      "name": "[a 1/2] RUN x",
      "started": "2026-11-21T17:21:50Z",
      "cached": true
    }
  ]
}
{"logs":[{"vertex":"sha256:1","stream":2,"data":"aGkK","timestamp":"2026-11-21T17:21:50Z"}],"statuses":null}
ERROR: failed to solve"#;
        let (statuses, other) = statuses(text);
        assert_eq!(other, ["WARNING: something", "ERROR: failed to solve"]);
        let vertex = &statuses[0].vertexes[0];
        assert_eq!((vertex.digest.as_str(), vertex.name.as_str(), vertex.cached), ("sha256:1", "[a 1/2] RUN x", true));
        assert!(vertex.started.is_some() && vertex.completed.is_none());
        assert_eq!(statuses[1].logs[0].msg, b"hi\n");
    }

    #[test]
    fn what_is_no_status_is_text() {
        let (statuses, other) = statuses("{ not JSON }\nx");
        assert!(statuses.is_empty());
        assert_eq!(other, ["{ not JSON }", "x"]);
    }
}
