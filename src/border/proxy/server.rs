//! Takes connections, and passes each request on to the container that its host name means.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{Either, Empty, Full};
use hyper::body::Incoming;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Uri, Version};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::connection::{self, NoAnswer};
use super::follow::Follower;
use crate::proxy::names::{host_of_authority, port_of_authority};
use crate::proxy::page::{self, Page};
use crate::proxy::routes::Route;
use crate::proxy::table::Found;
use crate::proxy::{Place, headers};

/// How long a client may take for the head of a request.
const LONGEST_HEAD: Duration = Duration::from_secs(60);
/// How long the engine is asked about a name that leads nowhere.
const LONGEST_LOOK: Duration = Duration::from_secs(2);
/// How long to wait when no connection can be taken, as when there are too many.
const PAUSE: Duration = Duration::from_millis(100);

/// A body that is passed on, or the proxy's own.
type Body = Either<Incoming, Either<Full<Bytes>, Empty<Bytes>>>;

/// Serves for ever.
pub async fn serve(listener: &TcpListener, follower: Follower) {
    loop {
        let Ok((stream, client)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        tokio::spawn(serve_connection(stream, client, follower.clone()));
    }
}

async fn serve_connection(stream: TcpStream, client: SocketAddr, follower: Follower) {
    // Without it small messages of a WebSocket wait for each other.
    stream.set_nodelay(true).ok();
    let service = service_fn(|request| {
        let follower = follower.clone();
        async move { Ok::<_, Infallible>(answer(request, client.ip(), &follower).await) }
    });
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(LONGEST_HEAD).preserve_header_case(true);
    // A client that goes away is its own business; what was done for it is dropped with the connection.
    server.serve_connection(TokioIo::new(stream), service).with_upgrades().await.ok();
}

async fn answer(request: Request<Incoming>, client: IpAddr, follower: &Follower) -> Response<Body> {
    if request.method() == Method::CONNECT {
        let page = Page { status: 405, html: "keg's proxy leads to taps, and to nothing else\n".to_owned() };
        return own(page);
    }
    // The whole address in the request line counts more than the header
    // (https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2).
    let authority = match request.uri().authority() {
        Some(authority) => HeaderValue::try_from(authority.as_str()).ok(),
        None => request.headers().get(HOST).cloned(),
    };
    let text = authority.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default();
    // Links lead to the port that the client sees, which need not be the proxy's own.
    let (host, port) = (host_of_authority(text), port_of_authority(text));
    let Some(authority) = authority.filter(|_| !host.is_empty()) else {
        return own(page::no_host(&follower.table(), port));
    };
    let Some((route, place)) = find(&host, follower).await else {
        return own(page::unknown(&host, &follower.table(), port));
    };
    let (route, stream) = match connect(route, place, follower).await {
        Ok(connected) => connected,
        Err((route, reason)) => return own(page::no_answer(&route, &reason.to_string(), &follower.table(), port)),
    };
    match pass_on(request, stream, client, authority).await {
        Ok(response) => response,
        Err(reason) => own(page::no_answer(&route, &reason.to_string(), &follower.table(), port)),
    }
}

/// The route of a host. Before it is said that there is none, the engine is asked: a tap may have come up just now.
async fn find(host: &str, follower: &Follower) -> Option<(Route, Place)> {
    let known = || match follower.table().find(host) {
        Found::Route(route) => route.place.clone().ok().map(|place| (route.clone(), place)),
        _ => None,
    };
    if let Some(found) = known() {
        return Some(found);
    }
    timeout(LONGEST_LOOK, follower.refresh()).await.ok();
    known()
}

/// A connection to the container; if it has moved since, to where it is now.
async fn connect(
    route: Route,
    place: Place,
    follower: &Follower,
) -> Result<(Route, TcpStream), (Box<Route>, NoAnswer)> {
    let reason = match connection::open(&place).await {
        Ok(stream) => return Ok((route, stream)),
        Err(reason) => reason,
    };
    timeout(LONGEST_LOOK, follower.refresh()).await.ok();
    match find(&route.host, follower).await {
        Some((route, moved)) if moved != place => match connection::open(&moved).await {
            Ok(stream) => Ok((route, stream)),
            Err(reason) => Err((Box::new(route), reason)),
        },
        _ => Err((Box::new(route), reason)),
    }
}

/// Sends the request as it came, but for what is about the connection, and gives the answer as it comes.
async fn pass_on(
    mut request: Request<Incoming>,
    stream: TcpStream,
    client: IpAddr,
    authority: HeaderValue,
) -> Result<Response<Body>, NoAnswer> {
    let upgrade = headers::upgrade(request.headers()).map(|_| hyper::upgrade::on(&mut request));
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = path.map_or_else(Uri::default, Uri::from);
    *request.version_mut() = Version::HTTP_11;
    headers::strip(request.headers_mut());
    headers::forwarded(request.headers_mut(), client, &authority);
    request.headers_mut().insert(HOST, authority);
    let mut response = connection::send(stream, request).await?;
    *response.version_mut() = Version::HTTP_11;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        let theirs = hyper::upgrade::on(&mut response);
        connection::join(upgrade.ok_or(NoAnswer::NotHttp)?, theirs);
        headers::strip(response.headers_mut());
        return Ok(response.map(|_| Either::Right(Either::Right(Empty::new()))));
    }
    headers::strip(response.headers_mut());
    Ok(response.map(Either::Left))
}

fn own(page: Page) -> Response<Body> {
    let mut response = Response::new(Either::Right(Either::Left(Full::new(Bytes::from(page.html)))));
    *response.status_mut() = StatusCode::from_u16(page.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
