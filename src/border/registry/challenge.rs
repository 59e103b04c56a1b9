//! How a registry wants to be asked: the `WWW-Authenticate` header
//! (<https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1>).

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

/// What the registry wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Challenge {
    /// User name and password with each request.
    Basic,
    /// A token from a token service.
    Bearer {
        /// The service's address.
        realm: String,
        /// The name by which it knows the registry.
        service: Option<String>,
    },
}

impl Challenge {
    /// The challenge of an answer; a token is preferred where the registry leaves the choice.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
        let mut challenges: Vec<Self> = values.filter_map(parse).collect();
        let bearer = challenges.iter().position(|challenge| *challenge != Self::Basic).unwrap_or(0);
        (!challenges.is_empty()).then(|| challenges.swap_remove(bearer))
    }
}

fn parse(value: &str) -> Option<Challenge> {
    let (scheme, rest) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
    if scheme.eq_ignore_ascii_case("basic") {
        return Some(Challenge::Basic);
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let parameters = parameters(rest);
    let find = |wanted: &str| {
        let found = parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.clone())
    };
    Some(Challenge::Bearer { realm: find("realm")?, service: find("service") })
}

/// `name="value", name=value`; a backslash in quotes takes the next character as it is.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let mut value = String::new();
        let mut characters = after.char_indices();
        let mut end = after.len();
        let quoted = after.starts_with('"');
        if quoted {
            characters.next();
        }
        while let Some((index, character)) = characters.next() {
            match character {
                '\\' if quoted => value.extend(characters.next().map(|(_, next)| next)),
                '"' if quoted => {
                    end = index + 1;
                    break;
                }
                ',' if !quoted => {
                    end = index;
                    break;
                }
                _ => value.push(character),
            }
        }
        parameters.push((name.trim_matches([' ', ',']).to_owned(), value.trim_end().to_owned()));
        rest = after[end..].trim_start_matches([' ', ',']);
    }
    parameters
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bearer(realm: &str, service: Option<&str>) -> Option<Challenge> {
        Some(Challenge::Bearer { realm: realm.to_owned(), service: service.map(str::to_owned) })
    }

    #[test]
    fn challenges_are_read() {
        assert_eq!(parse("Basic realm=\"x\""), Some(Challenge::Basic));
        assert_eq!(parse("basic"), Some(Challenge::Basic));
        assert_eq!(parse("Negotiate"), None);
        assert_eq!(parse("Bearer service=\"x\""), None);
        let hub =
            "Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\",scope=\"a:b:pull,push\"";
        assert_eq!(parse(hub), bearer("https://auth.docker.io/token", Some("registry.docker.io")));
        assert_eq!(parse("bearer scope=\"a,b\" , realm=https://x/y, error=\"z\""), bearer("https://x/y", None));
        assert_eq!(parse("Bearer realm=\"a\\\"b\""), bearer("a\"b", None));
    }

    #[test]
    fn tokens_are_preferred() {
        let mut headers = HeaderMap::new();
        headers.append(WWW_AUTHENTICATE, "Basic realm=\"x\"".parse().unwrap());
        headers.append(WWW_AUTHENTICATE, "Bearer realm=\"https://x\"".parse().unwrap());
        assert_eq!(Challenge::of(&headers), bearer("https://x", None));
        assert_eq!(Challenge::of(&HeaderMap::new()), None);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "(Bearer )?[ -~é\"\\\\,=]{0,40}") {
            parse(&text);
        }
    }
}
