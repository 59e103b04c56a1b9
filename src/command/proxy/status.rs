//! `keg proxy status`

use serde_json::{Value, json};

use super::{place, runs};
use crate::border::proxy::{LocalProxy, Record, list, traefik};
use crate::command::App;
use crate::error::Result;
use crate::proxy::{Route, Trouble, url};
use crate::settings::Format;

/// Runs `keg proxy status`. Names are listed whether or not the proxy runs: they are what it would make known.
pub async fn run(app: &App) -> Result<()> {
    let engine = app.borders()?.engine;
    let local = LocalProxy::new(&app.settings);
    let own = local.running().await?;
    if let (Some(record), Format::Text) = (&own, app.settings.format) {
        // Before the engine is asked, which may be away.
        app.ui.print(&format!("the proxy runs at {}, {}", place(record), runs(record)))?;
    }
    let record = match own.clone() {
        Some(record) => Some(record),
        None => traefik::running(&engine).await?,
    };
    let routes = list(&engine).await?;
    let other_engine = record.as_ref().filter(|record| record.engine != engine.address());
    if app.settings.format == Format::Json {
        let port = record.as_ref().map(Record::port);
        let routes: Vec<Value> = routes.iter().map(|route| document(route, port)).collect();
        let state = if record.is_some() { "running" } else { "stopped" };
        return app.ui.print_json(&json!({ "state": state, "proxy": record, "routes": routes }));
    }
    match &record {
        Some(_) if own.is_some() => {}
        Some(record) => app.ui.print(&format!("the proxy runs at {}, {}", place(record), runs(record)))?,
        None => app.ui.print("no proxy of keg's is running; keg proxy start starts one")?,
    }
    if let Some(record) = other_engine {
        app.ui.warn(format!("it follows the engine at {}, and not that at {}", record.engine, engine.address()), None);
    }
    if routes.is_empty() {
        app.ui.note("no tap with a name runs");
        return Ok(());
    }
    let cells = routes.into_iter().map(|route| {
        let address = record.as_ref().map_or_else(|| route.host.clone(), |record| url(&route.host, record.port()));
        let target = match &route.place {
            Ok(place) => place.to_string(),
            Err(Trouble::NotRunning(_)) => String::new(),
            Err(trouble) => format!("none: {trouble}"),
        };
        vec![address, route.tap, route.branch, route.service, route.state, target]
    });
    app.ui.print_table(&["address", "tap", "branch", "service", "state", "target"], cells.collect())
}

fn document(route: &Route, port: Option<u16>) -> Value {
    let mut document = json!(route);
    document["url"] = port.map(|port| url(&route.host, port)).into();
    document
}
