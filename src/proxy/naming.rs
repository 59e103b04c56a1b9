//! Which services of a tap have which names.

use std::collections::BTreeMap;

use super::names::{host_name, label};
use crate::error::{Error, Result, nearest};
use crate::manifest::TapProxyKeys;

/// How the services of a tap are named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Naming {
    /// The domain of names.
    pub domain: String,
    /// What tap.yml says.
    pub keys: TapProxyKeys,
}

/// The name of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceName {
    /// The host name, with its domain.
    pub host: String,
    /// The port that it listens on, if tap.yml says it.
    pub port: Option<u16>,
}

impl Naming {
    /// Services with their names: the main one, unless tap.yml says otherwise, and those that tap.yml names.
    ///
    /// # Errors
    /// tap.yml names a service that is not among `services`.
    pub fn names(
        &self,
        tap: &str,
        tag: &str,
        main: &str,
        services: &[String],
    ) -> Result<BTreeMap<String, ServiceName>> {
        let host = format!("{}.{}", host_name(tap, tag), self.domain.to_ascii_lowercase());
        let main = self.keys.service.as_ref().map_or(main, |service| service.value.as_str());
        let mut names = BTreeMap::new();
        for (service, port) in &self.keys.services {
            require(service, tap, services)?;
            let host = format!("{}.{host}", label(service));
            names.insert(service.clone(), ServiceName { host, port: Some(port.value) });
        }
        require(main, tap, services)?;
        let port = self.keys.port.as_ref().map(|port| port.value);
        names.insert(main.to_owned(), ServiceName { host, port });
        Ok(names)
    }
}

fn require(service: &str, tap: &str, services: &[String]) -> Result<()> {
    if services.iter().any(|known| known == service) {
        return Ok(());
    }
    let error = Error::request(format!("proxy: tap.yml of {tap} names the service `{service}`, which is not there"));
    Err(match nearest(service, services.iter().map(String::as_str)) {
        Some(near) => error.help(format!("Did you mean `{near}`? The services are: {}.", services.join(", "))),
        None => error.help(format!("The services are: {}.", services.join(", "))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(naming: &Naming) -> Vec<String> {
        let services = ["web", "db", "admin_ui"].map(str::to_owned);
        match naming.names("shop", "main", "web", &services) {
            Ok(names) => names
                .iter()
                .map(|(service, name)| match name.port {
                    Some(port) => format!("{service}: {}:{port}", name.host),
                    None => format!("{service}: {}", name.host),
                })
                .collect(),
            Err(error) => vec![error.message().to_owned(), error.remedy().unwrap_or_default().to_owned()],
        }
    }

    #[test]
    fn the_main_service_has_the_name_of_the_tap() {
        let mut naming = Naming { domain: "Localhost".to_owned(), ..Naming::default() };
        assert_eq!(shown(&naming), ["web: shop-main.localhost"]);
        naming.keys.port = Some(8080.into());
        assert_eq!(shown(&naming), ["web: shop-main.localhost:8080"]);
        naming.keys.services.insert("admin_ui".to_owned(), 9000.into());
        let admin = format!("admin_ui: {}.shop-main.localhost:9000", label("admin_ui"));
        assert_eq!(shown(&naming), [admin, "web: shop-main.localhost:8080".to_owned()]);
        naming.keys.service = Some("dv".to_owned().into());
        assert_eq!(
            shown(&naming),
            [
                "proxy: tap.yml of shop names the service `dv`, which is not there",
                "Did you mean `db`? The services are: web, db, admin_ui."
            ]
        );
    }
}
