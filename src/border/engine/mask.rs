//! Keeps secrets out of everything that is shown.

/// The shortest text that is masked: a shorter one is no secret, and masking it would make logs unreadable.
const SHORTEST: usize = 4;
/// What is shown instead.
const MASK: &str = "***";
/// Words in the name of a variable that make its value a secret.
const SECRET_WORDS: [&str; 9] =
    ["secret", "token", "passw", "credential", "apikey", "api_key", "private_key", "access_key", "auth"];

/// Replaces known secrets in text.
#[derive(Clone, Default)]
pub(super) struct Mask(Vec<String>);

impl Mask {
    /// Masks each of `values`, and each of their lines, since what a build prints is read line by line.
    pub(super) fn new<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut texts = Vec::new();
        for value in values {
            let value = String::from_utf8_lossy(value);
            texts.extend(value.lines().map(|line| line.trim().to_owned()).filter(|line| line.len() >= SHORTEST));
        }
        // A secret that is part of another must not leave the rest of the longer one behind.
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        texts.dedup();
        Self(texts)
    }

    /// `text` without the secrets.
    pub(super) fn apply(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), MASK))
    }
}

/// Whether a variable of this name holds a secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let name = name.to_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word)) && !name.contains("author")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked() {
        let mask = Mask::new([b"hunter22\n".as_slice(), b"hunter22-and-more", b"first line\nsecond line\n", b"abc"]);
        assert_eq!(mask.apply("password=hunter22;"), "password=***;");
        assert_eq!(mask.apply("hunter22-and-more"), "***");
        assert_eq!(mask.apply("the second line abc"), "the *** abc");
    }

    #[test]
    fn names_of_secrets() {
        assert!(is_secret_name("NPM_TOKEN"));
        assert!(is_secret_name("dbPassword"));
        assert!(!is_secret_name("AUTHOR"));
        assert!(!is_secret_name("PYTHON_VERSION"));
    }
}
