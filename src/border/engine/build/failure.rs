//! Why a build failed: where in the Dockerfile, what it said last, and what to do about it.

use std::ops::Range;

use parse_dockerfile::Instruction;

use super::BuildRequest;
use super::agent::NO_AGENT;
use super::place::{self, StepName};
use super::progress::Progress;
use crate::border::engine::transfer::{OUT_OF_REACH_HELP, is_out_of_reach, is_unauthorised};
use crate::error::{Error, nearest};
use crate::reference::Reference;

/// What to do where there is no ssh agent.
const START_AGENT: &str = "start one and give it the key: `eval \"$(ssh-agent)\"; ssh-add`";

/// The report of a build that the engine ended with `message`.
pub(super) fn report(request: &BuildRequest, progress: &Progress<'_>, message: &str) -> Error {
    let doing = &request.step;
    let message = progress.masked(message);
    let message = without_preamble(&message);
    let failed = match progress.failed(message) {
        Some(failed) => failed,
        None if progress.knows_steps() => return Error::failed(format!("{doing} failed")).because(message),
        None => return unread_report(request, message),
    };
    let step = failed.step.and_then(StepName::parse);
    let span = step.as_ref().and_then(|step| step.find(&request.dockerfile_text));
    let cause = if message.is_empty() { without_preamble(failed.error) } else { message };
    if let Some(base) = failed.base {
        return with_place(base_report(doing, base, cause), request, base_place(request, base).or(span), "this image");
    }
    if let (Some(step), Some(code)) = (&step, exit_code(cause)) {
        let ended = format!("exit code {code}");
        let mut error = Error::failed(format!("{doing}: `{}` ended with {ended}", shortened(step.instruction)));
        let lines = failed.last_lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
        if !lines.trim().is_empty() {
            error = error.because(lines);
        }
        if failed.elsewhere {
            error = error.help("the step ran for another image at the same time, and its output is with that one");
        }
        if step.instruction.contains("type=ssh") && !request.agent.as_ref().is_some_and(|socket| socket.exists()) {
            error = error.help(format!("it asks for an ssh agent, and there is none: {START_AGENT}"));
        }
        if code == 137 {
            error = error.help("137 means that it was killed: the engine may have run out of memory");
        }
        return with_place(error, request, span, &ended);
    }
    if let Some(reason) = missing_agent(cause) {
        let error = Error::request(format!("{doing}: the build needs an ssh agent")).because(reason.to_owned());
        return with_place(error.help(START_AGENT), request, span, "needs the agent");
    }
    if let Some(id) = missing_secret(cause) {
        let error = Error::request(format!("{doing}: the build needs the secret {id}, which was not given"));
        return with_place(
            error.help(format!("give it: `--secret id={id},src=FILE` or `--secret id={id},env=VARIABLE`")),
            request,
            span,
            "needs the secret",
        );
    }
    if let Some(path) = missing_path(cause) {
        let from = step.as_ref().and_then(|step| copied_from(step.instruction));
        let error = match from {
            Some(from) => Error::failed(format!("{doing}: /{path} is not in {from}")),
            None => missing_report(request, &path),
        };
        return with_place(error, request, span, "not found");
    }
    with_place(Error::failed(format!("{doing} failed")).because(cause), request, span, "here")
}

/// Why the agent cannot be used that a step requires.
fn missing_agent(message: &str) -> Option<&str> {
    let (_, reason) = message.split_once(NO_AGENT)?;
    Some(reason.trim())
}

/// The build failed before its first step: the Dockerfile, or what was asked of it, is wrong.
fn unread_report(request: &BuildRequest, message: &str) -> Error {
    let error = Error::request(format!("{}: the builder refuses the Dockerfile", request.step)).because(message);
    let error = match (&request.target, parse_dockerfile::parse(&request.dockerfile_text)) {
        (Some(target), Ok(dockerfile)) if message.contains("could not be found") => {
            let stages = dockerfile.stages().filter_map(|stage| Some(stage.from.as_.as_ref()?.1.value.to_string()));
            let stages = stages.collect::<Vec<_>>();
            match nearest(target, stages.iter().map(String::as_str)) {
                Some(stage) => error.help(format!("did you mean the target {stage}?")),
                None if stages.is_empty() => error.help("no stage of the Dockerfile has a name"),
                None => error.help(format!("the Dockerfile's stages are {}", stages.join(", "))),
            }
        }
        _ => error,
    };
    with_place(error, request, place_of_line(request, message), "here")
}

/// A base image could not be had.
fn base_report(doing: &str, base: &str, cause: &str) -> Error {
    let reference = Reference::parse(base);
    let (name, host) = match &reference {
        Ok(reference) => (reference.familiar(), reference.domain()),
        Err(_) => (base.to_owned(), "its registry"),
    };
    let error = if is_out_of_reach(cause) {
        Error::unreachable(format!("{doing}: {name} is not on the engine, and {host} is out of reach"))
            .help(OUT_OF_REACH_HELP)
    } else if is_unauthorised(cause) {
        Error::failed(format!("{doing}: {name} does not exist, or {host} does not give it to you"))
            .help(format!("if it exists, log in with an account that may use it: `keg login {host}`"))
    } else {
        Error::failed(format!("{doing}: {name} cannot be had"))
            .help("check its name and tag; an image that was never pushed must be on this engine")
    };
    error.because(cause)
}

/// A file that `COPY` or `ADD` names is not there.
fn missing_report(request: &BuildRequest, path: &str) -> Error {
    let root = &request.context.root;
    let error = Error::failed(format!("{}: {path} is not in the build context", request.step));
    if !path.is_empty() && root.join(path).symlink_metadata().is_ok() {
        return error.help(format!("{path} exists, but .dockerignore keeps it out of the build context"));
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    let paths = || request.context.entries.iter().map(|entry| entry.path.as_str());
    let elsewhere = paths().find(|other| other.rsplit('/').next() == Some(name));
    match elsewhere.or_else(|| nearest(path, paths())) {
        Some(near) => error.help(format!("did you mean {near}?")),
        None => error.help(format!("the build context is {}", root.display())),
    }
}

fn with_place(error: Error, request: &BuildRequest, span: Option<Range<usize>>, label: &str) -> Error {
    match span {
        Some(span) => {
            let (sent, source) = (&request.dockerfile_text, &request.dockerfile_source);
            let start = in_source(sent, source, span.start);
            let span = start..in_source(sent, source, span.end).max(start);
            error.place(&request.dockerfile_name, source.clone(), span, label)
        }
        None => error,
    }
}

/// The place in the user's text of a byte of the text that was sent: lines are the same, references may be longer.
fn in_source(sent: &str, source: &str, byte: usize) -> usize {
    let before = &sent[..byte.min(sent.len())];
    let (line, column) = (before.matches('\n').count(), before.len() - before.rfind('\n').map_or(0, |end| end + 1));
    let mut start = 0;
    for (number, text) in source.split('\n').enumerate() {
        if number == line {
            let mut place = start + column.min(text.len());
            while !source.is_char_boundary(place) {
                place -= 1;
            }
            return place;
        }
        start += text.len() + 1;
    }
    source.len()
}

/// The line that BuildKit names when it cannot read the Dockerfile: `dockerfile parse error line 3: …`.
fn place_of_line(request: &BuildRequest, message: &str) -> Option<Range<usize>> {
    let (_, rest) = message.split_once("parse error line ").or_else(|| message.split_once("parse error on line "))?;
    let digits = rest.split(|character: char| !character.is_ascii_digit()).next()?;
    place::line(&request.dockerfile_text, digits.parse().ok()?)
}

/// Where the Dockerfile names the image, in a `FROM` or a `--from`; the reference may be put together from build args.
fn base_place(request: &BuildRequest, base: &str) -> Option<Range<usize>> {
    let dockerfile = parse_dockerfile::parse(&request.dockerfile_text).ok()?;
    let wanted = Reference::parse(base).ok()?.with_default_tag();
    let is_wanted = |image: &str| Reference::parse(image).is_ok_and(|found| found.with_default_tag() == wanted);
    let bases = dockerfile.stages().map(|stage| &stage.from.image);
    let copies = dockerfile.instructions.iter().filter_map(|instruction| match instruction {
        Instruction::Copy(copy) => copy.options.iter().find(|flag| flag.name.value == "from")?.value.as_ref(),
        _ => None,
    });
    let images = bases.chain(copies).collect::<Vec<_>>();
    let exact = images.iter().find(|image| is_wanted(&image.value));
    let image = exact.or_else(|| images.iter().find(|image| image.value.contains('$')))?;
    Some(image.span.clone())
}

/// `message` without BuildKit's words for what it was doing, which say nothing of the cause.
fn without_preamble(message: &str) -> &str {
    const PREAMBLE: [&str; 6] = [
        "failed to solve with frontend dockerfile.v0: ",
        "failed to solve: ",
        "failed to create LLB definition: ",
        "failed to load cache key: ",
        "failed to compute cache key: ",
        "failed to read dockerfile: ",
    ];
    PREAMBLE.iter().fold(message, |rest, words| rest.strip_prefix(words).unwrap_or(rest))
}

/// What a `COPY` takes from instead of the build context.
fn copied_from(instruction: &str) -> Option<&str> {
    instruction.split_whitespace().find_map(|word| word.strip_prefix("--from="))
}

/// The code that a `RUN` ended with: `… exit code: 2`.
fn exit_code(message: &str) -> Option<i64> {
    let (_, rest) = message.rsplit_once("exit code: ")?;
    rest.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

/// The path of a `COPY` or `ADD` that BuildKit did not find: `… "/app/x": not found`, and of other stages
/// `lstat /var/lib/docker/…/merged/app/x: no such file or directory` or `…/buildkit-mount123/app/x: …`.
fn missing_path(message: &str) -> Option<String> {
    let quoted = || {
        let (before, _) = message.split_once("not found")?;
        let (_, path) = before.trim_end().trim_end_matches(':').strip_suffix('"')?.rsplit_once('"')?;
        Some(path)
    };
    let mounted = || {
        let (_, mount) = message.strip_suffix(": no such file or directory")?.split_once("lstat /")?;
        let (_, path) = mount.split_once("/merged").or_else(|| mount.split_once("/buildkit-mount"))?;
        Some(path.split_once('/')?.1)
    };
    Some(quoted().or_else(mounted)?.trim_start_matches('/').to_owned())
}

/// The id of a secret that a step requires and that was not given: `secret npm not found: not found`.
fn missing_secret(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("secret ")?;
    let (id, _) = rest.split_once(" not found")?;
    (!id.contains(char::is_whitespace)).then_some(id.trim_end_matches(':'))
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
        let other_stage = "lstat /var/lib/docker/overlay2/1f/merged/app/x: no such file or directory";
        assert_eq!(missing_path(other_stage).as_deref(), Some("app/x"));
        let other_stage = "lstat /var/lib/docker/tmp/buildkit-mount2262950440/app/x: no such file or directory";
        assert_eq!(missing_path(other_stage).as_deref(), Some("app/x"));
        assert_eq!(missing_path("docker.io/library/x: not found"), None);
    }
}
