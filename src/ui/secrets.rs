//! Keeps secrets out of what is printed.

use std::sync::{Arc, PoisonError, RwLock};

/// What stands where a secret was.
pub const MASK: &str = "***";
/// Shorter values occur in any text by chance: masking `1` or `no` would hide nothing and garble everything.
const SHORTEST: usize = 4;

/// `text` with each of `secrets` replaced by `***`. A secret of several lines is also masked line by line, since
/// output arrives in lines. Values of fewer than four characters are left: they occur in any text by chance.
pub fn mask_secrets(text: &str, secrets: &[String]) -> String {
    let mut masked = text.to_owned();
    for part in parts(secrets) {
        if masked.contains(part) {
            masked = masked.replace(part, MASK);
        }
    }
    masked
}

/// The texts to look for, the longest first, since a secret may contain another.
fn parts(secrets: &[String]) -> Vec<&str> {
    let mut parts: Vec<&str> = secrets
        .iter()
        .flat_map(|secret| std::iter::once(secret.as_str()).chain(secret.lines()))
        .map(str::trim)
        .filter(|part| part.chars().count() >= SHORTEST)
        .collect();
    parts.sort_unstable_by_key(|part| std::cmp::Reverse(part.len()));
    parts.dedup();
    parts
}

/// Whether the name of a variable says that its value is a secret: `NPM_TOKEN`, `dbPassword`, `API_KEY`, but not
/// `KEYBOARD`, `PUBLIC_KEY` or `TOKENIZERS_PARALLELISM`.
pub fn looks_secret(variable_name: &str) -> bool {
    const WHOLE: [&str; 7] = ["KEY", "KEYS", "PASS", "PWD", "PAT", "PRIVATE", "AUTH"];
    const ENDINGS: [&str; 9] =
        ["TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "CREDENTIAL", "APIKEY", "ACCESSKEY", "PRIVATEKEY"];
    let parts = words(variable_name);
    if parts.iter().any(|part| part == "PUBLIC") {
        return false;
    }
    parts.iter().any(|part| {
        let singular = part.strip_suffix('S').unwrap_or(part);
        let whole = WHOLE.contains(&part.as_str()) && !is_working_folder(&parts);
        whole || ENDINGS.iter().any(|ending| part.ends_with(ending) || singular.ends_with(ending))
    })
}

/// The shell's own `PWD`, and `SSH_AUTH_SOCK`, which is a path.
fn is_working_folder(parts: &[String]) -> bool {
    matches!(parts.iter().map(String::as_str).collect::<Vec<_>>()[..], ["PWD"] | ["SSH", "AUTH", "SOCK"])
}

/// The words of a name in upper case: split at anything but letters and digits, and where camel case begins a word.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for character in name.chars() {
        let begins = character.is_uppercase() && after_lower;
        if begins || !character.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_alphanumeric()) {
            word.extend(character.to_uppercase());
        }
        after_lower = character.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The secrets that a run has met. Cheap to clone; all clones are one list.
#[derive(Debug, Clone, Default)]
pub(super) struct Secrets(Arc<RwLock<Vec<String>>>);

impl Secrets {
    pub(super) fn add(&self, secret: String) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).push(secret);
    }

    pub(super) fn clear(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(super) fn mask(&self, text: &str) -> String {
        mask_secrets(text, &self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Masks a file's text so that each byte stays where it is, for reports that point at bytes and lines.
    pub(super) fn mask_in_place(&self, text: &str) -> String {
        let secrets = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut masked = text.to_owned();
        for part in parts(&secrets).into_iter().filter(|part| !part.contains('\n')) {
            masked = masked.replace(part, &"*".repeat(part.len()));
        }
        masked
    }

    /// Masks each text in `value`: in printed JSON an escaped secret would no longer be recognised.
    pub(super) fn mask_json(&self, value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) => *text = self.mask(text),
            serde_json::Value::Array(values) => values.iter_mut().for_each(|value| self.mask_json(value)),
            serde_json::Value::Object(fields) => fields.values_mut().for_each(|value| self.mask_json(value)),
            serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str, secrets: &[&str]) -> String {
        mask_secrets(text, &secrets.iter().map(|secret| (*secret).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn masks_values() {
        assert_eq!(masked("login hunter22 as hunter22", &["hunter22"]), "login *** as ***");
        assert_eq!(masked("abcdefgh and abcd", &["abcd", "abcdefgh"]), "*** and ***");
        assert_eq!(masked("3.2 s", &["", "2", " "]), "3.2 s");
        assert_eq!(masked("| MIIEabc", &["-----BEGIN\nMIIEabc\n"]), "| ***");
    }

    #[test]
    fn masks_in_json() {
        let secrets = Secrets::default();
        secrets.add("pa\"ss\\word".to_owned());
        let mut value = serde_json::json!({"a": ["x pa\"ss\\word"], "b": 1});
        secrets.mask_json(&mut value);
        assert_eq!(value.to_string(), r#"{"a":["x ***"],"b":1}"#);
    }

    #[test]
    fn knows_secret_names() {
        for name in [
            "TOKEN",
            "NPM_TOKEN",
            "GITHUBTOKEN",
            "POSTGRES_PASSWORD",
            "DB_PASS",
            "MYSQL_PWD",
            "passwd",
            "API_KEY",
            "apiKey",
            "APIKEY",
            "AWS_SECRET_ACCESS_KEY",
            "clientSecret",
            "SSH_PRIVATE_KEY",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "KEY",
            "deploy.token",
            "GITHUB_PAT",
            "ACCESS_TOKENS",
            "KEY_PASSPHRASE",
            "NPM_AUTH",
        ] {
            assert!(looks_secret(name), "{name}");
        }
        for name in [
            "KEYBOARD",
            "MONKEY",
            "PWD",
            "PATH",
            "PUBLIC_KEY",
            "TOKENIZERS_PARALLELISM",
            "COMPASS",
            "SSH_AUTH_SOCK",
            "AUTHOR",
            "PASSENGER",
            "HOME",
            "",
            "SECRETARY",
            "KEG_BRANCH",
        ] {
            assert!(!looks_secret(name), "{name}");
        }
    }
}
