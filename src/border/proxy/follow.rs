//! Keeps the table of routes as the engine's containers are.

use std::collections::BTreeSet;
use std::net::{IpAddr, UdpSocket};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::{FutureExt, StreamExt};
use tokio::time::Instant;

use crate::border::compose::overlay::LABEL_PROXY_HOST;
use crate::border::engine::Engine;
use crate::error::Result;
use crate::event::Events;
use crate::proxy::routes::Reach;
use crate::proxy::{Route, Table, routes, with_services};
use crate::start::running::host;

/// Containers come and go in groups: the time between two looks at them.
const GROUP: Duration = Duration::from_millis(50);
/// How often the containers are looked at without any word: a connection may have died without one.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);
/// How long an engine that is away is left alone.
const PAUSE: Duration = Duration::from_millis(500);
/// How far back words are asked for, so that none is lost between two connections.
const OVERLAP: Duration = Duration::from_secs(2);

/// The containers that have names, as routes.
///
/// # Errors
/// The engine is out of reach.
pub async fn list(engine: &Engine) -> Result<Vec<Route>> {
    let containers = engine.serving_containers(&[LABEL_PROXY_HOST.to_owned()]).await?;
    let gateways: BTreeSet<IpAddr> = if engine.is_local() {
        let all = containers.iter().flat_map(|container| &container.networks).filter_map(|network| network.gateway);
        all.collect::<BTreeSet<_>>().into_iter().filter(|gateway| is_own(*gateway)).collect()
    } else {
        BTreeSet::new()
    };
    // The machine on which ports are published, if it is not this one.
    let host = Some(host(&engine.address())).filter(|host| host != "localhost");
    let reach = Reach { gateways, host };
    // An engine that manages no Swarm refuses to tell of services.
    let services = engine.swarm_services(&[LABEL_PROXY_HOST.to_owned()]).await.unwrap_or_default();
    Ok(with_services(routes(&containers, &reach), &services, &reach))
}

/// Whether this machine has the address: an engine in a virtual machine, or without root, has its networks elsewhere.
fn is_own(address: IpAddr) -> bool {
    UdpSocket::bind((address, 0)).is_ok()
}

/// Keeps a table. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Follower {
    engine: Engine,
    events: Events,
    table: Arc<Mutex<Table>>,
    /// When the last look at the containers began.
    looked: Arc<tokio::sync::Mutex<Option<Instant>>>,
}

impl Follower {
    /// An empty table.
    pub fn new(engine: Engine, events: Events) -> Self {
        Self { engine, events, table: Arc::default(), looked: Arc::default() }
    }

    /// The table as it is now.
    pub fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the containers, unless somebody has begun to do so since the call.
    ///
    /// # Errors
    /// The engine is out of reach; the table says so too.
    pub async fn refresh(&self) -> Result<()> {
        let asked = Instant::now();
        let mut looked = self.looked.lock().await;
        if looked.is_some_and(|looked| looked >= asked) {
            return Ok(());
        }
        let began = Instant::now();
        match list(&self.engine).await {
            Ok(routes) => {
                *looked = Some(began);
                let was_lost = self.table().lost.is_some();
                let changes = self.table().replace(routes);
                if was_lost {
                    self.events.note("the engine is back");
                }
                for line in changes.set {
                    self.events.note(line);
                }
                for host in changes.removed {
                    self.events.note(format!("{host} is gone"));
                }
                Ok(())
            }
            Err(error) => {
                let reason = error.one_line();
                if self.table().lost.replace(reason.clone()).is_none() {
                    self.events.warn(reason, None);
                }
                Err(error)
            }
        }
    }

    /// Follows the engine for ever, also when it goes away and comes back.
    pub async fn follow(&self) {
        loop {
            let since = SystemTime::now() - OVERLAP;
            let since = since.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
            let changes = self.engine.changes(LABEL_PROXY_HOST, i64::try_from(since).unwrap_or_default());
            let mut changes = pin!(changes);
            while self.refresh().await.is_ok() {
                // The first word is acted on at once: the address of a container that ends may be another's soon.
                tokio::time::sleep(GROUP).await;
                match tokio::time::timeout(LONGEST_SILENCE, changes.next()).await {
                    Ok(Some(Ok(()))) => while let Some(Some(Ok(()))) = changes.next().now_or_never() {},
                    // Nothing was said, or the stream has ended and is opened anew.
                    Err(_) => {}
                    Ok(Some(Err(_)) | None) => break,
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
