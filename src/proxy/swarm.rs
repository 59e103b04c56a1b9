//! Names of services of a Swarm.

use super::routes::{Place, Reach, Route, Trouble};
use crate::border::compose::overlay::{LABEL_BRANCH, LABEL_PROXY_HOST, LABEL_PROXY_PORT, LABEL_TAP, LABEL_WORKSPACE};
use crate::border::engine::{SwarmPort, SwarmService, SwarmTask};
use crate::deploy::deployed::short_name;

/// The routes with those of services of a Swarm that no container of this engine serves: what they publish is reached
/// on every node, or on the nodes that run them.
pub fn with_services(mut routes: Vec<Route>, services: &[SwarmService], reach: &Reach) -> Vec<Route> {
    for route in services.iter().filter_map(|service| service_route(service, reach)) {
        match routes.iter_mut().find(|known| known.host == route.host) {
            Some(known) if known.place.is_err() => *known = route,
            // Only the Swarm knows what the service is called.
            Some(known) => known.service = route.service,
            None => routes.push(route),
        }
    }
    routes.sort_by(|one, other| one.host.cmp(&other.host));
    routes
}

fn service_route(service: &SwarmService, reach: &Reach) -> Option<Route> {
    let label = |name: &str| service.labels.get(name).cloned();
    let runs = |task: &&SwarmTask| task.is_wanted && task.state == "running" && !task.is_lost;
    let task = service.tasks.iter().find(runs);
    let wanted: Option<u16> = label(LABEL_PROXY_PORT).and_then(|port| port.parse().ok());
    let tcp: Vec<&SwarmPort> = service.ports.iter().filter(|port| port.protocol == "tcp").collect();
    let of_wanted = tcp.iter().find(|port| wanted.is_some_and(|wanted| wanted == port.target));
    let place = match (task, of_wanted, tcp.as_slice()) {
        (None, ..) => Err(Trouble::NotRunning("not running on any node".to_owned())),
        (Some(task), Some(port), _) | (Some(task), None, [port])
            if wanted.is_none_or(|wanted| wanted == port.target) =>
        {
            let everywhere = || reach.host.clone().unwrap_or_else(|| "127.0.0.1".to_owned());
            let host = if port.host_mode { task.address.clone() } else { everywhere() };
            Ok(Place { host, port: port.published })
        }
        (Some(_), ..) => match (wanted, tcp.as_slice()) {
            (Some(wanted), _) => Err(Trouble::OutOfReach(wanted)),
            (None, []) => Err(Trouble::NoPort),
            (None, several) => Err(Trouble::SeveralPorts(several.iter().map(|port| port.target).collect())),
        },
    };
    Some(Route {
        host: label(LABEL_PROXY_HOST)?.to_ascii_lowercase(),
        tap: label(LABEL_TAP)?,
        branch: label(LABEL_BRANCH).unwrap_or_default(),
        service: short_name(service).to_owned(),
        container: service.name.clone(),
        state: task.map_or("not running", |task| task.state.as_str()).to_owned(),
        workspace: label(LABEL_WORKSPACE).unwrap_or_default(),
        place,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::proxy::routes;
    use crate::proxy::routes::tests::serving;

    #[test]
    fn services_of_a_swarm_are_reached_through_what_they_publish() {
        let port =
            |published, target, host_mode| SwarmPort { published, target, protocol: "tcp".to_owned(), host_mode };
        let task = SwarmTask {
            state: "running".to_owned(),
            address: "10.0.0.2".to_owned(),
            is_wanted: true,
            ..SwarmTask::default()
        };
        let labels = [(LABEL_TAP, "shop"), (LABEL_BRANCH, "main"), (LABEL_PROXY_HOST, "Shop.localhost")];
        let mut shop = SwarmService {
            name: "shop-main_web".to_owned(),
            stack: "shop-main".to_owned(),
            labels: labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            ports: vec![port(8080, 80, false)],
            tasks: vec![task],
            ..SwarmService::default()
        };
        let box_ = Reach { gateways: BTreeSet::new(), host: Some("box".to_owned()) };
        let shown = |service: &SwarmService, reach: &Reach| {
            let routes = with_services(Vec::new(), std::slice::from_ref(service), reach);
            assert_eq!((routes[0].host.as_str(), routes[0].service.as_str()), ("shop.localhost", "web"));
            routes[0].place.as_ref().map_or_else(Trouble::to_string, Place::to_string)
        };
        assert_eq!(shown(&shop, &box_), "box:8080");
        assert_eq!(shown(&shop, &Reach::default()), "127.0.0.1:8080");
        shop.ports = vec![port(8080, 80, true)];
        assert_eq!(shown(&shop, &box_), "10.0.0.2:8080");
        shop.ports.push(port(8081, 81, true));
        assert_eq!(shown(&shop, &box_), "it may listen on any of the ports 80, 81");
        shop.labels.insert(LABEL_PROXY_PORT.to_owned(), "81".to_owned());
        assert_eq!(shown(&shop, &box_), "10.0.0.2:8081");
        shop.labels.insert(LABEL_PROXY_PORT.to_owned(), "82".to_owned());
        assert!(shown(&shop, &box_).contains("does not publish port 82"));
        // A container of this engine that can be reached is the shorter way.
        let own = Reach { gateways: ["172.18.0.1".parse().unwrap()].into(), host: None };
        let mut here = routes(&[serving("web", "main", &[80])], &own);
        here[0].host = "shop.localhost".to_owned();
        let both = with_services(here.clone(), std::slice::from_ref(&shop), &box_);
        assert_eq!(both, here);
        shop.tasks.clear();
        assert!(shown(&shop, &box_).contains("not running on any node"));
    }
}
