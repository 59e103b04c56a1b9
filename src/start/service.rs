//! Which service of a compose file gets the tap's image.

use crate::error::{Error, Result, nearest};

/// What a compose file says about a service, as far as it matters here. Nothing is interpolated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Service {
    /// The name.
    pub name: String,
    /// `image:` as written.
    pub image: Option<String>,
    /// Whether there is a `build:`.
    pub build: bool,
}

/// The service that runs the tap's image: the one that tap.yml names, else the only one, else the one named as the tap
/// or its alias, else the only one that mentions `KEG_IMAGE_FROM`.
///
/// # Errors
/// tap.yml names one that is not there, or none of the rules gives exactly one.
pub fn image_service<'a>(
    services: &'a [Service],
    named: Option<&str>,
    tap: &str,
    alias: Option<&str>,
) -> Result<&'a Service> {
    let list = || services.iter().map(|service| service.name.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(named) = named {
        return services.iter().find(|service| service.name == named).ok_or_else(|| {
            let error = Error::request(format!("tap.yml of {tap} names the service `{named}`, which is not there"));
            match nearest(named, services.iter().map(|service| service.name.as_str())) {
                Some(near) => error.help(format!("Did you mean `{near}`? The services are: {}.", list())),
                None => error.help(format!("The services are: {}.", list())),
            }
        });
    }
    if let [only] = services {
        return Ok(only);
    }
    let names = std::iter::once(tap).chain(alias);
    if let Some(service) = names.into_iter().find_map(|name| services.iter().find(|service| service.name == name)) {
        return Ok(service);
    }
    let mut marked = services.iter().filter(|service| service.image.as_deref().is_some_and(is_from_variable));
    match (marked.next(), marked.next()) {
        (Some(service), None) => Ok(service),
        _ if services.is_empty() => Err(Error::request(format!("the compose file of {tap} has no services"))),
        _ => Err(Error::request(format!("it is not clear which service runs the image of {tap}"))
            .help(format!("Write `service:` with one of these in tap.yml: {}.", list()))),
    }
}

/// Whether an `image:` uses `KEG_IMAGE_FROM`, in any of Compose's ways to write a variable.
pub fn is_from_variable(image: &str) -> bool {
    ["${KEG_IMAGE_FROM}", "$KEG_IMAGE_FROM", "${KEG_IMAGE_FROM:", "${KEG_IMAGE_FROM-", "${KEG_IMAGE_FROM?"]
        .iter()
        .any(|start| image.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(services: &[(&str, &str)], named: Option<&str>) -> String {
        let services: Vec<Service> = services
            .iter()
            .map(|(name, image)| Service {
                name: (*name).to_owned(),
                image: (!image.is_empty()).then(|| (*image).to_owned()),
                build: false,
            })
            .collect();
        match image_service(&services, named, "evf-app", Some("evf")) {
            Ok(service) => service.name.clone(),
            Err(error) => format!("{} | {}", error.message(), error.remedy().unwrap_or_default()),
        }
    }

    #[test]
    fn rules_in_their_order() {
        let three = [("db", "postgres"), ("evf", ""), ("web", "${KEG_IMAGE_FROM:?no image}")];
        assert_eq!(chosen(&three, Some("db")), "db");
        assert_eq!(chosen(&three, None), "evf");
        assert_eq!(chosen(&[("evf", ""), ("evf-app", "")], None), "evf-app");
        assert_eq!(chosen(&[("anything", "")], None), "anything");
        assert_eq!(chosen(&[three[0], three[2]], None), "web");
    }

    #[test]
    fn unclear_is_an_error_that_lists_the_services() {
        let unclear = "it is not clear which service runs the image of evf-app | \
                       Write `service:` with one of these in tap.yml: a, b.";
        assert_eq!(chosen(&[("a", ""), ("b", "")], None), unclear);
        assert_eq!(chosen(&[("a", "$KEG_IMAGE_FROM"), ("b", "${KEG_IMAGE_FROM}")], None), unclear);
        assert_eq!(
            chosen(&[("web", ""), ("b", "")], Some("wbe")),
            "tap.yml of evf-app names the service `wbe`, which is not there | \
             Did you mean `web`? The services are: web, b."
        );
        assert_eq!(chosen(&[], None), "the compose file of evf-app has no services | ");
    }

    #[test]
    fn a_longer_variable_is_another_one() {
        assert!(!is_from_variable("${KEG_IMAGE_FROM_DB}"));
        assert!(is_from_variable("${KEG_IMAGE_FROM-web}"));
    }
}
