//! What can happen to a request in place of being answered well.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// What happens to a request.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// This status with these header lines, each ending in `\r\n`, and the body that registries send with it.
    Status(u16, &'static str),
    /// The connection breaks off before anything was passed on.
    Reset,
    /// The registry does what it should, and its answer breaks off half-way.
    Truncated,
    /// Nothing is passed on, and no answer ever comes.
    Stall,
}

/// Answers with a status.
pub fn refuse(client: &mut TcpStream, status: u16, headers: &str) -> std::io::Result<()> {
    let code = match status {
        401 => "UNAUTHORIZED",
        403 => "DENIED",
        404 => "NAME_UNKNOWN",
        429 => "TOOMANYREQUESTS",
        _ => "UNKNOWN",
    };
    let body = format!(r#"{{"errors":[{{"code":"{code}","message":"made to fail"}}]}}"#);
    let length = body.len();
    write!(
        client,
        "HTTP/1.1 {status} Fault\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         Connection: close\r\n{headers}\r\n{body}"
    )
}

/// Passes on half of an answer: half of its body, or of its head where it has no body.
pub fn truncate(mut server: TcpStream, mut client: TcpStream) -> std::io::Result<()> {
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n").map_or(answer.len(), |end| end + 4);
    let end = if head < answer.len() { head + (answer.len() - head) / 2 } else { head / 2 };
    client.write_all(&answer[..end])?;
    client.shutdown(Shutdown::Both)
}

/// Holds a connection open and says nothing, until the client goes or `ended` holds.
pub fn stall(mut client: &TcpStream, ended: impl Fn() -> bool) -> std::io::Result<()> {
    client.set_read_timeout(Some(Duration::from_millis(100)))?;
    let mut buffer = [0; 65536];
    while !ended() {
        match client.read(&mut buffer) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
