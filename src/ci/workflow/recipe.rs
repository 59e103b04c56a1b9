//! What `keg ci init` is asked for. It stands in each file that it makes, so that it need not be said twice.

use clap::ValueEnum;
use serde::Serialize;

/// The command whose arguments are kept.
const COMMAND: &str = "keg ci init";

/// How the work is shared among workflows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Style {
    /// One workflow that plans, and builds level by level what is to be built.
    #[default]
    One,
    /// A workflow for each image, inactive until keg ci activate.
    PerImage,
}

/// How a registry lets workflows in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RegistryKind {
    /// GitHub's, with the workflow's own token.
    Ghcr,
    /// Amazon's, with a role that GitHub's identity may take: the variable KEG_AWS_ROLE.
    Ecr,
    /// Amazon's public one, in the same way.
    EcrPublic,
    /// Any, with the secrets KEG_REGISTRY_USER and KEG_REGISTRY_PASSWORD.
    Generic,
}

/// All that decides what is in the workflows of a workspace, beside the workspace itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recipe {
    /// `--style`.
    pub style: Style,
    /// `--registry`.
    pub registry: RegistryKind,
    /// `--default-branch`.
    pub default_branch: String,
    /// `--install`: a shell command, in one line.
    pub install: String,
}

impl Recipe {
    /// The command with all its arguments.
    pub fn command(&self) -> String {
        let name = |value: Option<clap::builder::PossibleValue>| value.map(|value| value.get_name().to_owned());
        let arguments = [
            ("--style", name(self.style.to_possible_value()).unwrap_or_default()),
            ("--registry", name(self.registry.to_possible_value()).unwrap_or_default()),
            ("--default-branch", self.default_branch.clone()),
            ("--install", self.install.clone()),
        ];
        arguments
            .iter()
            .fold(COMMAND.to_owned(), |command, (flag, value)| format!("{command} {flag} {}", quoted(value)))
    }

    /// What [`command`](Self::command) has written.
    pub fn read(command: &str) -> Option<Self> {
        let mut words = shlex::split(command.strip_prefix(COMMAND)?)?.into_iter();
        let (mut style, mut registry, mut default_branch, mut install) = (None, None, None, None);
        while let Some(word) = words.next() {
            let value = words.next()?;
            match word.as_str() {
                "--style" => style = Style::from_str(&value, false).ok(),
                "--registry" => registry = RegistryKind::from_str(&value, false).ok(),
                "--default-branch" => default_branch = Some(value),
                "--install" => install = Some(value),
                _ => return None,
            }
        }
        Some(Self { style: style?, registry: registry?, default_branch: default_branch?, install: install? })
    }
}

/// A word for a shell. Whoever gives one with a zero byte gave none on a command line.
fn quoted(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| "''".to_owned(), |quoted| quoted.into_owned())
}
