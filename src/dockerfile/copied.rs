//! What a Dockerfile takes from its build context.

use std::path::Path;

use parse_dockerfile::{Flag, Instruction, Source};

use super::Dockerfile;
use crate::yaml::line_of;

/// A file, folder or pattern of the build context that a Dockerfile names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The path from the context's root, which may have wildcards; empty for the whole context.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
}

impl Dockerfile {
    /// What `COPY`, `ADD` and bind mounts name of the build context, in the order of the file. A path with a build arg
    /// in it may be any, and stands for the whole context.
    pub fn taken_from_context(&self) -> Vec<Copied> {
        let mut found = Vec::new();
        // The text was parsed before, so that nothing is left to be said about its errors.
        let instructions = parse_dockerfile::parse_iter(&self.text).into_iter().flatten().flatten();
        for instruction in instructions {
            match instruction {
                Instruction::Copy(copy) if !has(&copy.options, "from") => self.add(&copy.src, &mut found),
                Instruction::Add(add) => self.add(&add.src, &mut found),
                Instruction::Run(run) => {
                    for mount in run.options.iter().filter(|option| option.name.value == "mount") {
                        let Some(value) = &mount.value else { continue };
                        if let Some(path) = mounted(&value.value) {
                            found.push(Copied {
                                path: path_in_context(path),
                                line: line_of(&self.text, value.span.start),
                            });
                        }
                    }
                }
                _ => {}
            }
        }
        found
    }

    fn add(&self, sources: &[Source<'_>], found: &mut Vec<Copied>) {
        for source in sources {
            let Source::Path(path) = source else { continue };
            let is_remote = path.value.contains("://") || path.value.starts_with("git@");
            if !is_remote {
                found.push(Copied { path: path_in_context(&path.value), line: line_of(&self.text, path.span.start) });
            }
        }
    }
}

fn has(options: &[Flag<'_>], name: &str) -> bool {
    options.iter().any(|option| option.name.value == name)
}

/// The source of a mount that takes it from the build context.
fn mounted(value: &str) -> Option<&str> {
    let field = |names: &[&str]| {
        let mut fields = value.split(',').filter_map(|field| field.split_once('='));
        fields.find(|(key, _)| names.contains(&key.to_lowercase().as_str())).map(|(_, value)| value)
    };
    let is_bind = field(&["type"]).is_none_or(|kind| kind == "bind");
    (is_bind && field(&["from"]).is_none()).then(|| field(&["source", "src"]).unwrap_or("."))
}

fn path_in_context(written: &str) -> String {
    if written.contains('$') {
        return String::new();
    }
    let mut names: Vec<&str> = Vec::new();
    for component in Path::new(written).components() {
        match component {
            std::path::Component::Normal(name) => names.extend(name.to_str()),
            // The builder does not let it out of the context.
            std::path::Component::ParentDir => drop(names.pop()),
            _ => {}
        }
    }
    names.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(text: &str) -> Vec<(String, usize)> {
        let dockerfile = Dockerfile::parse(Path::new("/w/Dockerfile"), text).unwrap();
        dockerfile.taken_from_context().into_iter().map(|copied| (copied.path, copied.line)).collect()
    }

    #[test]
    fn names_what_comes_from_the_context() {
        let text = "FROM a AS build\nCOPY renv.lock ./conda-lock.yml /opt/\nCOPY --from=build /x /y\nADD *.txt https://e.x/a.tgz /\n\
                    RUN --mount=type=bind,source=/src/app,target=/s --mount=type=cache,target=/c true\n\
                    RUN --mount=from=build,target=/z --mount=target=/all true\nCOPY a/../b/ /b\nCOPY ${FILE} /\n\
                    COPY --chown=1 [\"with space\", \"/d\"]\n";
        let expected = [
            ("renv.lock", 2),
            ("conda-lock.yml", 2),
            ("*.txt", 4),
            ("src/app", 5),
            ("", 6),
            ("b", 7),
            ("", 8),
            ("with space", 9),
        ];
        assert_eq!(copied(text), expected.map(|(path, line)| (path.to_owned(), line)));
    }

    #[test]
    fn whole_context_and_here_documents() {
        assert_eq!(copied("FROM a\nCOPY . /app\nCOPY <<EOF /x\ntext\nEOF\n"), [(String::new(), 2)]);
    }
}
