//! Finds the instruction of a Dockerfile that BuildKit speaks of.

use std::ops::Range;

use parse_dockerfile::{Dockerfile, Instruction, Stage};

/// An instruction of more lines is shown by its first one.
const MOST_LINES: usize = 5;

/// The name that BuildKit gives to what it does for an instruction: `[2/5] RUN make`, `[builder 2/5] RUN make`,
/// `[linux/arm64 builder 2/5] RUN make`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct StepName<'a> {
    /// The stage's name, or `stage-1` for the second one if it has none; nothing in a Dockerfile of one stage.
    pub(super) stage: Option<&'a str>,
    /// The number of the step in its stage, from 1.
    pub(super) number: usize,
    /// The number of steps of its stage.
    pub(super) total: usize,
    /// The instruction, with variables filled in.
    pub(super) instruction: &'a str,
}

impl<'a> StepName<'a> {
    /// `None` for what BuildKit does on its own account, as `[internal] load build context`.
    pub(super) fn parse(name: &'a str) -> Option<Self> {
        let (bracket, instruction) = name.strip_prefix('[')?.split_once("] ")?;
        let mut words = bracket.split_whitespace().rev();
        let (number, total) = words.next()?.split_once('/')?;
        let stage = words.next().filter(|word| !word.contains('/'));
        Some(Self { stage, number: number.parse().ok()?, total: total.parse().ok()?, instruction })
    }

    /// The bytes of `dockerfile` where the instruction is written.
    pub(super) fn find(&self, dockerfile: &str) -> Option<Range<usize>> {
        let parsed = parse_dockerfile::parse(dockerfile).ok()?;
        let stage = self.stage(&parsed)?;
        let keyword = self.instruction.split_whitespace().next()?;
        if keyword.eq_ignore_ascii_case("FROM") {
            return Some(shown_span(&parsed, dockerfile, stage.from.from.span.start));
        }
        let is_same_kind = |start: &usize| {
            dockerfile[*start..].split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case(keyword))
        };
        let steps = stage.instructions.iter().filter(|instruction| makes_step(instruction)).map(keyword_start);
        let steps = steps.collect::<Vec<_>>();
        // Counted from the end: before the first may stand the base image, and what it says with ONBUILD.
        let from_end = self.total.checked_sub(self.number)?;
        let by_number = steps.len().checked_sub(1 + from_end).map(|index| steps[index]).filter(is_same_kind);
        // A step that another build does at the same time may come under the number that it has there.
        let is_same = |start: &usize| normal(&dockerfile[span_of(&parsed, dockerfile, *start)]) == self.instruction;
        let by_text = || parsed.instructions.iter().map(keyword_start).find(is_same);
        let start = by_number.filter(is_same).or_else(by_text).or(by_number);
        Some(shown_span(&parsed, dockerfile, start.unwrap_or(stage.from.from.span.start)))
    }

    fn stage<'t, 'd>(&self, dockerfile: &'d Dockerfile<'t>) -> Option<Stage<'t, 'd>> {
        let Some(name) = self.stage else { return dockerfile.stages().last() };
        let own_name = |stage: &Stage<'_, '_>| stage.from.as_.as_ref().map(|(_, name)| name.value.to_lowercase());
        let named = dockerfile.stages().find(|stage| own_name(stage).as_deref() == Some(name));
        named.or_else(|| dockerfile.stages().nth(name.strip_prefix("stage-")?.parse().ok()?))
    }
}

/// The bytes of line `number`, from 1, without white space around them.
pub(super) fn line(text: &str, number: usize) -> Option<Range<usize>> {
    let line = text.split_inclusive('\n').nth(number.checked_sub(1)?)?;
    let start = line.as_ptr() as usize - text.as_ptr() as usize;
    let content = line.trim();
    let start = start + (line.len() - line.trim_start().len());
    Some(start..start + content.len())
}

/// Whether BuildKit counts `instruction` as a step.
fn makes_step(instruction: &Instruction<'_>) -> bool {
    matches!(instruction, Instruction::Add(_) | Instruction::Copy(_) | Instruction::Run(_) | Instruction::Workdir(_))
}

/// From the keyword at `start` up to the next instruction, without comments and white space behind it.
fn span_of(dockerfile: &Dockerfile<'_>, text: &str, start: usize) -> Range<usize> {
    let end = dockerfile.instructions.iter().map(keyword_start).find(|next| *next > start).unwrap_or(text.len());
    let lines = text[start..end].split_inclusive('\n').collect::<Vec<_>>();
    let is_content = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let count = lines.iter().rposition(is_content).map_or(1, |last| last + 1);
    let length = lines.iter().take(count).map(|line| line.len()).sum::<usize>();
    start..start + text[start..start + length].trim_end().len()
}

/// What of the instruction at `start` is shown.
fn shown_span(dockerfile: &Dockerfile<'_>, text: &str, start: usize) -> Range<usize> {
    let span = span_of(dockerfile, text, start);
    let whole = &text[span.clone()];
    if whole.lines().count() <= MOST_LINES {
        return span;
    }
    start..start + whole.lines().next().unwrap_or_default().trim_end().len()
}

/// An instruction in one line, as BuildKit names it where no variable is filled in.
fn normal(instruction: &str) -> String {
    let lines = instruction.lines().filter(|line| !line.trim_start().starts_with('#'));
    let joined = lines.map(|line| line.trim_end().trim_end_matches(['\\', '`'])).collect::<String>();
    let (keyword, rest) = joined.split_once(char::is_whitespace).unwrap_or((&joined, ""));
    format!("{} {}", keyword.to_uppercase(), rest.trim())
}

fn keyword_start(instruction: &Instruction<'_>) -> usize {
    let keyword = match instruction {
        Instruction::Add(instruction) => &instruction.add,
        Instruction::Arg(instruction) => &instruction.arg,
        Instruction::Cmd(instruction) => &instruction.cmd,
        Instruction::Copy(instruction) => &instruction.copy,
        Instruction::Entrypoint(instruction) => &instruction.entrypoint,
        Instruction::Env(instruction) => &instruction.env,
        Instruction::Expose(instruction) => &instruction.expose,
        Instruction::From(instruction) => &instruction.from,
        Instruction::Healthcheck(instruction) => &instruction.healthcheck,
        Instruction::Label(instruction) => &instruction.label,
        Instruction::Maintainer(instruction) => &instruction.maintainer,
        Instruction::Onbuild(instruction) => &instruction.onbuild,
        Instruction::Run(instruction) => &instruction.run,
        Instruction::Shell(instruction) => &instruction.shell,
        Instruction::Stopsignal(instruction) => &instruction.stopsignal,
        Instruction::User(instruction) => &instruction.user,
        Instruction::Volume(instruction) => &instruction.volume,
        Instruction::Workdir(instruction) => &instruction.workdir,
        // A kind that a later version of the parser knows: taken as the Dockerfile's first, which ends no span.
        _ => return 0,
    };
    keyword.span.start
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCKERFILE: &str = "\
ARG BASE=debian
FROM ${BASE} AS Builder
ENV A=1
WORKDIR /src
# copies
COPY a b \\
     # why
     c /src/

# builds
RUN make ${A}
FROM scratch
COPY --from=builder /src/out /out
run one && \\
  two && \\
  three && \\
  four && \\
  five && \\
  six
";

    fn found(name: &str) -> Option<&'static str> {
        StepName::parse(name)?.find(DOCKERFILE).map(|span| &DOCKERFILE[span])
    }

    #[test]
    fn names_of_steps() {
        let parsed = StepName::parse("[linux/arm64 builder 2/5] RUN make").unwrap();
        assert_eq!((parsed.stage, parsed.number, parsed.total), (Some("builder"), 2, 5));
        assert_eq!(parsed.instruction, "RUN make");
        assert_eq!(StepName::parse("[2/5] RUN [\"a] b\"]").unwrap().stage, None);
        for own in ["[internal] load build context", "exporting to image", "[auth] library/x:pull token", "[x"] {
            assert_eq!(StepName::parse(own), None);
        }
    }

    #[test]
    fn instructions_are_found() {
        assert_eq!(found("[builder 1/4] FROM docker.io/library/debian"), Some("FROM ${BASE} AS Builder"));
        assert_eq!(found("[builder 2/4] WORKDIR /src"), Some("WORKDIR /src"));
        assert_eq!(found("[builder 3/4] COPY a b c /src/"), Some("COPY a b \\\n     # why\n     c /src/"));
        assert_eq!(found("[builder 4/4] RUN make 1"), Some("RUN make ${A}"));
        assert_eq!(found("[stage-1 1/2] COPY --from=builder /src/out /out"), Some("COPY --from=builder /src/out /out"));
        assert_eq!(found("[stage-1 2/2] RUN one && two"), Some("run one && \\"));
    }

    #[test]
    fn what_is_not_written_here_is_the_base_images() {
        assert_eq!(found("[builder 2/5] RUN the base's ONBUILD"), Some("FROM ${BASE} AS Builder"));
        assert_eq!(found("[other 2/5] RUN make"), None);
    }

    #[test]
    fn the_text_counts_more_than_the_number() {
        assert_eq!(found("[builder 3/3] COPY --from=builder /src/out /out"), Some("COPY --from=builder /src/out /out"));
        assert_eq!(found("[builder 3/3] WORKDIR /src"), Some("WORKDIR /src"));
        assert_eq!(found("[builder 1/2] COPY a b     c /src/"), Some("COPY a b \\\n     # why\n     c /src/"));
    }

    #[test]
    fn lines() {
        assert_eq!(line("a\n  bc \nd", 2).map(|span| span.start..span.end), Some(4..6));
        assert_eq!(line("a\n", 3), None);
        assert_eq!(line("a\n", 0), None);
    }
}
