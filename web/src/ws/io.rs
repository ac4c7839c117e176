//! One socket: the only module that knows actix-web-actors. Frames in, frames out, limits.
//!
//! Its actor is frozen whenever the peer does not read, timers included, so nothing that others
//! wait for happens here. To use another framing crate, replace this file.

use std::{sync::Arc, time::Duration};

use actix::{Actor, ActorContext, AsyncContext, Handler, Message, StreamHandler};
use actix_http::ws as ws_item;
use actix_web::{Error, HttpRequest, HttpResponse, error::PayloadError, web::Bytes};
use actix_web_actors::ws::{self, WebsocketContext, WsResponseBuilder};
use futures_util::Stream;
use parlor_actors::{
    link::Encoded,
    registry::Realtime,
    session::{Greeted, Line},
};
use parlor_domain::{session::ConnId, time::Timestamp};
use tracing::Span;

use super::{
    MESSAGE_BYTES_MAX,
    budget::Budget,
    caps::Place,
    fragments::Fragments,
    guard::{Broken, Verdict},
    kill::Kill,
    link::WsLink,
    pace::{Limits, Pace},
};
use crate::{
    request_id,
    wire::{
        SUBPROTOCOL,
        close::Close,
        command::Command,
        envelope::Envelope,
        event::{ErrorCode, ErrorData},
        inward, outward,
    },
};

/// How long the peer may take to answer a close before the connection is cut.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);
/// The same after a broken frame, when nothing it says is read any more.
const DEAF_FOR: Duration = Duration::from_millis(250);

/// What goes out.
pub(super) enum Out {
    /// An event; prefixed here, its payload shared.
    Event {
        event: Arc<Encoded>,
        seq: Option<u64>,
        at: Timestamp,
        cost: usize,
    },
    /// A whole frame.
    Text { text: String, cost: usize },
    /// The end.
    Close(Close),
}

impl Message for Out {
    type Result = ();
}

enum Stage {
    /// Nobody yet.
    Silent,
    /// Somebody.
    Greeted(Line),
    /// Our close frame is out.
    Closing,
}

/// The actor.
pub(super) struct WsIo {
    realtime: Realtime,
    conn: ConnId,
    place: Place,
    verdict: Verdict,
    kill: Option<Kill>,
    budget: Budget,
    fragments: Fragments,
    limits: Limits,
    stage: Stage,
    /// Names the socket, and the request that opened it, in the log.
    span: Span,
}

impl WsIo {
    pub fn new(realtime: &Realtime, place: Place, verdict: Verdict, kill: Option<Kill>) -> Self {
        let conn = realtime.next_conn();
        let request = request_id::current();
        Self {
            span: tracing::info_span!(parent: None, "socket", conn = conn.0, request),
            conn,
            realtime: realtime.clone(),
            place,
            verdict,
            kill,
            budget: Budget::default(),
            fragments: Fragments::default(),
            limits: Limits::new(realtime.clock().now()),
            stage: Stage::Silent,
        }
    }

    /// Answers the handshake and begins.
    pub fn start<S>(self, req: &HttpRequest, payload: S) -> Result<HttpResponse, Error>
    where
        S: Stream<Item = Result<Bytes, PayloadError>> + Unpin + 'static,
    {
        WsResponseBuilder::new(self, req, payload)
            .protocols(&[SUBPROTOCOL])
            .frame_size(MESSAGE_BYTES_MAX)
            .start()
    }

    fn now(&self) -> Timestamp {
        self.realtime.clock().now()
    }

    /// Says why and closes. The peer gets a moment to read it.
    fn close(&mut self, why: Close, ctx: &mut WebsocketContext<Self>) {
        if matches!(self.stage, Stage::Closing) {
            return;
        }
        self.leave();
        self.stage = Stage::Closing;
        let _named = self.span.clone().entered();
        tracing::debug!(code = why.code(), "closing a socket");
        ctx.close(Some(ws::CloseReason {
            code: why.code().into(),
            description: Some(why.word().to_owned()),
        }));
        let broken = matches!(
            why,
            Close::TooBig | Close::BadText | Close::Protocol | Close::RateLimited
        );
        if broken {
            self.verdict.go_deaf();
        }
        let wait = if broken { DEAF_FOR } else { CLOSE_WITHIN };
        ctx.run_later(wait, |actor, ctx| actor.cut(ctx));
    }

    fn cut(&mut self, ctx: &mut WebsocketContext<Self>) {
        ctx.stop();
    }

    /// The user session is told that this socket is gone.
    fn leave(&mut self) {
        if let Stage::Greeted(line) = std::mem::replace(&mut self.stage, Stage::Closing) {
            line.cut();
        }
    }

    fn text(&mut self, text: &str, ctx: &mut WebsocketContext<Self>) {
        let Some(envelope) = Envelope::read(text) else {
            return self.bad_request(None, ErrorCode::BadRequest, None, ctx);
        };
        let id = envelope.id.as_deref();
        match Command::parse(&envelope.r#type, envelope.payload()) {
            Err(_) => self.bad_request(id, ErrorCode::BadRequest, None, ctx),
            Ok(None) => self.bad_request(id, ErrorCode::UnknownType, None, ctx),
            Ok(Some(command)) => self.command(envelope.ack, id, command, ctx),
        }
    }

    fn command(
        &mut self,
        ack: Option<u64>,
        id: Option<&str>,
        command: Command,
        ctx: &mut WebsocketContext<Self>,
    ) {
        let line = match (&self.stage, command) {
            (Stage::Closing, _) => return,
            (Stage::Silent, Command::Hello(hello)) => {
                return match inward::hello(hello) {
                    Ok(greeted) => self.greet(id, greeted, ctx),
                    Err(_) => self.close(Close::BadRequest, ctx),
                };
            }
            (Stage::Silent, _) => return self.close(Close::BadRequest, ctx),
            (Stage::Greeted(line), command) => match inward::ask(command) {
                Ok(ask) => return line.say(ack, id.map(str::to_owned), Some(ask)),
                Err(wrong) => {
                    line.say(ack, None, None);
                    wrong
                }
            },
        };
        self.bad_request(id, line.code, Some(line.field), ctx);
    }

    fn greet(&mut self, id: Option<&str>, greeted: Greeted, ctx: &mut WebsocketContext<Self>) {
        let link = WsLink::new(
            ctx.address(),
            self.budget.clone(),
            self.kill.clone(),
            self.place.address(),
            id.map(str::to_owned),
        );
        match self.realtime.greet(self.conn, greeted, Box::new(link)) {
            Ok(line) => {
                self.place.greeted();
                self.stage = Stage::Greeted(line);
            }
            Err(not) => self.close(outward::not_identified(not), ctx),
        }
    }

    fn bad_request(
        &mut self,
        id: Option<&str>,
        code: ErrorCode,
        field: Option<&str>,
        ctx: &mut WebsocketContext<Self>,
    ) {
        let now = self.now();
        if matches!(self.stage, Stage::Silent) || !self.limits.bad_request(now) {
            return self.close(Close::BadRequest, ctx);
        }
        let mut data = ErrorData::new(code);
        data.field = field.map(str::to_owned);
        ctx.text(outward::error(id, &data, now));
    }

    /// Rate limits; false when the frame is not to be read.
    fn pace(&mut self, bytes: usize, ctx: &mut WebsocketContext<Self>) -> bool {
        let now = self.now();
        match self.limits.frame(bytes, now) {
            Pace::Fine => true,
            Pace::TooFast => {
                let mut data = ErrorData::new(ErrorCode::RateLimited);
                data.retry_after_ms = Some(1_000);
                ctx.text(outward::error(None, &data, now));
                false
            }
            Pace::Enough => {
                self.close(Close::RateLimited, ctx);
                false
            }
        }
    }

    fn continuation(&mut self, item: ws_item::Item, ctx: &mut WebsocketContext<Self>) {
        let done = match item {
            ws_item::Item::FirstText(bytes) => self.fragments.begin(&bytes).map(|()| None),
            ws_item::Item::FirstBinary(_) => Err(Close::Unsupported),
            ws_item::Item::Continue(bytes) => self.fragments.add(&bytes).map(|()| None),
            ws_item::Item::Last(bytes) => self.fragments.end(&bytes).map(Some),
        };
        match done {
            Ok(Some(text)) => self.text(&text, ctx),
            Ok(None) => {}
            Err(close) => self.close(close, ctx),
        }
    }

    /// A sign of life without words.
    fn heard(&self) {
        if let Stage::Greeted(line) = &self.stage {
            line.say(None, None, None);
        }
    }
}

impl Actor for WsIo {
    type Context = WebsocketContext<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.span.in_scope(|| tracing::debug!("a socket is open"));
        ctx.set_mailbox_capacity(64);
        ctx.run_later(self.place.hello_within(), |actor, ctx| {
            if matches!(actor.stage, Stage::Silent) {
                actor.close(Close::Timeout, ctx);
            }
        });
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        self.leave();
    }
}

impl Drop for WsIo {
    fn drop(&mut self) {
        self.leave();
        if let Some(kill) = &self.kill {
            kill.now();
        }
    }
}

impl Handler<Out> for WsIo {
    type Result = ();

    fn handle(&mut self, out: Out, ctx: &mut Self::Context) {
        match out {
            Out::Close(why) => self.close(why, ctx),
            Out::Text { text, cost } => {
                self.budget.give_back(cost);
                if !matches!(self.stage, Stage::Closing) {
                    ctx.text(text);
                }
            }
            Out::Event {
                event,
                seq,
                at,
                cost,
            } => {
                self.budget.give_back(cost);
                if !matches!(self.stage, Stage::Closing) {
                    ctx.text(outward::event(&event, seq, at));
                }
            }
        }
    }
}

impl StreamHandler<Result<ws::Message, ws::ProtocolError>> for WsIo {
    fn handle(
        &mut self,
        item: Result<ws::Message, ws::ProtocolError>,
        ctx: &mut WebsocketContext<Self>,
    ) {
        let _named = self.span.clone().entered();
        if matches!(self.stage, Stage::Closing) {
            if matches!(item, Ok(ws::Message::Close(_)) | Err(_)) && self.verdict.broken().is_none()
            {
                ctx.stop();
            }
            return;
        }
        let message = match item {
            Ok(message) => message,
            Err(error) => return self.close(verdict(self.verdict.broken(), &error), ctx),
        };
        match message {
            ws::Message::Text(text) => {
                if self.pace(text.len(), ctx) {
                    self.text(&text, ctx);
                }
            }
            ws::Message::Binary(_) => self.close(Close::Unsupported, ctx),
            ws::Message::Continuation(item) => {
                if self.pace(item_len(&item), ctx) {
                    self.continuation(item, ctx);
                }
            }
            ws::Message::Ping(bytes) => {
                if self.pace(bytes.len(), ctx) {
                    ctx.pong(&bytes);
                    self.heard();
                }
            }
            ws::Message::Pong(bytes) => {
                if self.pace(bytes.len(), ctx) {
                    self.heard();
                }
            }
            ws::Message::Close(reason) => {
                self.leave();
                ctx.close(reason);
                ctx.stop();
            }
            ws::Message::Nop => {}
        }
    }

    fn finished(&mut self, ctx: &mut WebsocketContext<Self>) {
        ctx.stop();
    }
}

fn item_len(item: &ws_item::Item) -> usize {
    match item {
        ws_item::Item::FirstText(bytes)
        | ws_item::Item::FirstBinary(bytes)
        | ws_item::Item::Continue(bytes)
        | ws_item::Item::Last(bytes) => bytes.len(),
    }
}

/// The close code of an error. What the guard found comes first; an I/O error without it is text
/// that is not UTF-8, as the framing crate reports it.
fn verdict(broken: Option<Broken>, error: &ws::ProtocolError) -> Close {
    match (broken, error) {
        (Some(Broken::TooBig), _) | (None, ws::ProtocolError::Overflow) => Close::TooBig,
        (Some(Broken::Protocol), _) => Close::Protocol,
        (None, ws::ProtocolError::Io(_)) => Close::BadText,
        (None, _) => Close::Protocol,
    }
}
