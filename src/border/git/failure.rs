//! What libgit2's errors mean for a user.

use std::path::Path;

use git2::ErrorCode;

use crate::error::Error;

/// The report for a failure while reading the repository that holds `folder`.
pub(super) fn explain(folder: &Path, error: &git2::Error) -> Error {
    let shown = folder.display();
    let text = error.message();
    if error.code() == ErrorCode::Owner {
        return Error::request(format!(
            "the git repository of {shown} belongs to another user, so git does not trust it"
        ))
        .because(text)
        .help(format!("if you trust it: `git config --global --add safe.directory {}`", root_in(text, folder)));
    }
    let lower = text.to_lowercase();
    if lower.contains("refstorage") || lower.contains("reftable") {
        return Error::request(format!(
            "the git repository of {shown} keeps its references as reftable, which keg cannot read"
        ))
        .because(text)
        .help("convert it with `git refs migrate --ref-format=files`");
    }
    if lower.contains("objectformat") || lower.contains("object format") || lower.contains("sha256") {
        return Error::request(format!(
            "the git repository of {shown} uses SHA-256 object names, which keg cannot read"
        ))
        .because(text)
        .help("use a repository with SHA-1 object names, git's default, or name the branch with --branch");
    }
    Error::request(format!("cannot read the git repository of {shown}"))
        .because(text)
        .help(format!("see what `git -C {shown} status` says"))
}

/// The repository that libgit2's message quotes, since that, not a folder in it, has to be trusted; quoted for a shell.
fn root_in(message: &str, folder: &Path) -> String {
    let quoted = message.split_once('\'').and_then(|(_, rest)| rest.rsplit_once('\'')).map(|(path, _)| path);
    let root = quoted.map_or_else(|| folder.display().to_string(), |path| path.trim_end_matches('/').to_owned());
    let plain = |character: char| character.is_alphanumeric() || "/._-+@:,".contains(character);
    if root.chars().all(plain) { root } else { format!("'{}'", root.replace('\'', r"'\''")) }
}
