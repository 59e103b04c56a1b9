//! Which images a Dockerfile needs, after substitution of build args.

use std::collections::HashMap;
use std::ops::Range;

use indexmap::IndexMap;

use super::{BASE_ARGUMENT, Dockerfile, SCRATCH, Source, Stage, expand};
use crate::error::{Result, nearest};
use crate::workspace::EdgeKind;

/// What decides what a Dockerfile's references mean.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// Build args; only those that are declared before the first `FROM` reach a `FROM`.
    pub build_args: &'a IndexMap<String, String>,
    /// The stage to build, by name or number; else the last.
    pub target: Option<&'a str>,
    /// The platform to build for, as `linux/arm64`; else this machine's.
    pub platform: Option<&'a str>,
}

/// A reference to an image that is no stage of the Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct External {
    /// The instruction that has it.
    pub kind: EdgeKind,
    /// The reference after substitution.
    pub written: String,
    /// Its bytes in the text.
    pub span: Range<usize>,
    /// Its line, from 1.
    pub line: usize,
    /// Whether the value of `KEG_BASE_IMAGE` decided it.
    pub by_base_argument: bool,
    /// Whether it is the value of `KEG_BASE_IMAGE` and nothing else, so that the build arg alone can give it.
    pub is_base_argument: bool,
    /// Whether the stage to build stands on it.
    pub is_final: bool,
}

/// The value of a build arg that is declared before the first `FROM`.
struct Value {
    text: String,
    by_base_argument: bool,
}

/// What the `FROM` of a stage means.
struct From {
    written: String,
    by_base_argument: bool,
    /// The earlier stage that it names.
    stage: Option<usize>,
}

impl Dockerfile {
    /// The images that the target's stages are built on and copy from, in the order of the file: no stages, not
    /// `scratch`, and none of stages that the target does not need.
    ///
    /// # Errors
    /// When a `FROM` comes out empty or cannot be substituted, and when there is no such target.
    pub fn references(&self, inputs: &Inputs<'_>) -> Result<Vec<External>> {
        let values = self.values(inputs)?;
        let mut froms: Vec<From> = Vec::with_capacity(self.stages.len());
        let mut by_name: HashMap<String, usize> = HashMap::new();
        for (index, stage) in self.stages.iter().enumerate() {
            let from = self.from(&stage.from, &values)?;
            let stage_before = by_name.get(&from.written.to_lowercase()).copied();
            froms.push(From { stage: stage_before, ..from });
            if let Some(name) = &stage.name {
                by_name.insert(name.to_lowercase(), index);
            }
        }
        let target = self.target(inputs.target, &by_name)?;
        let mut needed = vec![false; self.stages.len()];
        let mut open = vec![target];
        while let Some(index) = open.pop() {
            if std::mem::replace(&mut needed[index], true) {
                continue;
            }
            open.extend(froms[index].stage);
            open.extend(self.stages[index].sources.iter().filter_map(|source| self.stage_of(source, &by_name)));
        }
        let root = root_of(target, &froms);
        let mut found = Vec::new();
        for (index, (stage, from)) in self.stages.iter().zip(&froms).enumerate().filter(|(index, _)| needed[*index]) {
            if from.stage.is_none() && from.written != SCRATCH {
                found.push(External {
                    kind: EdgeKind::From,
                    written: from.written.clone(),
                    span: stage.from.span.clone(),
                    line: stage.from.line,
                    by_base_argument: from.by_base_argument,
                    is_base_argument: from.by_base_argument && is_base_argument_alone(&stage.from.written),
                    is_final: index == root,
                });
            }
            found.extend(self.copied(stage, &by_name));
        }
        Ok(found)
    }

    /// The `FROM` that the target stands on when stages that name other stages are followed.
    ///
    /// # Errors
    /// As [`references`](Self::references).
    pub fn final_source(&self, inputs: &Inputs<'_>) -> Result<&Source> {
        let mut by_name: HashMap<String, usize> = HashMap::new();
        let values = self.values(inputs)?;
        let mut froms = Vec::with_capacity(self.stages.len());
        for (index, stage) in self.stages.iter().enumerate() {
            // A FROM without a value is what the caller wants to replace, so it is no error here.
            let written = expand(&stage.from.written, self.escape, &|name| text_of(&values, name));
            let written = written.map(|expansion| expansion.text).unwrap_or_default();
            let stage_before = by_name.get(&written.to_lowercase()).copied();
            froms.push(From { written, by_base_argument: false, stage: stage_before });
            if let Some(name) = &stage.name {
                by_name.insert(name.to_lowercase(), index);
            }
        }
        let target = self.target(inputs.target, &by_name)?;
        Ok(&self.stages[root_of(target, &froms)].from)
    }

    fn copied<'a>(
        &'a self,
        stage: &'a Stage,
        by_name: &'a HashMap<String, usize>,
    ) -> impl Iterator<Item = External> + 'a {
        let external = move |source: &&Source| {
            source.written != SCRATCH
                && !source.written.bytes().all(|byte| byte.is_ascii_digit())
                && self.stage_of(source, by_name).is_none()
        };
        stage.sources.iter().filter(external).map(|source| External {
            kind: source.kind,
            written: source.written.clone(),
            span: source.span.clone(),
            line: source.line,
            by_base_argument: false,
            is_base_argument: false,
            is_final: false,
        })
    }

    /// The stage that `COPY --from` or a mount names, by name or number.
    fn stage_of(&self, source: &Source, by_name: &HashMap<String, usize>) -> Option<usize> {
        let by_number = || source.written.parse().ok().filter(|number| *number < self.stages.len());
        by_name.get(&source.written.to_lowercase()).copied().or_else(by_number)
    }

    fn target(&self, target: Option<&str>, by_name: &HashMap<String, usize>) -> Result<usize> {
        let Some(target) = target else { return Ok(self.stages.len().saturating_sub(1)) };
        let by_number = || target.parse().ok().filter(|number| *number < self.stages.len());
        if let Some(index) = by_name.get(&target.to_lowercase()).copied().or_else(by_number) {
            return Ok(index);
        }
        let names: Vec<&str> = self.stages.iter().filter_map(|stage| stage.name.as_deref()).collect();
        let help = match nearest(target, names.iter().copied()) {
            Some(name) => format!("Did you mean `{name}`?"),
            None if names.is_empty() => "No stage has a name: add `AS` and a name to a FROM.".into(),
            None => format!("Its stages: {}.", names.join(", ")),
        };
        let last = self.stages.last().map_or(0..0, |stage| stage.from.span.clone());
        Err(self.error(last, format!("{} has no stage `{target}`", self.shown), "the last stage").help(help))
    }

    fn values(&self, inputs: &Inputs<'_>) -> Result<HashMap<String, Value>> {
        let mut values: HashMap<String, Value> = HashMap::new();
        for (name, text) in platform_arguments(inputs) {
            let text = inputs.build_args.get(name).cloned().unwrap_or(text);
            values.insert(name.to_owned(), Value { text, by_base_argument: false });
        }
        for argument in &self.arguments {
            let itself = argument.name == BASE_ARGUMENT;
            let value = match (inputs.build_args.get(&argument.name), &argument.default) {
                (Some(given), _) => Value { text: given.clone(), by_base_argument: itself },
                (None, Some(default)) => {
                    let expansion = expand(default, self.escape, &|name| text_of(&values, name)).map_err(|reason| {
                        let message = format!("{}:{}: ARG {}: {reason}", self.shown, argument.line, argument.name);
                        self.error(self.line_span(argument.line), message, "in this default")
                    })?;
                    let by_base_argument = itself || uses_base_argument(&expansion.names, &values);
                    Value { text: expansion.text, by_base_argument }
                }
                (None, None) => continue,
            };
            values.insert(argument.name.clone(), value);
        }
        Ok(values)
    }

    fn from(&self, source: &Source, values: &HashMap<String, Value>) -> Result<From> {
        let at = format!("{}:{}", self.shown, source.line);
        let expansion = expand(&source.written, self.escape, &|name| text_of(values, name)).map_err(|reason| {
            self.error(source.span.clone(), format!("{at}: FROM {}: {reason}", source.written), "in this reference")
        })?;
        if expansion.text.is_empty() {
            let message = format!("{at}: FROM {} has no value", source.written);
            return Err(self
                .error(source.span.clone(), message, "this comes out empty")
                .help(self.remedy(&expansion.names)));
        }
        let by_base_argument = uses_base_argument(&expansion.names, values);
        Ok(From { written: expansion.text, by_base_argument, stage: None })
    }

    fn remedy(&self, names: &[String]) -> String {
        let undeclared = names.iter().find(|name| !self.arguments.iter().any(|argument| argument.name == **name));
        match (undeclared, names.first()) {
            (Some(name), _) => format!("Declare it before the first FROM: `ARG {name}=<image>`."),
            (None, Some(name)) if name == BASE_ARGUMENT => {
                "Say what it is built on: `base:` in its manifest, `--base`, or a default after `ARG KEG_BASE_IMAGE=`."
                    .into()
            }
            (None, Some(name)) => {
                format!("Give it a default, `ARG {name}=<image>`, or a value under `build.args` in its manifest.")
            }
            (None, None) => "Name the image that it is built on.".into(),
        }
    }

    fn line_span(&self, line: usize) -> Range<usize> {
        let start: usize = self.text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let length = self.text[start..].lines().next().map_or(0, str::len);
        start..start + length
    }
}

fn root_of(target: usize, froms: &[From]) -> usize {
    let mut root = target;
    while let Some(earlier) = froms.get(root).and_then(|from| from.stage) {
        root = earlier;
    }
    root
}

fn text_of(values: &HashMap<String, Value>, name: &str) -> Option<String> {
    values.get(name).map(|value| value.text.clone())
}

fn uses_base_argument(names: &[String], values: &HashMap<String, Value>) -> bool {
    names.iter().any(|name| values.get(name).is_some_and(|value| value.by_base_argument))
}

/// Whether a word is `$KEG_BASE_IMAGE` or `${KEG_BASE_IMAGE}`, with quotes or a default or without.
fn is_base_argument_alone(word: &str) -> bool {
    let word = word.trim_matches('"');
    let Some(rest) = word.strip_prefix('$') else { return false };
    if rest == BASE_ARGUMENT {
        return true;
    }
    let Some(inner) = rest.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else { return false };
    match inner.strip_prefix(BASE_ARGUMENT) {
        Some("") => true,
        Some(operator) => {
            (operator.starts_with(":-") || operator.starts_with('-')) && !operator.contains(['{', '}', '$', '"', '\''])
        }
        None => false,
    }
}

/// Build args that exist without being declared
/// (<https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope>).
fn platform_arguments(inputs: &Inputs<'_>) -> Vec<(&'static str, String)> {
    let build = format!("linux/{}", this_architecture());
    let target = inputs.platform.unwrap_or(&build);
    let part = |platform: &str, index: usize| platform.split('/').nth(index).unwrap_or_default().to_owned();
    vec![
        ("BUILDPLATFORM", build.clone()),
        ("BUILDOS", part(&build, 0)),
        ("BUILDARCH", part(&build, 1)),
        ("BUILDVARIANT", part(&build, 2)),
        ("TARGETPLATFORM", target.to_owned()),
        ("TARGETOS", part(target, 0)),
        ("TARGETARCH", part(target, 1)),
        ("TARGETVARIANT", part(target, 2)),
        ("TARGETSTAGE", inputs.target.unwrap_or("default").to_owned()),
    ]
}

/// This machine's architecture as Docker calls it.
fn this_architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        other => other,
    }
}
