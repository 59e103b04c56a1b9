//! Names instead of ports: which host name means which container, and what the proxy says where none does.
//! Nothing here makes a call.

pub mod headers;
pub mod names;
pub mod naming;
pub mod page;
pub mod routes;
mod swarm;
pub mod table;

pub use names::{DOMAIN, host_name, is_domain, url};
pub use naming::{Naming, ServiceName};
pub use routes::{Place, Route, Trouble, routes};
pub use swarm::with_services;
pub use table::Table;
