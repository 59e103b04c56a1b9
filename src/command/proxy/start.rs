//! `keg proxy start`

use std::net::{IpAddr, Ipv4Addr};

use serde_json::json;

use super::{StartArgs, place, runs, warn_if_open};
use crate::border::engine::Engine;
use crate::border::proxy::{LocalProxy, Record, Started, USUAL_PORTS, Wanted, bind, inherited, list, traefik};
use crate::command::App;
use crate::error::Result;
use crate::event::Events;
use crate::interrupt;
use crate::manifest::{ProxyKeys, ProxyKind};
use crate::settings::Format;
use crate::workspace::Workspace;

/// What is to be started, from flags and keg.yml.
struct Plan {
    kind: ProxyKind,
    wanted: Wanted,
    image: String,
}

impl Plan {
    fn new(args: Option<&StartArgs>, keys: &ProxyKeys) -> Self {
        let port = args.and_then(|args| args.port).or_else(|| keys.port.as_ref().map(|port| port.value));
        let image = args.and_then(|args| args.image.clone()).or_else(|| Some(keys.image.as_ref()?.value.clone()));
        let address = args.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |args| args.listen);
        Self {
            kind: args.and_then(|args| args.kind).unwrap_or(keys.kind),
            wanted: Wanted { address, port },
            image: image.unwrap_or_else(|| traefik::IMAGE.to_owned()),
        }
    }

    fn text(&self) -> String {
        let which = match self.kind {
            ProxyKind::Auto => format!("Traefik ({}) if its image can be had, else keg's own proxy,", self.image),
            ProxyKind::Traefik => format!("Traefik ({})", self.image),
            ProxyKind::Builtin => "keg's own proxy".to_owned(),
        };
        let [first, second] = USUAL_PORTS;
        let port = match self.wanted.port {
            Some(port) => format!("port {port}"),
            None => format!("port {first}, else {second},"),
        };
        format!("start {which} on {port} of {}", self.wanted.address)
    }
}

/// Runs `keg proxy start`.
pub async fn run(args: &StartArgs, app: &App) -> Result<()> {
    let local = LocalProxy::new(&app.settings);
    let engine = app.borders()?.engine;
    if args.inherited {
        return serve(&local, inherited()?, engine, app).await;
    }
    // Outside of a workspace it is started all the same.
    let workspace = app.workspace_root().is_ok().then(|| app.workspace()).transpose()?;
    let keys = workspace.and_then(|workspace| workspace.options.file.proxy).unwrap_or_default().keys;
    let plan = Plan::new(Some(args), &keys);
    if args.dry_run {
        let running = local.any(&engine).await?;
        let text = match &running {
            Some(record) => format!("nothing: the proxy runs already at {}, {}", place(record), runs(record)),
            None => plan.text(),
        };
        if app.settings.format == Format::Json {
            let Plan { kind, wanted, image } = plan;
            let document = json!({
                "state": if running.is_some() { "running" } else { "stopped" },
                "kind": kind, "address": wanted.address, "port": wanted.port, "image": image, "dry_run": true,
            });
            return app.ui.print_json(&document);
        }
        return app.ui.print(&text);
    }
    if args.foreground {
        return serve(&local, bind(plan.wanted)?, engine, app).await;
    }
    let (events, shown) = app.ui.start();
    let started = start(&plan, &local, app, &engine, &events).await;
    if let Ok(Started::New(record)) = &started {
        warn_if_open(record, &events);
    }
    drop(events);
    shown.finish().await;
    let (word, record) = match started? {
        Started::New(record) => ("runs", record),
        Started::Before(record) => ("runs already", record),
    };
    if word != "runs" && args.port.is_some_and(|port| port != record.port()) {
        app.ui.warn(
            format!("it listens on another port than {}", args.port.unwrap_or_default()),
            Some("stop it first: keg proxy stop".to_owned()),
        );
    }
    if app.settings.format == Format::Json {
        return app.ui.print_json(&json!({ "state": "running", "proxy": record }));
    }
    app.ui.print(&format!("the proxy {word} at {}, {}", place(&record), runs(&record)))
}

/// keg's own proxy in this process.
async fn serve(local: &LocalProxy, listener: std::net::TcpListener, engine: Engine, app: &App) -> Result<()> {
    let mut handled = interrupt::handled();
    let (events, shown) = app.ui.start();
    let served = local.serve(listener, engine, &events, handled.requested()).await;
    drop(events);
    shown.finish().await;
    served
}

async fn start(plan: &Plan, local: &LocalProxy, app: &App, engine: &Engine, events: &Events) -> Result<Started> {
    let _lock = local.lock().await?;
    if let Some(record) = local.any(engine).await? {
        return Ok(Started::Before(record));
    }
    let takes_traefik = match plan.kind {
        ProxyKind::Builtin => false,
        ProxyKind::Traefik => true,
        ProxyKind::Auto => traefik::can_be_had(engine, &app.borders()?.registry, &plan.image).await?,
    };
    if !takes_traefik {
        if plan.kind == ProxyKind::Auto {
            events.note(format!("the image {} cannot be had, so keg's own proxy is started", plan.image));
        }
        return local.start(plan.wanted, engine).await;
    }
    let started = traefik::start(engine, &app.settings, plan.wanted, &plan.image, events).await?;
    if !list(engine).await?.is_empty() {
        events.note("taps that run already get their names from Traefik when they are started anew: keg restart TAP");
    }
    Ok(started)
}

/// The proxy for taps that are being started; it is started too where keg.yml has `proxy:`. That it cannot be started
/// is said, and keeps no tap from starting.
pub async fn for_start(app: &App, workspace: Option<&Workspace>, engine: &Engine, events: &Events) -> Option<Record> {
    let local = LocalProxy::new(&app.settings);
    let wanted = workspace.and_then(|workspace| workspace.options.file.proxy.as_ref()).filter(|proxy| proxy.enabled);
    let found = match wanted {
        Some(proxy) => start(&Plan::new(None, &proxy.keys), &local, app, engine, events).await.map(|started| {
            Some(match started {
                Started::New(record) => {
                    events.note(format!("the proxy runs at {}, {}", place(&record), runs(&record)));
                    record
                }
                Started::Before(record) => record,
            })
        }),
        None => local.any(engine).await,
    };
    found.unwrap_or_else(|error| {
        events.warn(error.one_line(), error.remedy().map(Into::into));
        None
    })
}
