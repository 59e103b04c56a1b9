//! Errors as data, for another keg process.

use serde::{Deserialize, Serialize};

use super::{Error, Kind};

/// An error without its places in files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    exit_code: u8,
    message: String,
    cause: Option<String>,
    help: Option<String>,
    related: Vec<Told>,
}

impl From<&Error> for Told {
    fn from(error: &Error) -> Self {
        Self {
            exit_code: error.exit_code(),
            message: error.message().to_owned(),
            cause: error.one_line().strip_prefix(&format!("{}: ", error.message())).map(str::to_owned),
            help: error.remedy().map(Into::into),
            related: error.0.related.iter().map(Self::from).collect(),
        }
    }
}

impl From<Told> for Error {
    fn from(told: Told) -> Self {
        let kind = match told.exit_code {
            2 => Kind::Request,
            3 => Kind::Unreachable,
            130 => Kind::Interrupted,
            _ => Kind::Failed,
        };
        let mut error = Self::new(kind, told.message);
        if let Some(cause) = told.cause {
            error = error.because(cause);
        }
        if let Some(help) = told.help {
            error = error.help(help);
        }
        error.with_related(told.related.into_iter().map(Into::into).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_survives_the_way() {
        let error = Error::unreachable("a").because("b").help("c").with_related(vec![Error::request("d")]);
        let text = serde_json::to_string(&Told::from(&error)).unwrap();
        let back = Error::from(serde_json::from_str::<Told>(&text).unwrap());
        assert_eq!(back.exit_code(), 3);
        assert_eq!(back.one_line(), error.one_line());
        assert_eq!(back.remedy(), Some("c"));
        assert_eq!(Told::from(&back), Told::from(&error));
    }
}
