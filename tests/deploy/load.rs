//! Requests to the nodes of a Swarm.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::PORT;

/// The page at a node; `None` where no whole answer comes.
pub fn page(host: &str) -> Option<String> {
    page_of(&format!("{host}:{PORT}"), "node")
}

/// The page that a server has for a name.
pub fn page_of(address: &str, name: &str) -> Option<String> {
    let address = address.parse().unwrap();
    let limit = Duration::from_secs(2);
    let mut stream = TcpStream::connect_timeout(&address, limit).ok()?;
    stream.set_read_timeout(Some(limit)).ok()?;
    write!(stream, "GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.starts_with("HTTP/1.").then_some(())?;
    (head.split(' ').nth(1) == Some("200")).then(|| body.to_owned())
}

/// Requests one after the other, until it is told to end. As a load balancer in front of the nodes does, it asks the
/// next node where one does not answer: the Swarm's own balancing needs IPVS in the kernel. So a request has failed
/// only if no node has answered.
pub struct Load {
    ends: Arc<AtomicBool>,
    client: JoinHandle<(usize, usize)>,
}

impl Load {
    pub fn start(hosts: Vec<String>) -> Self {
        let ends = Arc::<AtomicBool>::default();
        let seen = Arc::clone(&ends);
        let client = std::thread::spawn(move || {
            let (mut requests, mut failed) = (0, 0);
            while !seen.load(Ordering::Relaxed) {
                let in_turn = hosts.iter().cycle().skip(requests % hosts.len()).take(hosts.len());
                requests += 1;
                failed += usize::from(!in_turn.into_iter().any(|host| page(host).is_some()));
                std::thread::sleep(Duration::from_millis(10));
            }
            (requests, failed)
        });
        Self { ends, client }
    }

    pub fn end(self) -> (usize, usize) {
        self.ends.store(true, Ordering::Relaxed);
        self.client.join().unwrap()
    }
}
