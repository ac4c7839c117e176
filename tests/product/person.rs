//! Somebody's socket, spoken by hand.

use std::net::TcpStream;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{
    Message, WebSocket,
    client::IntoClientRequest,
    http::header::{ORIGIN, SEC_WEBSOCKET_PROTOCOL},
};

use crate::server::Server;

/// One greeted socket in one room.
pub struct Person {
    socket: WebSocket<TcpStream>,
    room: String,
    waiting: Vec<Value>,
    next: u32,
}

impl Person {
    /// Connects and says hello.
    pub fn arrive(server: &Server, token: &str, room: &str) -> Person {
        let authority = server.url.trim_start_matches("http://");
        let mut request = format!("ws://{authority}/ws")
            .into_client_request()
            .unwrap();
        let headers = request.headers_mut();
        headers.insert(SEC_WEBSOCKET_PROTOCOL, "rtc.v1.json".parse().unwrap());
        headers.insert(ORIGIN, server.url.parse().unwrap());
        let port = authority.rsplit(':').next().unwrap();
        let tcp = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
        let (socket, _) = tokio_tungstenite::tungstenite::client(request, tcp).unwrap();
        let mut person = Person {
            socket,
            room: room.to_owned(),
            waiting: Vec::new(),
            next: 0,
        };
        let device = json!({"id": format!("device-{token:.8}"), "kind": "web"});
        person.say("hello", json!({"token": token, "device": device}));
        person.event("welcome");
        person
    }

    /// Asks in the room, and gives the answer's payload.
    pub fn ask(&mut self, name: &str, mut data: Value) -> Value {
        data["roomId"] = self.room.as_str().into();
        let id = self.say(name, data);
        let answer = self.find(|frame| frame["id"] == id.as_str());
        assert_eq!(answer["type"], "ack", "{answer}");
        answer["data"].clone()
    }

    /// Asks in the room in vain, and gives the error's payload.
    pub fn refused(&mut self, name: &str, mut data: Value) -> Value {
        data["roomId"] = self.room.as_str().into();
        let id = self.say(name, data);
        let answer = self.find(|frame| frame["id"] == id.as_str());
        assert_eq!(answer["type"], "error", "{answer}");
        answer["data"].clone()
    }

    /// All that was not asked for yet, in order, up to the first of these.
    pub fn hear_until(&mut self, last: impl Fn(&Value) -> bool) -> Vec<Value> {
        let found = self.find(last);
        let mut all = std::mem::take(&mut self.waiting);
        all.push(found);
        all
    }

    /// Whether such an event is among what was not asked for yet.
    pub fn heard(&self, name: &str) -> bool {
        self.waiting.iter().any(|frame| frame["type"] == name)
    }

    /// Goes to another room with what is asked next.
    pub fn turn_to(&mut self, room: &str) {
        room.clone_into(&mut self.room);
    }

    /// Says in the room what nobody answers.
    pub fn tell(&mut self, name: &str, mut data: Value) {
        data["roomId"] = self.room.as_str().into();
        self.say(name, data);
    }

    /// The next event of this name; others stay for later.
    pub fn event(&mut self, name: &str) -> Value {
        self.find(|frame| frame["type"] == name)["data"].clone()
    }

    fn say(&mut self, name: &str, data: Value) -> String {
        self.next += 1;
        let id = self.next.to_string();
        let frame = json!({"type": name, "id": id, "data": data});
        self.socket.send(Message::text(frame.to_string())).unwrap();
        id
    }

    fn find(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(index) = self.waiting.iter().position(&wanted) {
            return self.waiting.remove(index);
        }
        loop {
            let Message::Text(text) = self.socket.read().unwrap() else {
                continue;
            };
            let frame: Value = serde_json::from_str(&text).unwrap();
            if wanted(&frame) {
                return frame;
            }
            self.waiting.push(frame);
        }
    }
}
