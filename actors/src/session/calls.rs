//! What a person asks about a call to a host: calling, and answering one's own line.

use parlor_domain::{
    id::{CallId, RoomId, SessionId},
    identity::Scope,
    ring::{Attempt, Refused},
    session::ConnId,
    time::Millis,
};
use uuid::Uuid;

use super::UserSession;
use crate::{
    link::{CallAsk, Trouble},
    paid::{RingAsk, RingMsg},
    ports::NotCallable,
    room::Asked,
};

impl UserSession {
    pub(super) fn call(
        &mut self,
        conn: ConnId,
        session: SessionId,
        id: Option<String>,
        what: CallAsk,
    ) -> Result<(), Trouble> {
        let identity = match self.sockets.get(&conn) {
            Some(socket) => socket.identity.clone(),
            None => return Ok(()),
        };
        if identity.scope != Scope::Account {
            return Err(Trouble::NotCallable(NotCallable::NotFound));
        }
        let asked = Asked {
            user: self.user,
            session,
            conn,
            id,
            from: self.address(conn),
            role: identity.role,
        };
        let own = |what| (self.user, what);
        let (host, what) = match what {
            CallAsk::Invite { host, media, wait } => {
                if self.draining() {
                    return Err(Trouble::Draining);
                }
                let now = self.hub.now();
                if !self.invites.take(1, now) {
                    return Err(Trouble::TooOften(Millis::from_secs(1)));
                }
                let quote = self.hub.ports.paid.quote(&identity, host, media, now);
                let quote = quote.map_err(Trouble::NotCallable)?;
                let attempt = Attempt {
                    call: CallId(Uuid::now_v7()),
                    room: RoomId(Uuid::new_v4()),
                    caller: self.user,
                    session,
                    name: identity.name,
                    media,
                    tariff: quote.tariff,
                    at: now,
                };
                self.calling.insert(session, host);
                (host, RingAsk::Invite(attempt, quote, wait))
            }
            CallAsk::Cancel(call) => match self.calling.get(&session) {
                Some(host) => (*host, RingAsk::Cancel(call)),
                None => return Err(Trouble::Ring(Refused::Over)),
            },
            CallAsk::Heard(call) => own(RingAsk::Heard(call)),
            CallAsk::Accept(call, media) => own(RingAsk::Accept(call, media)),
            CallAsk::Decline(call, busy) => own(RingAsk::Decline(call, busy)),
        };
        self.hub.to_ring(host, RingMsg::Ask(asked, what));
        Ok(())
    }
}
