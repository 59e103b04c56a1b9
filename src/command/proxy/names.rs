//! The addresses of taps behind the proxy, for commands that show them.

use std::collections::BTreeMap;

use crate::border::engine::Engine;
use crate::border::proxy::{LocalProxy, list};
use crate::command::App;
use crate::manifest::{Proxy, TapProxy};
use crate::proxy::{DOMAIN, Naming, Route, url};
use crate::start::running::Row;
use crate::workspace::{Image, Workspace};

/// What the proxy makes known, if it runs.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// The proxy's port.
    port: Option<u16>,
    routes: Vec<Route>,
    is_traefik: bool,
}

impl Names {
    /// Whether a proxy runs.
    pub fn is_running(&self) -> bool {
        self.port.is_some()
    }

    /// Addresses by the names of containers.
    fn urls(&self) -> BTreeMap<&str, String> {
        let Some(port) = self.port else { return BTreeMap::new() };
        let leads = |route: &&Route| self.is_traefik || route.place.is_ok();
        let urls = self.routes.iter().filter(leads).map(|route| (route.container.as_str(), url(&route.host, port)));
        urls.collect()
    }

    /// The address of a container.
    pub fn url(&self, container: &str) -> Option<String> {
        self.urls().remove(container)
    }

    /// Services of a tap that have a name and yet cannot be reached: `web/db`, and why and what to do.
    pub fn troubles(&self, tap: &str, branch: &str) -> Vec<(String, String)> {
        if !self.is_running() || self.is_traefik {
            return Vec::new();
        }
        let of_tap = self.routes.iter().filter(|route| route.tap == tap && route.branch == branch);
        let trouble = |route: &Route| {
            let trouble = route.place.as_ref().err()?;
            Some((format!("{tap}/{}", route.service), format!("{trouble}; {}", trouble.remedy(tap))))
        };
        of_tap.filter_map(trouble).collect()
    }
}

/// Asks what the proxy makes known. What cannot be found out is left out: it is not what the commands are for.
pub async fn names(app: &App, engine: &Engine) -> Names {
    let local = LocalProxy::new(&app.settings);
    let record = local.any(engine).await.ok().flatten().filter(|record| record.engine == engine.address());
    let Some(record) = record else { return Names::default() };
    let routes = list(engine).await.unwrap_or_default();
    Names { port: Some(record.port()), routes, is_traefik: record.is_traefik() }
}

/// Writes the addresses into rows of containers.
pub fn name_rows(rows: &mut [Row], names: &Names) {
    let mut urls = names.urls();
    for row in rows {
        row.proxy = urls.remove(row.container.as_str());
    }
}

/// How the services of a tap are named, unless keg.yml or tap.yml says `proxy: false`.
pub fn naming(workspace: &Workspace, tap: &Image) -> Option<Naming> {
    let Proxy { enabled, keys } = workspace.options.file.proxy.clone().unwrap_or_default();
    let TapProxy { enabled: of_tap, keys: tap_keys } = tap.manifest.proxy.clone().unwrap_or_default();
    let domain = keys.domain.map_or_else(|| DOMAIN.to_owned(), |domain| domain.value);
    (enabled && of_tap).then_some(Naming { domain, keys: tap_keys })
}
