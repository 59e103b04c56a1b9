//! Headers on their way through the proxy.

use std::net::IpAddr;

use hyper::HeaderMap;
use hyper::header::{CONNECTION, HOST, HeaderName, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, UPGRADE};

/// Headers that are about one connection and not about the message
/// (<https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1>). hyper deals with `Transfer-Encoding` itself.
const OF_CONNECTION: [HeaderName; 7] = [
    CONNECTION,
    UPGRADE,
    TE,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The protocol that a message asks for instead of HTTP, as `websocket`.
pub fn upgrade(headers: &HeaderMap) -> Option<HeaderValue> {
    let wants = words(headers).any(|word| word.eq_ignore_ascii_case("upgrade"));
    headers.get(UPGRADE).filter(|_| wants).cloned()
}

/// Takes out what is about the connection on which the message came, and keeps the change of protocol.
pub fn strip(headers: &mut HeaderMap) {
    let upgrade = upgrade(headers);
    let named: Vec<HeaderName> = words(headers).filter_map(|word| word.parse().ok()).collect();
    for name in named.iter().chain(&OF_CONNECTION) {
        // `Connection: host` would take away what says whom the request is for.
        if *name != HOST {
            headers.remove(name);
        }
    }
    if let Some(protocol) = upgrade {
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, protocol);
    }
}

/// Says for whom a request is passed on. What a proxy on this machine has said before stays; from elsewhere it may be
/// made up, and is replaced.
pub fn forwarded(headers: &mut HeaderMap, client: IpAddr, host: &HeaderValue) {
    let client = client.to_canonical();
    if !client.is_loopback() {
        for name in [FORWARDED_FOR, FORWARDED_HOST, FORWARDED_PROTO] {
            headers.remove(name);
        }
    }
    let mut chain: Vec<String> =
        headers.get_all(FORWARDED_FOR).iter().filter_map(|value| Some(value.to_str().ok()?.to_owned())).collect();
    chain.push(client.to_string());
    if let Ok(value) = HeaderValue::try_from(chain.join(", ")) {
        headers.insert(FORWARDED_FOR, value);
    }
    headers.entry(FORWARDED_HOST).or_insert_with(|| host.clone());
    headers.entry(FORWARDED_PROTO).or_insert(HeaderValue::from_static("http"));
}

/// What `Connection` lists.
fn words(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        headers
    }

    fn shown(headers: &HeaderMap) -> Vec<String> {
        let mut lines: Vec<String> =
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        lines.sort();
        lines
    }

    #[test]
    fn what_is_about_the_connection_stays_behind() {
        let mut map = headers(&[
            ("connection", "close, X-Mine , host"),
            ("connection", "keep-alive"),
            ("keep-alive", "timeout=5"),
            ("proxy-connection", "close"),
            ("proxy-authorization", "Basic x"),
            ("te", "trailers"),
            ("upgrade", "h2c"),
            ("x-mine", "1"),
            ("x-yours", "2"),
            ("host", "web.localhost"),
        ]);
        assert_eq!(upgrade(&map), None);
        strip(&mut map);
        assert_eq!(shown(&map), ["host: web.localhost", "x-yours: 2"]);
    }

    #[test]
    fn a_change_of_protocol_is_passed_on() {
        let mut map = headers(&[
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-key", "x"),
            ("sec-websocket-protocol", "graphql-ws"),
        ]);
        strip(&mut map);
        assert_eq!(
            shown(&map),
            ["connection: upgrade", "sec-websocket-key: x", "sec-websocket-protocol: graphql-ws", "upgrade: websocket"]
        );
    }

    #[test]
    fn clients_elsewhere_cannot_make_up_where_they_are() {
        let host = HeaderValue::from_static("web.localhost:8080");
        let mut map = headers(&[("x-forwarded-for", "10.0.0.1"), ("x-forwarded-proto", "https")]);
        forwarded(&mut map, "127.0.0.1".parse().unwrap(), &host);
        assert_eq!(
            shown(&map),
            [
                "x-forwarded-for: 10.0.0.1, 127.0.0.1",
                "x-forwarded-host: web.localhost:8080",
                "x-forwarded-proto: https"
            ]
        );
        forwarded(&mut map, "::ffff:192.0.2.7".parse().unwrap(), &host);
        assert_eq!(
            shown(&map),
            ["x-forwarded-for: 192.0.2.7", "x-forwarded-host: web.localhost:8080", "x-forwarded-proto: http"]
        );
    }
}
