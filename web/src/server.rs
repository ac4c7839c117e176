//! The doors: listening sockets, workers, and what is mounted behind them.
//!
//! Built on the accept loop below actix-web rather than on its `HttpServer`, because the TLS door
//! is shared with the relay (see `tls_door`) and both kinds of door must serve the same app.

use std::{any::Any, io, net::TcpListener, pin::Pin, sync::Arc, time::Duration};

use actix_http::{Extensions, HttpService};
use actix_server::Server;
use actix_service::{ServiceFactory, apply_fn_factory, map_config};
use actix_web::{
    App, Error, HttpRequest,
    body::MessageBody,
    dev::{AppConfig, Service, ServiceRequest, ServiceResponse},
    http::header::{self, HeaderValue},
    rt::net::TcpStream,
    web,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    forwarded::TrustedProxies,
    leaving::{Closing, Leaving},
    redirect::{self, Redirect},
    request_id,
    secure::Hsts,
    tls_door::{self, PeekedTls, StunDoor, TlsDoor},
};

/// For the head of a request, and for TLS and the first byte.
const HEAD_DEADLINE: Duration = Duration::from_secs(5);
/// How long an idle HTTP connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Sockets that are bound already, so that the roof knows their ports before anything starts.
#[derive(Default)]
pub struct Doors {
    /// HTTP.
    pub plain: Vec<TcpListener>,
    /// HTTP that only sends people on to https.
    pub redirect: Vec<TcpListener>,
    /// HTTPS and, on the same port, TURN over TLS.
    pub tls: Vec<TcpListener>,
    /// Certificate and protocol settings of `tls`.
    pub tls_config: Option<rustls::ServerConfig>,
    /// Who takes STUN on `tls`.
    pub stun: Option<StunDoor>,
}

/// What is answered beside the app.
#[derive(Clone)]
pub struct Manners {
    /// At `Doors::redirect`.
    pub redirect: Redirect,
    /// With every answer over https.
    pub hsts: Hsts,
    /// Whose ids of requests are taken over.
    pub proxies: TrustedProxies,
}

/// How much the doors let in.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Threads; 0 takes one per core.
    pub workers: usize,
    /// Connections of all workers together.
    pub connections_max: usize,
}

/// Mounts the routes of one worker's app.
pub type Routes = Arc<dyn Fn(&mut web::ServiceConfig) + Send + Sync>;
/// Sees every new connection's TCP socket, also below TLS.
pub type OnConnect = Arc<dyn Fn(&dyn Any, &mut Extensions) + Send + Sync>;

/// Starts the workers. The server is a future: it ends when the doors are closed.
///
/// # Errors
/// When the system refuses a listener.
pub fn start(
    doors: Doors,
    size: Size,
    routes: Routes,
    on_connect: OnConnect,
    manners: Manners,
) -> io::Result<(Server, Closing)> {
    let leaving = Leaving::new();
    let workers = match size.workers {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    };
    let mut builder = Server::build()
        .workers(workers)
        .disable_signals()
        .max_concurrent_connections(size.connections_max.div_ceil(workers))
        // Only for what `leaving` does not count; it is told to stop when nobody is left.
        .shutdown_timeout(1);
    for listener in doors.plain {
        let (routes, on_connect) = (routes.clone(), on_connect.clone());
        let (hsts, proxies) = (manners.hsts.clone(), manners.proxies.clone());
        let leaving = leaving.clone();
        builder = builder.listen("http", listener, move || {
            let (routes, on_connect) = (routes.clone(), on_connect.clone());
            let (hsts, proxies) = (hsts.clone(), proxies.clone());
            let http = HttpService::build()
                .keep_alive(KEEP_ALIVE)
                .graceful_shutdown_signal(told(&leaving))
                .client_request_timeout(HEAD_DEADLINE)
                .client_disconnect_timeout(Duration::ZERO)
                .on_connect_ext(move |io: &TcpStream, data| on_connect(io, data))
                .h1(map_config(
                    app(routes, proxies, move |request| hsts.by_proxy(request)),
                    |_| AppConfig::default(),
                ))
                .tcp();
            counted(http, &leaving)
        })?;
    }
    for listener in doors.redirect {
        let (redirect, leaving) = (manners.redirect.clone(), leaving.clone());
        builder = builder.listen("redirect", listener, move || {
            let redirect = redirect.clone();
            let http = HttpService::build()
                .keep_alive(Duration::ZERO)
                .graceful_shutdown_signal(told(&leaving))
                .client_request_timeout(HEAD_DEADLINE)
                .client_disconnect_timeout(Duration::ZERO)
                .h1(map_config(
                    App::new().configure(move |config| redirect::configure(config, &redirect)),
                    |_| AppConfig::default(),
                ))
                .tcp();
            counted(http, &leaving)
        })?;
    }
    let acceptor = doors.tls_config.map(|mut config| {
        config.alpn_protocols = tls_door::protocols();
        TlsAcceptor::from(Arc::new(config))
    });
    for (listener, acceptor) in doors
        .tls
        .into_iter()
        .zip(std::iter::repeat(acceptor).map_while(|a| a))
    {
        let (routes, on_connect) = (routes.clone(), on_connect.clone());
        let (stun, hsts) = (doors.stun.clone(), manners.hsts.clone());
        let (proxies, leaving) = (manners.proxies.clone(), leaving.clone());
        builder = builder.listen("https", listener, move || {
            let (routes, on_connect) = (routes.clone(), on_connect.clone());
            let (hsts, proxies) = (hsts.clone(), proxies.clone());
            let door = TlsDoor {
                acceptor: acceptor.clone(),
                stun: stun.clone(),
                deadline: HEAD_DEADLINE,
                leaving: leaving.clone(),
                http: HttpService::build()
                    .keep_alive(KEEP_ALIVE)
                    .graceful_shutdown_signal(told(&leaving))
                    .client_request_timeout(HEAD_DEADLINE)
                    .client_disconnect_timeout(Duration::ZERO)
                    .secure()
                    .on_connect_ext(move |io: &PeekedTls, data| {
                        on_connect(io.stream.get_ref().0, data)
                    })
                    .h1(map_config(
                        app(routes, proxies, move |_| hsts.over_tls()),
                        |_| AppConfig::default(),
                    )),
            };
            counted(door, &leaving)
        })?;
    }
    let server = builder.run();
    let handle = server.handle();
    Ok((server, Closing { handle, leaving }))
}

/// For each connection of a door: comes back at a stop.
fn told(leaving: &Leaving) -> impl Fn() -> Pin<Box<dyn Future<Output = ()>>> + 'static {
    let leaving = leaving.clone();
    move || Box::pin(leaving.clone().told())
}

/// This door, with its connections counted as long as they last.
fn counted<D>(
    door: D,
    leaving: &Leaving,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = D::Error, InitError = ()> + use<D>
where
    D: ServiceFactory<TcpStream, Config = (), Response = (), InitError = ()>,
{
    let leaving = leaving.clone();
    apply_fn_factory(door, move |io, door| {
        let inside = leaving.enter();
        let served = door.call(io);
        async move {
            let came = served.await;
            drop(inside);
            came
        }
    })
}

/// The app of one door of one worker. `hsts` says what each answer carries.
fn app(
    routes: Routes,
    proxies: TrustedProxies,
    hsts: impl Fn(&HttpRequest) -> Option<HeaderValue> + Clone + 'static,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    App::new()
        .configure(move |config| routes(config))
        .wrap_fn(move |request, next| {
            let says = hsts(request.request());
            let answer = next.call(request);
            async move {
                let mut answer = answer.await?;
                if let Some(says) = says {
                    let headers = answer.headers_mut();
                    headers.insert(header::STRICT_TRANSPORT_SECURITY, says);
                }
                Ok(answer)
            }
        })
        // The last is the outermost.
        .wrap_fn(move |request, next| request_id::around(request, next, &proxies))
}
