//! Signs that need no words: a raised hand, a reaction, how good one's line is. All of them are
//! bounded per person, and nothing of them is kept when the room is.

use super::{Effect, Refused, Reply, Room};
use crate::{
    bucket::Bucket,
    call::Sample,
    event::{Event, Reaction},
    id::{PeerId, SessionId},
    time::{Millis, Timestamp},
};

/// How often an unchanged quality is said again: whoever lost the last one hears it.
const QUALITY_AGAIN: Millis = Millis::from_secs(20);

/// Reactions of one person: two a second, six at once.
pub(super) fn reactions(now: Timestamp) -> Bucket {
    Bucket::new(2, 6, now)
}

/// Reports of one person about its media: one a second, three at once.
pub(super) fn samples(now: Timestamp) -> Bucket {
    Bucket::new(1, 3, now)
}

impl Room {
    /// Raises or lowers one's own hand; a moderator also lowers those of others. The queue is the
    /// order of `raised_at`, so a hand that is up stays where it is.
    pub(super) fn hand(
        &mut self,
        session: SessionId,
        peer: Option<PeerId>,
        raised: bool,
        now: Timestamp,
    ) -> Result<Reply, Refused> {
        let me = self.member(session)?;
        let index = match peer {
            Some(peer) if peer != self.inside[me].peer => {
                self.moderator(session)?;
                if raised {
                    return Err(Refused::NotAllowed);
                }
                self.inside_by_peer(peer).ok_or(Refused::NoSuchPeer)?
            }
            _ => me,
        };
        if self.inside[index].hand.is_some() == raised {
            return Ok(Reply::Done);
        }
        let raised_at = raised.then(|| self.next_in_queue(now));
        let person = &mut self.inside[index];
        person.hand = raised_at;
        let peer = person.peer;
        self.tell_inside(None, |room| Event::Hand {
            room: room.id,
            peer,
            raised_at,
        });
        Ok(Reply::Done)
    }

    /// Now, or just after the last hand: two hands of one millisecond have an order too.
    fn next_in_queue(&self, now: Timestamp) -> Timestamp {
        let last = self.inside.iter().filter_map(|p| p.hand).max();
        last.map_or(now, |last| now.max(last + Millis(1)))
    }

    pub(super) fn react(
        &mut self,
        session: SessionId,
        reaction: Reaction,
        now: Timestamp,
    ) -> Result<Reply, Refused> {
        let index = self.member(session)?;
        let person = &mut self.inside[index];
        if !person.reactions.take(1, now) {
            return Err(Refused::TooFast(Millis(500)));
        }
        let peer = person.peer;
        self.tell_inside(Some(peer), |room| Event::Reacted {
            room: room.id,
            peer,
            reaction,
        });
        Ok(Reply::Done)
    }

    /// Takes a report about somebody's media. The others hear of a level when it changed. What
    /// comes too fast is dropped without a word: the next report says the same.
    pub(super) fn sample(
        &mut self,
        session: SessionId,
        sample: Sample,
        now: Timestamp,
    ) -> Result<Reply, Refused> {
        let index = self.member(session)?;
        let person = &mut self.inside[index];
        if !person.samples.take(1, now) {
            return Ok(Reply::Done);
        }
        let (peer, user) = (person.peer, person.user);
        self.effects.push(Effect::Sampled(user, sample));
        let Some(level) = sample.level else {
            return Ok(Reply::Done);
        };
        let known = person.quality;
        if known.is_some_and(|(said, at)| said == level && now.since(at) < QUALITY_AGAIN) {
            return Ok(Reply::Done);
        }
        person.quality = Some((level, now));
        self.tell_inside(Some(peer), |room| Event::PeerQuality {
            room: room.id,
            peer,
            level,
        });
        Ok(Reply::Done)
    }
}
