//! Turns a branch's name into a tag.

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::reference::{LONGEST_TAG, is_tag};

/// What keg's own content tags begin with; no other tag may.
const CONTENT_PREFIX: &str = "keg-";
/// Tags that only a promotion or an explicit `--tag` sets.
pub const RESERVED: [&str; 2] = ["latest", "stable"];
/// How many hexadecimal digits of the branch's digest end a tag that was cut.
const CUT_DIGITS: usize = 8;

/// The tag of a branch: each run of characters outside `[A-Za-z0-9_.-]` becomes one `-`, leading `.` and `-` are
/// dropped, and over 128 characters is cut and ends in `-` and 8 hexadecimal digits of the branch's SHA-256.
///
/// # Errors
/// When nothing is left, and when the tag would be `latest`, `stable` or begin with `keg-`.
pub fn sanitise(branch: &str) -> Result<String> {
    let name = shown(branch);
    let remedy = "rename the branch, or give another name with --branch";
    let mut tag = with_tag_characters(branch);
    if tag.is_empty() {
        let message = if branch.is_empty() {
            "the branch's name is empty".to_owned()
        } else {
            format!("branch `{name}` gives no tag: it has no letter or digit of a to z, A to Z and 0 to 9, and no `_`")
        };
        return Err(Error::request(message).help(remedy));
    }
    if RESERVED.contains(&tag.as_str()) {
        let message = format!("branch `{name}` would get the tag `{tag}`, which is kept for releases and promotions");
        return Err(Error::request(message).help(remedy));
    }
    if tag.starts_with(CONTENT_PREFIX) {
        let message = format!("branch `{name}` would get the tag `{}`: {}", cut(&tag, branch), CONTENT_REASON);
        return Err(Error::request(message).help(remedy));
    }
    if tag.len() > LONGEST_TAG {
        tag = cut(&tag, branch);
    }
    Ok(tag)
}

/// `text` with `-` in the place of each run of characters that tags cannot have, and without leading `.` and `-`.
pub fn with_tag_characters(text: &str) -> String {
    let mut tag = String::with_capacity(text.len());
    let mut in_run = false;
    for character in text.chars() {
        let kept = is_tag_character(character);
        match (kept, in_run) {
            (true, _) => tag.push(character),
            (false, false) => tag.push('-'),
            (false, true) => {}
        }
        in_run = !kept;
    }
    tag.trim_start_matches(['.', '-']).to_owned()
}

/// The tag of a branch as it can follow a plan's prefix: where both would be too long, it is cut and ends in `-` and 8
/// hexadecimal digits of its SHA-256.
pub fn after_prefix(prefix: &str, tag: &str) -> String {
    let room = LONGEST_TAG.saturating_sub(prefix.len() + 1);
    if tag.len() <= room { tag.to_owned() } else { cut_to(room, tag, tag) }
}

/// The tag of a branch's images by a plan: `<prefix>-<tag>`.
pub fn with_prefix(prefix: &str, tag: &str) -> String {
    format!("{prefix}-{}", after_prefix(prefix, tag))
}

const CONTENT_REASON: &str = "tags that begin with `keg-` are kept for the immutable content tags that keg sets itself";

/// Whether a user may set `tag`: valid by the reference grammar, and none of keg's content tags.
///
/// # Errors
/// Says what is wrong with it.
pub fn check_tag(tag: &str) -> Result<()> {
    let name = shown(tag);
    if tag.starts_with(CONTENT_PREFIX) {
        return Err(Error::request(format!("`{name}` cannot be set as a tag: {CONTENT_REASON}")));
    }
    if is_tag(tag) {
        return Ok(());
    }
    let reason = if tag.is_empty() {
        "it is empty".to_owned()
    } else if let Some(character) = tag.chars().find(|character| !is_tag_character(*character)) {
        format!(
            "it has `{}`, and a tag can have letters of a to z, digits, `_`, `.` and `-` only",
            character.escape_debug()
        )
    } else if tag.starts_with(['.', '-']) {
        "a tag cannot begin with `.` or `-`".to_owned()
    } else {
        format!("it is {} characters long, and a tag has at most {LONGEST_TAG}", tag.len())
    };
    Err(Error::request(format!("`{name}` is no valid tag: {reason}")))
}

/// `text` without characters that would act on a terminal.
pub(super) fn shown(text: &str) -> String {
    text.chars()
        .flat_map(|character| {
            let escaped: Box<dyn Iterator<Item = char>> = if character.is_control() {
                Box::new(character.escape_default())
            } else {
                Box::new(Some(character).into_iter())
            };
            escaped
        })
        .collect()
}

fn is_tag_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '-')
}

/// A tag has only ASCII characters, so that it can be cut anywhere.
fn cut(tag: &str, branch: &str) -> String {
    if tag.len() <= LONGEST_TAG { tag.to_owned() } else { cut_to(LONGEST_TAG, tag, branch) }
}

fn cut_to(length: usize, tag: &str, branch: &str) -> String {
    let digest: String = Sha256::digest(branch.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}", &tag[..length.saturating_sub(CUT_DIGITS + 1)], &digest[..CUT_DIGITS])
}
