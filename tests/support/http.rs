//! Plain HTTP requests of the tests' own, so that what keg says is checked against what is there.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// A request to make.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The address.
    pub url: String,
    /// User name and password.
    pub login: Option<(String, String)>,
    /// A bearer token.
    pub token: Option<String>,
    /// The value of `Accept`.
    pub accept: Option<&'static str>,
    /// The method and body, when it is no GET.
    pub send: Option<(&'static str, &'static str, Vec<u8>)>,
    /// The file of the authority to trust.
    pub authority: Option<PathBuf>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("no JSON: {error}: {self:?}"))
    }
}

impl Request {
    /// A GET of `url`.
    pub fn get(url: impl Into<String>) -> Self {
        Self { url: url.into(), ..Self::default() }
    }

    /// Makes the request; `Err` says why no answer came.
    pub fn answer(self) -> Result<Answer, String> {
        // A runtime of its own in a thread of its own: the caller may be in a runtime already.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(self.answer_async()).map_err(|error| format!("{error:?}"))
        })
        .join()
        .unwrap()
    }

    async fn answer_async(self) -> Result<Answer, reqwest::Error> {
        rustls::crypto::ring::default_provider().install_default().ok();
        let read = |file| reqwest::Certificate::from_pem(&std::fs::read(file).unwrap()).unwrap();
        // The machine's own authorities are never trusted: reading them takes longer than the request.
        let client = reqwest::Client::builder().no_proxy().timeout(std::time::Duration::from_secs(30));
        let client = client.tls_certs_only(self.authority.as_ref().map(read));
        let (method, kind, body) = self.send.unwrap_or(("GET", "", Vec::new()));
        let mut request = client.build()?.request(method.parse().unwrap(), &self.url);
        if let Some((user, password)) = &self.login {
            request = request.basic_auth(user, Some(password));
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(accept) = self.accept {
            request = request.header("Accept", accept);
        }
        if !kind.is_empty() {
            request = request.header("Content-Type", kind);
        }
        let response = request.body(body).send().await?;
        let headers = response.headers().iter();
        Ok(Answer {
            status: response.status().as_u16(),
            headers: headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect(),
            body: response.bytes().await?.to_vec(),
        })
    }
}
