//! One session over as many sockets as it takes, as the web client keeps it.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest, http::header::SEC_WEBSOCKET_PROTOCOL},
};

/// Longer than an answer takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// What goes on across sockets.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// Session and token, once there was a welcome.
    pub resume: Option<(Value, Value)>,
    /// The highest number processed.
    pub last: u64,
}

/// One socket.
pub struct Line(WebSocketStream<TcpStream>);

/// How a line ends without a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The connection is reset.
    Reset,
    /// The connection is closed below the WebSocket.
    Closed,
    /// Nothing arrives any more, and nobody is told; the stream is kept open elsewhere.
    Silent,
}

impl Line {
    /// Connects and says hello; the welcome is still to come. None when nobody answers.
    pub async fn open(address: &str, token: &str, device: &str, session: &Session) -> Option<Self> {
        let stream = TcpStream::connect(address).await.ok()?;
        stream.set_nodelay(true).ok()?;
        let mut request = format!("ws://{address}/ws").into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert(SEC_WEBSOCKET_PROTOCOL, "rtc.v1.json".parse().unwrap());
        let opened = tokio::time::timeout(PATIENCE, client_async(request, stream)).await;
        let mut line = Self(opened.ok()?.ok()?.0);
        let resume = session.resume.as_ref().map(
            |(id, token)| json!({"sessionId": id, "resumeToken": token, "lastSeq": session.last}),
        );
        let mut hello = json!({"token": token, "device": {"id": device, "kind": "web"}});
        if let Some(resume) = resume {
            hello["resume"] = resume;
        }
        let hello = json!({"type": "hello", "data": hello});
        line.say(&hello).await.then_some(line)
    }

    /// False when the line is gone.
    pub async fn say(&mut self, frame: &Value) -> bool {
        self.0.send(Message::text(frame.to_string())).await.is_ok()
    }

    /// The next frame; none when the line is gone.
    pub async fn hear(&mut self) -> Option<Value> {
        loop {
            match self.0.next().await?.ok()? {
                Message::Text(text) => return serde_json::from_str(&text).ok(),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    /// Waits for the welcome and takes what it says into the session. Whether it was resumed.
    pub async fn welcomed(&mut self, session: &mut Session) -> Option<Value> {
        let welcome = tokio::time::timeout(PATIENCE, self.hear()).await.ok()??;
        assert_eq!(welcome["type"], "welcome", "{welcome}");
        let data = welcome["data"].clone();
        session.resume = Some((data["sessionId"].clone(), data["resumeToken"].clone()));
        if data["resumed"] == false {
            session.last = 0;
        }
        Some(data)
    }

    /// Ends it; gives back the stream that must stay open for a silent one.
    pub fn cut(self, how: Cut) -> Option<TcpStream> {
        let stream = self.0.into_inner();
        match how {
            Cut::Silent => return Some(stream),
            // A reset instead of a farewell.
            Cut::Reset => {
                let _ = stream.set_zero_linger();
            }
            Cut::Closed => {}
        }
        None
    }
}

/// A page of a conversation's messages after this number, over REST.
pub fn page(server: &crate::server::Server, token: &str, conversation: &str, after: u64) -> Value {
    let path = format!("/api/conversations/{conversation}/messages?after={after}&limit=100");
    server.get(&path, token)
}

/// Every message of a conversation.
pub fn all(server: &crate::server::Server, token: &str, conversation: &str) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let after = all.last().map_or(0, |it| it["msgSeq"].as_u64().unwrap());
        let page = page(server, token, conversation, after);
        let messages = page["messages"].as_array().unwrap();
        all.extend(messages.iter().cloned());
        if messages.is_empty() || page["hasMore"] == false {
            return all;
        }
    }
}
