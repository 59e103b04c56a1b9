//! A token service as ghcr.io and Docker Hub have one: it checks logins and signs tokens that a real registry verifies
//! (<https://distribution.github.io/distribution/spec/auth/jwt/>).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{CertificateParams, KeyPair, SigningKey};
use serde_json::{Value, json};

/// A running token service; ends when dropped.
#[derive(Debug)]
pub struct TokenService(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    port: u16,
    ended: AtomicBool,
    key: KeyPair,
    certificate: rcgen::Certificate,
    requests: Mutex<Vec<String>>,
}

impl TokenService {
    /// The user who may do everything; nobody may read, and strangers nothing.
    pub const USER: &str = "user";
    /// The user's password.
    pub const PASSWORD: &str = "pass";
    /// A token that stands for the user.
    pub const REFRESH_TOKEN: &str = "refresh/token+";

    /// A service that a registry can be told to trust.
    pub fn start() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared =
            Arc::new(Shared { port, ended: AtomicBool::new(false), key, certificate, requests: Mutex::default() });
        let service = Arc::new(Self(Arc::clone(&shared)));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if shared.ended.load(Ordering::SeqCst) {
                    return;
                }
                shared.serve(client).ok();
            }
        });
        service
    }

    /// The `auth` part of a registry's settings; the certificate goes into `folder`.
    pub fn registry_settings(&self, folder: &Path) -> Value {
        let bundle = folder.join("token.crt");
        std::fs::write(&bundle, self.0.certificate.pem()).unwrap();
        json!({ "token": {
            "realm": format!("http://127.0.0.1:{}/token", self.0.port),
            "service": "registry", "issuer": "test", "rootcertbundle": bundle,
        } })
    }

    /// A token for the tests' own requests.
    pub fn token_for_everything(&self) -> String {
        let names = ["a", "b", "a/b"].map(|name| format!("repository:{name}:pull,push,delete"));
        self.0.token(&[names.to_vec(), vec!["registry:catalog:*".to_owned()]].concat())
    }

    /// Takes the requests since the last call: `GET scope=… account=…`, each decoded.
    pub fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut self.0.requests.lock().unwrap())
    }
}

impl Drop for TokenService {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::SeqCst);
        TcpStream::connect(("127.0.0.1", self.0.port)).ok();
    }
}

impl Shared {
    fn serve(&self, mut client: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(client.try_clone()?);
        let (mut first, mut length, mut login) = (String::new(), 0, None);
        reader.read_line(&mut first)?;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? <= 2 {
                break;
            }
            if let Some((name, value)) = line.trim().split_once(": ") {
                match name.to_lowercase().as_str() {
                    "content-length" => length = value.parse().unwrap(),
                    "authorization" => login = value.strip_prefix("Basic ").map(|text| STANDARD.decode(text).unwrap()),
                    _ => {}
                }
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let target = first.split(' ').nth(1).unwrap_or_default();
        let query =
            target.split_once('?').map_or_else(|| String::from_utf8(body).unwrap(), |(_, query)| query.to_owned());
        let url = reqwest::Url::parse(&format!("http://x/?{query}")).unwrap();
        let parameters: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let shown: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let method = first.split(' ').next().unwrap_or_default();
        self.requests.lock().unwrap().push(format!("{method} {}", shown.join(" ")));

        let has = |name: &str, value: &str| parameters.iter().any(|(n, v)| n == name && v == value);
        let is_user = login.as_deref() == Some(format!("{}:{}", TokenService::USER, TokenService::PASSWORD).as_bytes())
            || has("refresh_token", TokenService::REFRESH_TOKEN);
        let is_nobody = login.is_none() && method == "GET";
        let scopes = parameters.iter().filter(|(name, _)| name == "scope").flat_map(|(_, scopes)| scopes.split(' '));
        let granted: Vec<String> =
            scopes.filter(|scope| is_user || scope.ends_with(":pull")).map(str::to_owned).collect();
        let (status, answer) = if is_user || is_nobody {
            let name = if method == "POST" { "access_token" } else { "token" };
            (200, json!({ name: self.token(&granted), "expires_in": 300 }))
        } else {
            (401, json!({ "details": "incorrect username or password" }))
        };
        let answer = answer.to_string();
        let length = answer.len();
        write!(client, "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{answer}")
    }

    fn token(&self, scopes: &[String]) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let access: Vec<Value> = scopes
            .iter()
            .map(|scope| {
                let (kind, rest) = scope.split_once(':').unwrap();
                let (name, actions) = rest.rsplit_once(':').unwrap();
                json!({ "type": kind, "name": name, "actions": actions.split(',').collect::<Vec<_>>() })
            })
            .collect();
        let header = json!({ "typ": "JWT", "alg": "ES256", "x5c": [STANDARD.encode(self.certificate.der())] });
        let claims = json!({
            "iss": "test", "sub": "user", "aud": "registry", "jti": "1",
            "exp": now + 300, "nbf": now - 10, "iat": now, "access": access,
        });
        let signed = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
        let signature = fixed(&self.key.sign(signed.as_bytes()).unwrap());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// An ECDSA signature in DER (a sequence of two integers) as the two numbers of 32 bytes that JWT has.
fn fixed(der: &[u8]) -> Vec<u8> {
    let mut fixed = Vec::new();
    let mut rest = &der[2..];
    for _ in 0..2 {
        let length = usize::from(rest[1]);
        let number = &rest[2..2 + length];
        let number = &number[number.len().saturating_sub(32)..];
        fixed.extend(std::iter::repeat_n(0, 32 - number.len()));
        fixed.extend_from_slice(number);
        rest = &rest[2 + length..];
    }
    fixed
}
