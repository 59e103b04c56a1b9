//! Why a build failed: where in the Dockerfile, what it said last, and what to do about it.

use std::ops::Range;

use bollard::errors::Error as ApiError;

use super::place::{self, StepName};
use super::progress::Progress;
use super::{BuildRequest, Engine};
use crate::border::engine::transfer::{is_out_of_reach, is_unauthorised};
use crate::error::{Error, nearest};
use crate::reference::Reference;

impl Engine {
    /// The report of a build that ended with `error`.
    pub(super) fn build_error(&self, request: &BuildRequest, progress: &Progress<'_>, error: ApiError) -> Error {
        let message = match error {
            ApiError::DockerStreamError { error } => error,
            ApiError::DockerResponseServerError { message, .. } => message,
            error => return self.error(&request.step, error),
        };
        report(request, progress, &progress.masked(&message))
    }
}

fn report(request: &BuildRequest, progress: &Progress<'_>, message: &str) -> Error {
    let doing = &request.step;
    let failed = progress.failed();
    let failed_step = failed.as_ref().and_then(|failed| Some((failed, StepName::parse(failed.name)?)));
    if let Some(base) = progress.failed_base() {
        return base_report(request, base, message);
    }
    let Some((failed, step)) = failed_step else {
        return with_place(
            Error::failed(format!("{doing} failed")).because(message),
            request,
            place_of_line(request, message),
            "here",
        );
    };
    let span = step.find(&request.dockerfile_text);
    if let Some(code) = exit_code(message).or_else(|| exit_code(failed.error)) {
        let ended = format!("exit code {code}");
        let instruction = shortened(step.instruction);
        let error = Error::failed(format!("{doing}: `{instruction}` ended with {ended}"));
        let lines = failed.last_lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
        let error = if lines.trim().is_empty() { error } else { error.because(lines) };
        let error =
            if code == 137 { error.help("137 means killed: the engine may have run out of memory") } else { error };
        return with_place(error, request, span, &ended);
    }
    if let Some(path) = missing_path(message).or_else(|| missing_path(failed.error)) {
        let error = Error::failed(format!("{doing}: {path} is not in the build context"));
        let error = match missing_help(request, &path) {
            Some(help) => error.help(help),
            None => error.help(format!("the build context is {}", request.context.root.display())),
        };
        return with_place(error, request, span, "not found");
    }
    let cause = if message.is_empty() { failed.error } else { message };
    with_place(Error::failed(format!("{doing} failed")).because(cause), request, span, "here")
}

/// A base image could not be had.
fn base_report(request: &BuildRequest, base: &str, message: &str) -> Error {
    let doing = &request.step;
    let reference = Reference::parse(base);
    let (name, host) = match &reference {
        Ok(reference) => (reference.familiar(), reference.domain()),
        Err(_) => (base.to_owned(), "the registry"),
    };
    let span = base_place(request, base);
    let error = if is_out_of_reach(message) {
        Error::unreachable(format!("{doing}: the base image {name} is not on the engine, and {host} is out of reach"))
            .help("is the registry's name right, is it running, and does the engine get there through its network and proxy?")
    } else if is_unauthorised(message) {
        Error::failed(format!("{doing}: the base image {name} does not exist, or {host} does not give it to you"))
            .help(format!("if it exists, log in with an account that may use it: `keg login {host}`"))
    } else {
        Error::failed(format!("{doing}: the base image {name} cannot be had"))
            .help("check its name and tag; an image that was never pushed must be on this engine")
    };
    with_place(error.because(message), request, span, "this image")
}

fn with_place(error: Error, request: &BuildRequest, span: Option<Range<usize>>, label: &str) -> Error {
    match span {
        Some(span) => error.place(&request.dockerfile_name, request.dockerfile_text.clone(), span, label),
        None => error,
    }
}

/// The line that BuildKit names when it cannot read the Dockerfile: `dockerfile parse error line 3: …`.
fn place_of_line(request: &BuildRequest, message: &str) -> Option<Range<usize>> {
    let (_, rest) = message.split_once("parse error line ").or_else(|| message.split_once("parse error on line "))?;
    let digits = rest.split(|character: char| !character.is_ascii_digit()).next()?;
    place::line(&request.dockerfile_text, digits.parse().ok()?)
}

/// Where the Dockerfile names the base image; the reference may be put together from build args.
fn base_place(request: &BuildRequest, base: &str) -> Option<Range<usize>> {
    let text = &request.dockerfile_text;
    let dockerfile = parse_dockerfile::parse(text).ok()?;
    let wanted = Reference::parse(base).ok()?.with_default_tag();
    let is_wanted = |image: &str| Reference::parse(image).is_ok_and(|found| found.with_default_tag() == wanted);
    let images = dockerfile.stages().map(|stage| &stage.from.image).collect::<Vec<_>>();
    let exact = images.iter().find(|image| is_wanted(&image.value));
    let image = exact.or_else(|| images.iter().find(|image| image.value.contains('$')))?;
    Some(image.span.clone())
}

/// The code that a `RUN` ended with: `… exit code: 2`.
fn exit_code(message: &str) -> Option<i64> {
    let (_, rest) = message.rsplit_once("exit code: ")?;
    rest.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

/// The path of a `COPY` or `ADD` that BuildKit did not find: `… "/app/x": not found`.
fn missing_path(message: &str) -> Option<String> {
    let (before, _) = message.split_once("not found")?;
    let quoted = before.trim_end().trim_end_matches(':').strip_suffix('"')?;
    let (_, path) = quoted.rsplit_once('"')?;
    Some(path.trim_start_matches('/').to_owned())
}

fn missing_help(request: &BuildRequest, path: &str) -> Option<String> {
    if !path.is_empty() && request.context.root.join(path).symlink_metadata().is_ok() {
        return Some(format!("{path} exists, but .dockerignore keeps it out of the build context"));
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    let paths = || request.context.entries.iter().map(|entry| entry.path.as_str());
    let elsewhere = paths().find(|other| other.rsplit('/').next() == Some(name));
    let near = elsewhere.or_else(|| nearest(path, paths()))?;
    Some(format!("did you mean {near}?"))
}

fn shortened(instruction: &str) -> String {
    const LONGEST: usize = 80;
    let instruction = instruction.split_whitespace().collect::<Vec<_>>().join(" ");
    if instruction.chars().count() <= LONGEST {
        return instruction;
    }
    instruction.chars().take(LONGEST - 1).chain(std::iter::once('…')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_of_old_and_new_engines() {
        assert_eq!(exit_code("executor failed running [/bin/sh -c false]: exit code: 1"), Some(1));
        assert_eq!(exit_code("process \"/bin/sh -c x\" did not complete successfully: exit code: 127"), Some(127));
        assert_eq!(exit_code("failed to solve"), None);
    }

    #[test]
    fn missing_paths_of_old_and_new_engines() {
        let old = r#"failed to compute cache key: "/src/nope" not found: not found"#;
        assert_eq!(missing_path(old).as_deref(), Some("src/nope"));
        let new = r#"failed to calculate checksum of ref abc::def: "/nope": not found"#;
        assert_eq!(missing_path(new).as_deref(), Some("nope"));
        assert_eq!(missing_path("docker.io/library/x: not found"), None);
    }
}
