//! A proxy before a real registry that counts what passes and fails on purpose.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Registry;

mod fault;

pub use fault::Fault;

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
    fault_at: Mutex<Option<(usize, Fault)>>,
    /// Grows when stalled connections are to end.
    recoveries: AtomicUsize,
    hit: Mutex<Option<String>>,
    count: AtomicUsize,
    requests: Mutex<Vec<String>>,
    received: AtomicU64,
    received_blobs: AtomicU64,
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

    /// Fails the request that comes as number `number` from now, the next one being 1.
    pub fn fail_at(&self, number: usize, fault: Fault) -> &Self {
        lock(&self.shared.hit).take();
        *lock(&self.shared.fault_at) = Some((self.count() + number, fault));
        self
    }

    /// Lets all requests pass again, ends those that are stalled, and gives the one that was failed by
    /// [`fail_at`](Self::fail_at).
    pub fn stop_failing(&self) -> Option<String> {
        self.shared.recoveries.fetch_add(1, Ordering::SeqCst);
        lock(&self.shared.fault_at).take();
        lock(&self.shared.hit).take()
    }

    /// How many requests there were so far.
    pub fn count(&self) -> usize {
        self.shared.count.load(Ordering::SeqCst)
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

    /// Those of them that belong to layers and image settings.
    pub fn received_blobs(&self) -> u64 {
        self.shared.received_blobs.load(Ordering::SeqCst)
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
    fn serve(self: &Arc<Self>, mut client: TcpStream) -> std::io::Result<()> {
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
        match self.fault(&request) {
            None => {
                let server = self.send(reader, &lines)?;
                Self::answer(server, client)
            }
            Some(Fault::Reset) => client.shutdown(Shutdown::Both),
            Some(Fault::Status(status, headers)) => fault::refuse(&mut client, status, headers),
            Some(Fault::Truncated) => {
                let server = self.send(reader, &lines)?;
                fault::truncate(server, client)
            }
            Some(Fault::Stall) => {
                let begin = self.recoveries.load(Ordering::SeqCst);
                let is_over = || self.recoveries.load(Ordering::SeqCst) > begin || self.ended.load(Ordering::SeqCst);
                fault::stall(&client, is_over)
            }
        }
    }

    /// What is to happen to this request, if it is to fail.
    fn fault(&self, request: &str) -> Option<Fault> {
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        let mut at = lock(&self.fault_at);
        if at.as_ref().is_some_and(|(at, _)| *at == number) {
            *lock(&self.hit) = Some(request.to_owned());
            return at.take().map(|(_, fault)| fault);
        }
        let mut faults = lock(&self.faults);
        let next = faults.iter().position(|(start, _)| request.starts_with(start));
        next.and_then(|next| faults.remove(next)).map(|(_, fault)| fault)
    }

    /// Sends a request to the registry, its body from a thread of its own, and gives the connection to it.
    fn send(self: &Arc<Self>, mut body: BufReader<TcpStream>, lines: &[String]) -> std::io::Result<TcpStream> {
        let mut server = TcpStream::connect(&self.target)?;
        write!(server, "{}Connection: close\r\n\r\n", lines.concat())?;
        let mut upwards = server.try_clone()?;
        let shared = Arc::clone(self);
        let is_blob = lines[0].contains("/blobs/");
        std::thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(length @ 1..) = body.read(&mut buffer) {
                shared.received.fetch_add(length as u64, Ordering::SeqCst);
                if is_blob {
                    shared.received_blobs.fetch_add(length as u64, Ordering::SeqCst);
                }
                if upwards.write_all(&buffer[..length]).is_err() {
                    return;
                }
            }
        });
        Ok(server)
    }

    fn answer(mut server: TcpStream, mut client: TcpStream) -> std::io::Result<()> {
        let copied = std::io::copy(&mut server, &mut client);
        client.shutdown(Shutdown::Both).ok();
        copied.map(|_| ())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
