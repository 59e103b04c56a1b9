//! From text to stages, by the parser's instructions.

use std::ops::Range;
use std::path::Path;

use parse_dockerfile::{Flag, Instruction};

use super::words::words;
use super::{Argument, Dockerfile, Source, Stage};
use crate::error::{Error, Result};
use crate::workspace::EdgeKind;
use crate::yaml::within;

const BYTE_ORDER_MARK: &str = "\u{feff}";

pub(super) fn read(path: &Path, shown: &str, text: &str) -> Result<Dockerfile> {
    // The parser skips the mark and counts from behind it.
    let skipped = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let reader = Reader { skipped, lines: line_starts(text) };
    let mut dockerfile = Dockerfile {
        path: path.to_owned(),
        text: text.to_owned(),
        shown: shown.to_owned(),
        escape: escape_directive(&text[skipped..]),
        arguments: Vec::new(),
        agents: Vec::new(),
        stages: Vec::new(),
    };
    let instructions = parse_dockerfile::parse_iter(text).map_err(|error| reader.syntax(&error, shown, text))?;
    for instruction in instructions {
        let instruction = instruction.map_err(|error| reader.syntax(&error, shown, text))?;
        reader.take(instruction, &mut dockerfile)?;
    }
    if dockerfile.stages.is_empty() {
        return Err(without_from(shown, text));
    }
    Ok(dockerfile)
}

struct Reader {
    skipped: usize,
    /// The byte at which each line starts.
    lines: Vec<usize>,
}

impl Reader {
    fn span(&self, span: &Range<usize>) -> Range<usize> {
        span.start + self.skipped..span.end + self.skipped
    }

    fn line(&self, byte: usize) -> usize {
        self.lines.partition_point(|start| *start <= byte)
    }

    fn syntax(&self, error: &parse_dockerfile::Error, shown: &str, text: &str) -> Error {
        if error.line() == 0 {
            return without_from(shown, text);
        }
        let start = self.lines.get(error.line() - 1).copied().unwrap_or(0);
        let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let start = start + (line.len() - line.trim_start().len());
        let span = within(text, start..start + line.trim().len());
        Error::request(format!("reading {shown}: {error:#}")).place(shown, text, span, "in this instruction")
    }

    fn take(&self, instruction: Instruction<'_>, dockerfile: &mut Dockerfile) -> Result<()> {
        match instruction {
            Instruction::From(from) => {
                let span = self.span(&from.image.span);
                dockerfile.stages.push(Stage {
                    name: from.as_.map(|(_, name)| name.value.into_owned()).filter(|name| !name.is_empty()),
                    from: Source {
                        kind: EdgeKind::From,
                        written: from.image.value.into_owned(),
                        line: self.line(span.start),
                        span,
                    },
                    platform: flag(&from.options, "platform").map(|(value, _)| value),
                    arguments: Vec::new(),
                    sources: Vec::new(),
                });
            }
            Instruction::Arg(arg) => {
                let line = self.line(self.span(&arg.arg.span).start);
                let declared = words(&arg.arguments.value, dockerfile.escape).into_iter().map(|word| {
                    let (name, default) = match word.split_once('=') {
                        Some((name, default)) => (name.to_owned(), Some(default.to_owned())),
                        None => (word, None),
                    };
                    Argument { name, default, line }
                });
                match dockerfile.stages.last_mut() {
                    Some(stage) => stage.arguments.extend(declared),
                    None => dockerfile.arguments.extend(declared),
                }
            }
            Instruction::Copy(copy) => {
                if let Some((written, span)) = flag(&copy.options, "from") {
                    let span = self.span(&span);
                    let line = self.line(span.start);
                    self.add(dockerfile, Source { kind: EdgeKind::CopyFrom, written, span, line })?;
                }
            }
            Instruction::Run(run) => {
                for mount in run.options.iter().filter(|option| option.name.value == "mount") {
                    let Some(value) = &mount.value else { continue };
                    if let Some(agent) = mount_agent(&value.value).filter(|agent| !dockerfile.agents.contains(agent)) {
                        dockerfile.agents.push(agent);
                    }
                    let span = self.span(&value.span);
                    let Some((written, within)) = mount_source(&value.value, &dockerfile.text[span.clone()]) else {
                        continue;
                    };
                    let span = span.start + within.start..span.start + within.end;
                    let line = self.line(span.start);
                    self.add(dockerfile, Source { kind: EdgeKind::Mount, written, span, line })?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Keeps a reference of `COPY --from` or `RUN --mount`, where the builder substitutes nothing.
    fn add(&self, dockerfile: &mut Dockerfile, source: Source) -> Result<()> {
        if source.written.contains('$') {
            let message = format!("{}:{}: `{}` has a build arg", dockerfile.shown, source.line, source.written);
            return Err(dockerfile.error(source.span, message, "the builder substitutes nothing here").help(format!(
                "Give it a stage of its own, `FROM {} AS other`, and write `from=other` here.",
                source.written
            )));
        }
        if let Some(stage) = dockerfile.stages.last_mut().filter(|_| !source.written.is_empty()) {
            stage.sources.push(source);
        }
        Ok(())
    }
}

fn flag(options: &[Flag<'_>], name: &str) -> Option<(String, Range<usize>)> {
    let value = options.iter().find(|option| option.name.value == name)?.value.as_ref()?;
    Some((value.value.clone().into_owned(), value.span.clone()))
}

/// The id of the agent in `type=ssh,id=…`, which is `default` without one.
fn mount_agent(value: &str) -> Option<String> {
    let mut fields = value.split(',').map(str::trim);
    fields.clone().find(|field| *field == "type=ssh")?;
    Some(fields.find_map(|field| field.strip_prefix("id=")).unwrap_or("default").to_owned())
}

/// The value of `from=` in a mount and its place in the option as it stands in the file, which may have line ends
/// that the value has not.
fn mount_source(value: &str, raw: &str) -> Option<(String, Range<usize>)> {
    let written = value.split(',').find_map(|field| from_field(field.trim_matches('"')))?;
    let mut start = 0;
    for field in raw.split(',') {
        let inner = field
            .trim_start_matches(|character: char| character == '"' || character == '\\' || character.is_whitespace());
        if from_field(inner).is_some() {
            let value_start = start + (field.len() - inner.len()) + "from=".len();
            let span = value_start..value_start + written.len();
            // A reference that is broken over two lines takes all the field.
            let span = if raw.get(span.clone()) == Some(written) { span } else { value_start..start + field.len() };
            return Some((written.to_owned(), span));
        }
        start += field.len() + 1;
    }
    None
}

fn from_field(field: &str) -> Option<&str> {
    let (key, value) = field.split_once('=')?;
    key.eq_ignore_ascii_case("from").then_some(value)
}

fn line_starts(text: &str) -> Vec<usize> {
    let after_line_ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
    std::iter::once(0).chain(after_line_ends).collect()
}

/// `# escape=` among the directives at the top of the file.
fn escape_directive(text: &str) -> char {
    for line in text.lines() {
        let Some((key, value)) = line.trim().strip_prefix('#').and_then(|directive| directive.split_once('=')) else {
            break;
        };
        let key = key.trim().to_lowercase();
        if key == "escape" {
            return if value.trim() == "`" { '`' } else { '\\' };
        }
        if !matches!(key.as_str(), "syntax" | "check") {
            break;
        }
    }
    '\\'
}

fn without_from(shown: &str, text: &str) -> Error {
    let message = if text.trim_start_matches(BYTE_ORDER_MARK).trim().is_empty() { "is empty" } else { "has no FROM" };
    Error::request(format!("reading {shown}: the Dockerfile {message}"))
        .place(shown, text, 0..0, "a stage must begin here")
        .help("Begin it with `FROM` and the image that it is built on.")
}
