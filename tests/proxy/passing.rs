//! What passes through the proxy, and how.

use std::io::{BufRead, BufReader, Read, Write};

use super::parts::{Behind, answer, eventually, get, request, send};
use crate::start::parts::Generation;

/// Reads lines up to an empty one.
fn head(reader: &mut impl BufRead) -> Vec<String> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => return lines,
            line => lines.push(line.to_owned()),
        }
    }
}

/// Reads up to `end`.
fn until(reader: &mut impl Read, end: &str) -> String {
    let mut text = Vec::new();
    while !text.ends_with(end.as_bytes()) {
        let mut byte = [0];
        reader.read_exact(&mut byte).unwrap_or_else(|error| panic!("{error} after {}", String::from_utf8_lossy(&text)));
        text.push(byte[0]);
    }
    String::from_utf8(text).unwrap()
}

#[test]
fn everything_passes_as_it_comes() {
    let behind = Behind::new(Generation::Two, "");
    behind.start("web");
    headers_say_who_asked(&behind);
    a_connection_carries_several_requests(&behind);
    parts_arrive_one_by_one(&behind);
    a_client_that_goes_ends_what_is_done_for_it(&behind);
    a_large_upload_takes_no_memory(&behind);
    websockets_pass(&behind);
    odd_requests_are_answered(&behind);
}

fn headers_say_who_asked(behind: &Behind) {
    let host = format!("{}:{}", behind.host("web"), behind.port);
    let lines = "GET /request?a=%20b&c\nX-Mine: 1\nConnection: close, X-Hop\nX-Hop: 1\nKeep-Alive: 5\nCookie: a=b";
    let (status, text) = answer(send(behind.port, &host, lines, b""));
    assert_eq!(status, 200);
    let has = |line: &str| text.lines().any(|other| other.eq_ignore_ascii_case(line));
    for line in [
        "GET /request?a=%20b&c HTTP/1.1",
        &format!("Host: {host}"),
        "X-Mine: 1",
        "Cookie: a=b",
        "X-Forwarded-For: 127.0.0.1",
        &format!("X-Forwarded-Host: {host}"),
        "X-Forwarded-Proto: http",
    ] {
        assert!(has(line), "`{line}` is missing in\n{text}");
    }
    let text = text.to_lowercase();
    assert!(!text.contains("x-hop") && !text.contains("keep-alive") && !text.contains("connection"), "{text}");
}

fn a_connection_carries_several_requests(behind: &Behind) {
    let mut stream = BufReader::new(send(behind.port, &behind.host("web"), "GET /word", b""));
    for _ in 0..3 {
        assert!(head(&mut stream)[0].ends_with("200 OK"));
        assert_eq!(until(&mut stream, "web"), "web");
        let host = behind.host("web");
        write!(stream.get_mut(), "GET /word HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
    }
}

/// Each part is sent only when the one before has arrived here.
fn parts_arrive_one_by_one(behind: &Behind) {
    let mut stream = BufReader::new(send(behind.port, &behind.host("web"), "GET /stream", b""));
    head(&mut stream);
    for _ in 0..3 {
        let number = get(&behind.url("web"), "/next").1;
        let part = until(&mut stream, "\n\r\n");
        assert!(part.ends_with(&format!("part {number}\n\r\n")), "{part}");
    }
}

fn a_client_that_goes_ends_what_is_done_for_it(behind: &Behind) {
    let count = |path: &str| get(&behind.url("web"), path).1;
    eventually("the stream before ends", || count("/open-streams") == "0");
    let waiting = send(behind.port, &behind.host("web"), "GET /never", b"");
    let mut streaming = send(behind.port, &behind.host("web"), "GET /stream", b"");
    eventually("both are served", || (count("/waiting"), count("/open-streams")) == ("1".into(), "1".into()));
    // Who waits for ever keeps nobody else from getting an answer.
    assert_eq!(count("/word"), "web");
    until(&mut streaming, "\r\n\r\n");
    drop((waiting, streaming));
    eventually("both are ended", || (count("/waiting"), count("/open-streams")) == ("0".into(), "0".into()));
}

fn a_large_upload_takes_no_memory(behind: &Behind) {
    const SIZE: usize = 100 * 1024 * 1024;
    let part = vec![7; 1024 * 1024];
    // A program with everything for debugging takes some by itself.
    let before = most_memory(behind);
    let lines = format!("POST /upload\nContent-Length: {SIZE}\nConnection: close");
    let mut stream = send(behind.port, &behind.host("web"), &lines, b"");
    for _ in 0..SIZE / part.len() {
        stream.write_all(&part).unwrap();
    }
    assert_eq!(answer(stream), (200, SIZE.to_string()));
    let more = most_memory(behind) - before;
    assert!(more < 30 * 1024, "the proxy has used {more} kB more");
}

/// The most memory that the proxy has had so far, in kilobytes.
fn most_memory(behind: &Behind) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", behind.process())).unwrap();
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    most.trim().trim_end_matches(" kB").parse().unwrap()
}

fn websockets_pass(behind: &Behind) {
    let lines = "GET /socket\nConnection: keep-alive, Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\n\
                 Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    let mut stream = BufReader::new(send(behind.port, &behind.host("web"), lines, b""));
    let lines = head(&mut stream);
    assert!(lines[0].contains(" 101 "), "{lines:?}");
    // The answer to this key is in RFC 6455, section 1.3.
    let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    assert!(lines.iter().any(|line| line.to_lowercase().starts_with("sec-websocket-accept") && line.ends_with(accept)));
    for word in ["a", "bc"] {
        let mut frame = vec![0x81, 0x80 | u8::try_from(word.len()).unwrap(), 0, 0, 0, 0];
        frame.extend_from_slice(word.as_bytes());
        stream.get_mut().write_all(&frame).unwrap();
        let expected = format!("web heard {word}");
        let mut start = [0; 2];
        stream.read_exact(&mut start).unwrap();
        assert_eq!(usize::from(start[1]), expected.len());
        let mut text = vec![0; expected.len()];
        stream.read_exact(&mut text).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}

fn odd_requests_are_answered(behind: &Behind) {
    let (port, host) = (behind.port, behind.host("web"));
    let (status, page) = request(port, &host, "/close");
    assert_eq!(status, 502);
    assert!(page.contains("it closed the connection without an answer"), "{page}");
    assert_eq!(answer(send(port, &host, &format!("CONNECT {host}:443\nConnection: close"), b"")).0, 405);
    // A request line with the whole address says more than the header.
    let whole = format!("GET http://{host}/word\nConnection: close");
    assert_eq!(answer(send(port, "other.localhost", &whole, b"")), (200, "web".to_owned()));
    let (status, page) = request(port, "<b>.localhost", "/");
    assert_eq!(status, 404);
    assert!(!page.contains("<b>"), "{page}");
    assert_eq!(request(port, "", "/").0, 400);
    let (status, page) = request(port, &format!("localhost:{port}"), "/");
    assert_eq!(status, 200);
    assert!(page.contains(&format!("http:&#x2f;&#x2f;{host}:{port}")), "{page}");
    assert_eq!(answer(send(port, &host, "HEAD /nothing\nConnection: close", b"")).0, 200);
}
