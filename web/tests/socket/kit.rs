//! A server on a port of the system's choice, and a client that speaks the protocol over a real
//! socket. Both sides wait for what must come, never for time to pass.

use std::{net::TcpListener, sync::Arc, time::Duration};

use actix_web::{App, HttpServer, dev::ServerHandle};
use futures_util::{SinkExt, StreamExt};
use parlor_actors::{
    clock::Clock,
    registry::{Realtime, RealtimeConfig},
    testing::{self, House, TokioClock},
};
use parlor_web::{
    wire::{SUBPROTOCOL, outward::Encoder},
    ws::{self, Sockets, WsConfig},
};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest,
        handshake::client::Request,
        http::header::{ORIGIN, SEC_WEBSOCKET_PROTOCOL},
    },
};

/// The origin that may connect.
pub const HOME: &str = "https://parlor.test";
/// Longer than anything takes on a busy machine; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server.
pub struct Server {
    pub house: Arc<House>,
    pub realtime: Realtime,
    pub port: u16,
    handle: ServerHandle,
}

/// Starts a server with these limits.
pub async fn server_with(house: Arc<House>, epoch: &str, config: WsConfig) -> Server {
    let clock: Arc<dyn Clock> = Arc::new(TokioClock::default());
    let settings = RealtimeConfig {
        arbiters: 2,
        ..RealtimeConfig::default()
    };
    let ports = testing::ports(&house, Arc::new(Encoder));
    let realtime = Realtime::start(ports, settings, clock, epoch.into());
    let sockets = Sockets::new(realtime.clone(), config, None);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = HttpServer::new(move || {
        let mounted = sockets.clone();
        App::new().configure(move |config| mounted.configure(config))
    })
    .on_connect(ws::on_connect)
    .client_disconnect_timeout(Duration::ZERO)
    .workers(2)
    .disable_signals()
    .shutdown_timeout(1)
    .listen(listener)
    .unwrap()
    .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Server {
        house,
        realtime,
        port,
        handle,
    }
}

/// Limits for tests: nothing is in the way of many sockets from one address.
pub fn open_config() -> WsConfig {
    WsConfig {
        origins: vec![HOME.into()],
        silent_per_ip_max: 1_000,
        handshakes_per_ip_per_min: 60_000,
        ..WsConfig::default()
    }
}

/// Waits for what happens behind an answer.
pub async fn eventually(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it did not come to this: {what}");
}

/// Starts a server.
pub async fn server() -> Server {
    server_with(Arc::default(), "epoch1", open_config()).await
}

impl Server {
    /// A handshake as a browser makes it.
    pub fn request(&self) -> Request {
        let url = format!("ws://127.0.0.1:{}/ws", self.port);
        let mut request = url.into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert(SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL.parse().unwrap());
        headers.insert(ORIGIN, HOME.parse().unwrap());
        request
    }

    /// A socket that has said nothing.
    pub async fn connect(&self) -> Client {
        let connected = tokio_tungstenite::connect_async(self.request()).await;
        Client {
            socket: connected.unwrap().0,
            next: 0,
            waiting: Vec::new(),
        }
    }

    /// The HTTP status with which a handshake is refused.
    pub async fn refusal(&self, request: Request) -> u16 {
        match tokio_tungstenite::connect_async(request).await {
            Err(Error::Http(response)) => response.status().as_u16(),
            other => panic!("not refused: {other:?}"),
        }
    }

    /// A connected and greeted client on a device of its own.
    pub async fn user(&self, n: u128) -> Client {
        let (client, _) = self.device(n, &format!("device-{n}"), None).await;
        client
    }

    /// The same for a device by name, with a resume.
    pub async fn device(&self, n: u128, device: &str, resume: Option<Value>) -> (Client, Value) {
        let mut client = self.connect().await;
        let welcome = client.hello(&testing::token(n), device, resume).await;
        (client, welcome)
    }

    /// Ends without a word to anybody, as far as a process can do that to itself.
    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}

/// One socket of a client.
pub struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next: u64,
    waiting: Vec<Value>,
}

impl Client {
    /// Says hello and gives back the payload of the welcome.
    pub async fn hello(&mut self, token: &str, device: &str, resume: Option<Value>) -> Value {
        let mut data = json!({"token": token, "device": {"id": device, "kind": "web"}});
        if let Some(resume) = resume {
            data["resume"] = resume;
        }
        self.raw(&json!({"type": "hello", "id": "h", "data": data}).to_string())
            .await;
        let welcome = self.event("welcome").await;
        assert_eq!(welcome["id"], "h");
        welcome["data"].clone()
    }

    /// Sends text.
    pub async fn raw(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// Sends a message of any kind; a closed socket is no failure.
    pub async fn send(&mut self, message: Message) {
        let _ = self.socket.send(message).await;
    }

    /// Asks and waits for the ack's payload.
    pub async fn ask(&mut self, name: &str, data: Value) -> Value {
        let answer = self.answer(name, data).await;
        assert_eq!(answer["type"], "ack", "{answer}");
        answer["data"].clone()
    }

    /// Asks and waits for the error's payload.
    pub async fn refused(&mut self, name: &str, data: Value) -> Value {
        let answer = self.answer(name, data).await;
        assert_eq!(answer["type"], "error", "{answer}");
        answer["data"].clone()
    }

    async fn answer(&mut self, name: &str, data: Value) -> Value {
        self.next += 1;
        let id = self.next.to_string();
        self.raw(&json!({"type": name, "id": id, "data": data}).to_string())
            .await;
        self.find(|frame| frame["id"] == id.as_str()).await
    }

    /// Says without asking for an answer.
    pub async fn tell(&mut self, name: &str, data: Value) {
        self.raw(&json!({"type": name, "data": data}).to_string())
            .await;
    }

    /// The next frame of this type; others stay for later.
    pub async fn event(&mut self, name: &str) -> Value {
        self.find(|frame| frame["type"] == name).await
    }

    /// The next answer, good or bad.
    pub async fn event_or_error(&mut self) -> Value {
        self.find(|frame| frame["type"] == "ack" || frame["type"] == "error")
            .await
    }

    /// The names of all frames that are there before an answer to a ping comes.
    pub async fn pending(&mut self) -> Vec<String> {
        self.ask("ping", json!({})).await;
        let names = self.waiting.drain(..);
        names
            .map(|frame| frame["type"].as_str().unwrap_or("?").to_owned())
            .collect()
    }

    /// The code with which the server closes.
    pub async fn closed(&mut self) -> u16 {
        loop {
            match self.frame().await {
                Some(Message::Close(Some(frame))) => return frame.code.into(),
                Some(_) => {}
                None => return 0,
            }
        }
    }

    /// Drops the TCP connection without a close.
    pub fn cut(self) {
        let socket = self.socket.into_inner();
        if let MaybeTlsStream::Plain(tcp) = socket {
            let _ = tcp.set_zero_linger();
        }
    }

    /// The raw TCP stream under it.
    pub fn into_tcp(self) -> TcpStream {
        match self.socket.into_inner() {
            MaybeTlsStream::Plain(tcp) => tcp,
            _ => unreachable!("tests speak plain TCP"),
        }
    }

    async fn find(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(index) = self.waiting.iter().position(&wanted) {
            return self.waiting.remove(index);
        }
        loop {
            let frame = match self.frame().await {
                Some(Message::Text(text)) => serde_json::from_str::<Value>(&text).unwrap(),
                Some(Message::Ping(_) | Message::Pong(_)) => continue,
                other => panic!("{other:?} instead of a frame; before: {:?}", self.waiting),
            };
            if wanted(&frame) {
                return frame;
            }
            self.waiting.push(frame);
        }
    }

    async fn frame(&mut self) -> Option<Message> {
        let next = tokio::time::timeout(PATIENCE, self.socket.next()).await;
        match next.expect("nothing came") {
            Some(Ok(message)) => Some(message),
            Some(Err(_)) | None => None,
        }
    }
}
