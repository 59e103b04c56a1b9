//! Which platform of an image is pulled.

use crate::error::{Error, Result};

/// What should be said before an image is pulled that the registry has for `offered` platforms, by an engine of the
/// platform `own`; nothing where it is plain.
///
/// # Errors
/// It is an index, and has nothing for the engine.
pub fn pulled(image: &str, offered: &[String], is_index: bool, own: &str) -> Result<Option<String>> {
    let all = offered.join(", ");
    let is_own = offered.iter().any(|platform| is_same(platform, own));
    match (is_index, is_own) {
        _ if offered.is_empty() => Ok(None),
        (true, true) => Ok((offered.len() > 1).then(|| format!("{image}: its {own} is pulled, of {all}"))),
        (false, true) => Ok(None),
        (false, false) => {
            Ok(Some(format!("{image} is for {all}, and the engine is {own}: it runs emulated, or not at all")))
        }
        (true, false) => Err(Error::request(format!("{image} is for {all}, and the engine is {own}")).help(format!(
            "publish it for {own} too: `platforms` of its manifest, and keg build --push --builder NAME"
        ))),
    }
}

/// Processors have variants, which an engine's own platform does not name: `linux/arm64/v8`.
fn is_same(platform: &str, own: &str) -> bool {
    platform == own || platform.strip_prefix(own).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(offered: &[&str], is_index: bool, own: &str) -> Result<Option<String>> {
        let offered: Vec<String> = offered.iter().map(|platform| (*platform).to_owned()).collect();
        pulled("web:main", &offered, is_index, own)
    }

    #[test]
    fn one_line_where_there_is_a_choice() {
        let both = ["linux/amd64", "linux/arm64/v8"];
        let line = "web:main: its linux/arm64 is pulled, of linux/amd64, linux/arm64/v8";
        assert_eq!(said(&both, true, "linux/arm64").unwrap().as_deref(), Some(line));
        assert_eq!(said(&["linux/amd64"], true, "linux/amd64").unwrap(), None);
        assert_eq!(said(&["linux/amd64"], false, "linux/amd64").unwrap(), None);
        assert_eq!(said(&[], false, "linux/amd64").unwrap(), None);
    }

    #[test]
    fn what_is_for_another_platform_is_said_or_refused() {
        let line = said(&["linux/arm64"], false, "linux/amd64").unwrap().unwrap();
        assert_eq!(line, "web:main is for linux/arm64, and the engine is linux/amd64: it runs emulated, or not at all");
        let error = said(&["linux/arm64", "linux/s390x"], true, "linux/amd64").unwrap_err();
        assert_eq!(error.message(), "web:main is for linux/arm64, linux/s390x, and the engine is linux/amd64");
        assert!(said(&["linux/amd64x"], true, "linux/amd64").is_err());
    }
}
