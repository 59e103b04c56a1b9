//! How secrets reach buildx: never as arguments, and not as files if that can be avoided.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde_json::Value;

use crate::border::engine::Secret;

/// What the names of variables begin with that secrets are in.
const VARIABLE: &str = "KEG_BUILD_SECRET_";

/// Secrets as buildx gets them.
pub(super) struct Handed {
    specifications: Vec<String>,
    variables: Vec<(String, String)>,
}

impl Handed {
    /// Texts go into variables. What a variable cannot hold goes into a file that only this user can read.
    pub(super) fn new(secrets: &[Secret], folder: &Path) -> io::Result<Self> {
        let mut handed = Self { specifications: Vec::new(), variables: Vec::new() };
        for (number, secret) in secrets.iter().enumerate() {
            let bytes = secret.value.reveal();
            match std::str::from_utf8(bytes) {
                Ok(text) if !text.contains('\0') => {
                    let name = format!("{VARIABLE}{number}");
                    handed.specifications.push(format!("id={},env={name}", secret.id));
                    handed.variables.push((name, text.to_owned()));
                }
                _ => {
                    let file = folder.join(format!("secret-{number}"));
                    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file)?.write_all(bytes)?;
                    handed.specifications.push(format!("id={},src={}", secret.id, file.display()));
                }
            }
        }
        Ok(handed)
    }

    /// The definition with the secrets for every target.
    pub(super) fn added_to(&self, mut definition: Value) -> Value {
        let targets = definition.get_mut("target").and_then(Value::as_object_mut);
        for (_, target) in targets.into_iter().flatten().filter(|_| !self.specifications.is_empty()) {
            target["secret"] = self.specifications.clone().into();
        }
        definition
    }

    /// The variables that hold them.
    pub(super) fn variables(&self) -> Vec<(String, String)> {
        self.variables.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use serde_json::json;

    use super::*;
    use crate::border::engine::SecretValue;

    #[test]
    fn texts_are_variables_and_the_rest_is_files_of_the_user() {
        let folder = tempfile::tempdir().unwrap();
        let secret = |id: &str, value: &[u8]| Secret { id: id.to_owned(), value: SecretValue::new(value) };
        let handed = Handed::new(&[secret("npm", b"t0ken"), secret("key", &[0, 255])], folder.path()).unwrap();
        assert_eq!(handed.variables(), [("KEG_BUILD_SECRET_0".to_owned(), "t0ken".to_owned())]);
        let file = folder.path().join("secret-1");
        let definition = handed.added_to(json!({"target": {"a": {}}}));
        let specification = format!("id=key,src={}", file.display());
        assert_eq!(definition["target"]["a"]["secret"], json!(["id=npm,env=KEG_BUILD_SECRET_0", specification]));
        assert_eq!(std::fs::read(&file).unwrap(), [0, 255]);
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
