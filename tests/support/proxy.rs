//! A proxy before a real registry that counts what passes and fails on purpose.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Registry;

/// What happens to a request in place of being passed on.
#[derive(Debug, Clone)]
pub enum Fault {
    /// This status with these header lines, each ending in `\r\n`.
    Status(u16, &'static str),
    /// The connection breaks off.
    Reset,
}

/// A running proxy; ends when dropped. One connection carries one request.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    port: u16,
}

#[derive(Debug, Default)]
struct Shared {
    ended: AtomicBool,
    target: String,
    faults: Mutex<VecDeque<(&'static str, Fault)>>,
    requests: Mutex<Vec<String>>,
    received: AtomicU64,
    replacement: Mutex<Option<(&'static str, &'static str)>>,
}

impl Proxy {
    /// Passes on to `registry`, which must be without TLS.
    pub fn before(registry: &Registry) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared { target: registry.host(), ..Shared::default() });
        let proxy = Self { shared: Arc::clone(&shared), port };
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if shared.ended.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&shared);
                // A client that goes away is its own business.
                std::thread::spawn(move || shared.serve(client?));
            }
        });
        proxy
    }

    /// `127.0.0.1:<port>`.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Fails the next request that begins so, as `PUT /v2/a/manifests/`. Faults queue up.
    pub fn fail(&self, request: &'static str, fault: Fault) -> &Self {
        lock(&self.shared.faults).push_back((request, fault));
        self
    }

    /// Replaces a part of each request line, before it is passed on.
    pub fn replace(&self, from: &'static str, to: &'static str) -> &Self {
        *lock(&self.shared.replacement) = Some((from, to));
        self
    }

    /// Takes the requests since the last call: `GET /v2/a/tags/list`.
    pub fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.shared.requests))
    }

    /// The bytes that clients have sent so far, without request lines and headers.
    pub fn received(&self) -> u64 {
        self.shared.received.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        TcpStream::connect(("127.0.0.1", self.port)).ok();
    }
}

impl Shared {
    fn serve(&self, mut client: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(client.try_clone()?);
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if line == "\r\n" {
                break;
            }
            if !line.to_lowercase().starts_with("connection:") {
                lines.push(line);
            }
        }
        let request = lines[0].rsplit_once(' ').unwrap().0.to_owned();
        lock(&self.requests).push(request.clone());
        if let Some((from, to)) = *lock(&self.replacement) {
            lines[0] = lines[0].replace(from, to);
        }
        let fault = {
            let mut faults = lock(&self.faults);
            let next = faults.iter().position(|(start, _)| request.starts_with(start));
            next.and_then(|next| faults.remove(next))
        };
        match fault.map(|(_, fault)| fault) {
            None => self.pass_on(client, reader, &lines),
            Some(Fault::Reset) => client.shutdown(Shutdown::Both),
            Some(Fault::Status(status, headers)) => {
                write!(client, "HTTP/1.1 {status} Fault\r\nContent-Length: 0\r\nConnection: close\r\n{headers}\r\n")
            }
        }
    }

    fn pass_on(&self, mut client: TcpStream, mut body: BufReader<TcpStream>, lines: &[String]) -> std::io::Result<()> {
        let mut server = TcpStream::connect(&self.target)?;
        write!(server, "{}Connection: close\r\n\r\n", lines.concat())?;
        let mut upwards = server.try_clone()?;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut buffer = [0; 65536];
                while let Ok(length @ 1..) = body.read(&mut buffer) {
                    self.received.fetch_add(length as u64, Ordering::SeqCst);
                    if upwards.write_all(&buffer[..length]).is_err() {
                        return;
                    }
                }
            });
            let copied = std::io::copy(&mut server, &mut client);
            client.shutdown(Shutdown::Both).ok();
            copied.map(|_| ())
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
