//! `proxy:` of keg.yml and tap.yml, which can be a word or a map.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::yaml::Located;

/// Which proxy there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ProxyKind {
    /// Traefik where its image is or can be pulled, else keg's own.
    #[default]
    Auto,
    /// Traefik in a container.
    Traefik,
    /// keg's own.
    Builtin,
}

/// How taps are reached by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Whether taps have names at all.
    pub enabled: bool,
    /// What the map says.
    pub keys: ProxyKeys,
}

/// How taps are reached by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProxyKeys {
    /// Which proxy runs. Default: `auto`.
    pub kind: ProxyKind,
    /// The domain in which each tap has a name. Default: `localhost`.
    pub domain: Option<Located<String>>,
    /// The port on which the proxy listens. Default: 80, else 8080.
    pub port: Option<Located<u16>>,
    /// The image of Traefik. Default: `traefik:v3`.
    pub image: Option<Located<String>>,
}

/// The names of one tap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TapProxy {
    /// Whether the tap has a name.
    pub enabled: bool,
    /// What the map says.
    pub keys: TapProxyKeys,
}

/// The names of one tap.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TapProxyKeys {
    /// The port that the service listens on. Default: the only one that it publishes, else that its image exposes.
    pub port: Option<Located<u16>>,
    /// The service that has the tap's name. Default: the one that runs the tap's image.
    pub service: Option<Located<String>>,
    /// Further services with the ports that they listen on; each has the name `<service>.<tap>-<branch>`.
    #[schemars(with = "BTreeMap<String, u16>")]
    pub services: IndexMap<String, Located<u16>>,
}

impl Default for Proxy {
    fn default() -> Self {
        Self { enabled: true, keys: ProxyKeys::default() }
    }
}

impl Default for TapProxy {
    fn default() -> Self {
        Self { enabled: true, keys: TapProxyKeys::default() }
    }
}

impl<'de> Deserialize<'de> for Proxy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ProxyVisitor)
    }
}

struct ProxyVisitor;

impl<'de> Visitor<'de> for ProxyVisitor {
    type Value = Proxy;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`auto`, `traefik`, `builtin`, `false`, or a map with `kind`, `domain`, `port` and `image`")
    }

    fn visit_bool<E: serde::de::Error>(self, enabled: bool) -> Result<Proxy, E> {
        Ok(Proxy { enabled, ..Proxy::default() })
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Proxy, E> {
        let kind = ProxyKind::deserialize(serde::de::value::StrDeserializer::new(text))?;
        Ok(Proxy { enabled: true, keys: ProxyKeys { kind, ..ProxyKeys::default() } })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Proxy, A::Error> {
        let keys = ProxyKeys::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Proxy { enabled: true, keys })
    }
}

impl JsonSchema for Proxy {
    fn schema_name() -> Cow<'static, str> {
        "Proxy".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let kind = generator.subschema_for::<ProxyKind>();
        let keys = generator.subschema_for::<ProxyKeys>();
        json_schema!({ "anyOf": [{ "type": "boolean" }, kind, keys] })
    }
}

impl<'de> Deserialize<'de> for TapProxy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TapProxyVisitor)
    }
}

struct TapProxyVisitor;

impl<'de> Visitor<'de> for TapProxyVisitor {
    type Value = TapProxy;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`false`, or a map with `port`, `service` and `services`")
    }

    fn visit_bool<E: serde::de::Error>(self, enabled: bool) -> Result<TapProxy, E> {
        Ok(TapProxy { enabled, ..TapProxy::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TapProxy, A::Error> {
        let keys = TapProxyKeys::deserialize(MapAccessDeserializer::new(map))?;
        Ok(TapProxy { enabled: true, keys })
    }
}

impl JsonSchema for TapProxy {
    fn schema_name() -> Cow<'static, str> {
        "TapProxy".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let keys = generator.subschema_for::<TapProxyKeys>();
        json_schema!({ "anyOf": [{ "type": "boolean" }, keys] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{KegFile, TapFile};
    use crate::yaml::parse;

    fn keg(text: &str) -> Result<Proxy, String> {
        let file = parse::<KegFile>("keg.yml", text).map_err(|error| error.one_line())?;
        Ok(file.proxy.unwrap_or_default())
    }

    #[test]
    fn words_and_maps() {
        let kind = |text: &str| keg(text).map(|proxy| (proxy.enabled, proxy.keys.kind));
        assert_eq!(kind("proxy: builtin"), Ok((true, ProxyKind::Builtin)));
        assert_eq!(kind("proxy: traefik"), Ok((true, ProxyKind::Traefik)));
        assert_eq!(kind("proxy: false"), Ok((false, ProxyKind::Auto)));
        assert_eq!(kind("proxy: true"), Ok((true, ProxyKind::Auto)));
        assert_eq!(kind("proxy: {kind: builtin, domain: dev.test}"), Ok((true, ProxyKind::Builtin)));
        let keys = keg("proxy: {port: 8080, image: \"traefik:v2\"}").unwrap().keys;
        assert_eq!(
            (keys.port.as_deref(), keys.image.as_deref().map(String::as_str)),
            (Some(&8080), Some("traefik:v2"))
        );
        assert!(keg("proxy: bultin").unwrap_err().contains("bultin"));
        assert!(keg("proxy: 8080").is_err());
        assert!(keg("proxy: {domian: x}").unwrap_err().contains("domian"));
    }

    #[test]
    fn of_a_tap() {
        let tap = |text: &str| parse::<TapFile>("tap.yml", text).map(|file| file.proxy.unwrap_or_default());
        assert!(!tap("proxy: false").unwrap().enabled);
        let keys = tap("proxy: {port: 8080, service: web, services: {admin: 9000}}").unwrap().keys;
        assert_eq!(keys.port.as_deref(), Some(&8080));
        assert_eq!(keys.services["admin"].value, 9000);
        assert!(tap("proxy: {port: 70000}").is_err());
    }
}
