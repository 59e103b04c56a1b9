//! The program in the taps of the proxy's tests, with nothing but the standard library, so that `rustc` alone makes a
//! static program of it. It serves on port 8080; `WORD` is what tells one tap from another.
//!
//! - `/`: a page that asks over a WebSocket and writes the answer down; its load ends with `/until-answered`
//! - `/word`, `/request`: `WORD`; the head of the request
//! - `/socket`: a WebSocket that answers each text with `WORD` and the text
//! - `/stream`: a part for each call of `/next`, without end; `/open-streams`: how many of them have a client
//! - `/upload`: how many bytes came
//! - `/never`: nothing, ever; `/waiting`: how many clients wait for it
//! - `/close`: the connection is closed

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;

static ANSWERED: AtomicUsize = AtomicUsize::new(0);
static NEXT: AtomicUsize = AtomicUsize::new(0);
static STREAMS: AtomicUsize = AtomicUsize::new(0);
static WAITING: AtomicUsize = AtomicUsize::new(0);

const PAGE: &str = "<!doctype html><title>WORD</title><p id=answer>none</p><script>
const socket = new WebSocket('ws://' + location.host + '/socket');
socket.onopen = () => socket.send('hello ' + location.hostname);
socket.onmessage = event => { document.getElementById('answer').textContent = event.data; fetch('/answered'); };
</script><script src=/until-answered></script>";

fn main() {
    let listener = TcpListener::bind("0.0.0.0:8080").unwrap();
    println!("serving");
    for stream in listener.incoming() {
        std::thread::spawn(move || serve(stream?));
    }
}

fn serve(mut stream: TcpStream) -> std::io::Result<()> {
    let word = std::env::var("WORD").unwrap_or_default();
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if line.trim_end().is_empty() {
                break;
            }
            head.push(line.trim_end().to_owned());
        }
        let header = |name: &str| {
            let found = head.iter().find(|line| line.to_lowercase().starts_with(&format!("{name}:")));
            found.map(|line| line[name.len() + 1..].trim().to_owned())
        };
        let length: u64 = header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        let path = head[0].split([' ', '?']).nth(1).unwrap().to_owned();
        match path.as_str() {
            "/socket" => return socket(reader, stream, &header("sec-websocket-key").unwrap(), &word),
            "/stream" => return parts(stream),
            "/never" => return never(stream),
            "/close" => return Ok(()),
            "/upload" => {
                let received = std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink())?;
                text(&mut stream, "text/plain", &received.to_string())?;
                continue;
            }
            _ => {}
        }
        std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink())?;
        let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst).to_string();
        let (kind, body) = match path.as_str() {
            "/" => ("text/html", PAGE.replace("WORD", &word)),
            "/word" => ("text/plain", word.clone()),
            "/request" => ("text/plain", head.join("\n")),
            "/answered" => ("text/plain", (ANSWERED.fetch_add(1, Ordering::SeqCst) + 1).to_string()),
            "/until-answered" => {
                while ANSWERED.load(Ordering::SeqCst) == 0 {
                    sleep(Duration::from_millis(10));
                }
                ("text/javascript", String::new())
            }
            "/next" => ("text/plain", (NEXT.fetch_add(1, Ordering::SeqCst) + 1).to_string()),
            "/open-streams" => ("text/plain", count(&STREAMS)),
            "/waiting" => ("text/plain", count(&WAITING)),
            _ => ("text/plain", "no such page".to_owned()),
        };
        text(&mut stream, kind, &body)?;
    }
}

fn text(stream: &mut TcpStream, kind: &str, body: &str) -> std::io::Result<()> {
    let length = body.len();
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}")
}

/// Whether the client has closed its side.
fn has_gone(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let peeked = stream.peek(&mut [0]);
    stream.set_nonblocking(false).unwrap();
    match peeked {
        Ok(length) => length == 0,
        Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
    }
}

fn parts(mut stream: TcpStream) -> std::io::Result<()> {
    STREAMS.fetch_add(1, Ordering::SeqCst);
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n")?;
    let mut sent = NEXT.load(Ordering::SeqCst);
    while !has_gone(&stream) {
        if NEXT.load(Ordering::SeqCst) > sent {
            sent += 1;
            let part = format!("part {sent}\n");
            write!(stream, "{:x}\r\n{part}\r\n", part.len())?;
        }
        sleep(Duration::from_millis(5));
    }
    STREAMS.fetch_sub(1, Ordering::SeqCst);
    Ok(())
}

fn never(stream: TcpStream) -> std::io::Result<()> {
    WAITING.fetch_add(1, Ordering::SeqCst);
    while !has_gone(&stream) {
        sleep(Duration::from_millis(5));
    }
    WAITING.fetch_sub(1, Ordering::SeqCst);
    Ok(())
}

/// A WebSocket (RFC 6455) of short texts.
fn socket(mut reader: BufReader<TcpStream>, mut stream: TcpStream, key: &str, word: &str) -> std::io::Result<()> {
    let accept = base64(&sha1(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11").as_bytes()));
    write!(
        stream,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    )?;
    loop {
        let mut start = [0; 2];
        reader.read_exact(&mut start)?;
        let length = usize::from(start[1] & 0x7f);
        assert!(length < 126, "only short texts");
        let (mut mask, mut data) = ([0; 4], vec![0; length]);
        reader.read_exact(&mut mask)?;
        reader.read_exact(&mut data)?;
        data.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
        if start[0] & 0x0f != 1 {
            return Ok(());
        }
        let answer = format!("{word} heard {}", String::from_utf8_lossy(&data));
        stream.write_all(&[0x81, u8::try_from(answer.len()).unwrap()])?;
        stream.write_all(answer.as_bytes())?;
    }
}

fn sha1(message: &[u8]) -> [u8; 20] {
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((message.len() as u64 * 8).to_be_bytes());
    let mut state: [u32; 5] = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0];
    for block in padded.chunks(64) {
        let mut words: Vec<u32> = block.chunks(4).map(|four| u32::from_be_bytes(four.try_into().unwrap())).collect();
        for at in 16..80 {
            words.push((words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16]).rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (at, word) in words.iter().enumerate() {
            let (mixed, constant) = match at / 20 {
                0 => ((b & c) | (!b & d), 0x5A827999),
                1 => (b ^ c ^ d, 0x6ED9EBA1),
                2 => ((b & c) | (b & d) | (c & d), 0x8F1BBCDC),
                _ => (b ^ c ^ d, 0xCA62C1D6_u32),
            };
            let sum = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e).wrapping_add(constant).wrapping_add(*word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, sum);
        }
        for (sum, part) in state.iter_mut().zip([a, b, c, d, e]) {
            *sum = sum.wrapping_add(part);
        }
    }
    let bytes: Vec<u8> = state.iter().flat_map(|word| word.to_be_bytes()).collect();
    bytes.try_into().unwrap()
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for at in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(if at <= three.len() { char::from(letter) } else { '=' });
        }
    }
    text
}
