//! Who does not want to hear from whom. A blocked person cannot ring, write to, or see on line whoever
//! blocked them, and is not told why.

use parlor_data::nouns::{account as accounts, block};
use parlor_domain::{access::Member, account::BadField, id::UserId, presence, ring};

use super::{Block, ServiceError, Services};

/// Most people that one person blocks.
pub(super) const BLOCKS_MAX: usize = 1_000;

impl Services {
    /// Whether somebody does not want to hear from this person. To be asked before every way of
    /// reaching them.
    pub fn is_blocked(&self, by: UserId, user: UserId) -> Result<bool, ServiceError> {
        Ok(block::exists(&self.0.store, by, user)?)
    }

    /// Whom somebody blocked.
    pub fn blocks(&self, who: Member) -> Result<Vec<Block>, ServiceError> {
        self.account_of(who.user)?;
        Ok(block::load_of(&self.0.store, who.user, BLOCKS_MAX)?)
    }

    /// Blocks somebody; again is harmless. What rings between the two stops, and so does their call.
    pub async fn block(&self, who: Member, user: UserId) -> Result<(), ServiceError> {
        let bad = |why| {
            let field = "userId";
            Err(ServiceError::BadField(BadField { field, why }))
        };
        if user == who.user {
            return bad("You cannot block yourself.");
        }
        if self.is_blocked(who.user, user)? {
            return Ok(());
        }
        if self.blocks(who)?.len() >= BLOCKS_MAX {
            return bad("You blocked as many people as this server remembers.");
        }
        let account = accounts::load(&self.0.store, user)?.ok_or(ServiceError::NotFound)?;
        let it = Block {
            user,
            name: account.name.clone(),
            at: self.now(),
        };
        match self.write(block::insert(who.user, &it)?).await {
            // Another device was faster.
            Err(ServiceError::Contended) | Ok(()) => {}
            Err(other) => return Err(other),
        }
        self.show_host(who.user);
        self.presence_input(presence::Input::Part(who.user, user));
        self.reach(|reach| {
            reach.on_line(who.user, ring::Input::Blocked(user));
            reach.on_line(user, ring::Input::Blocked(who.user));
            reach.part(who.user, user);
            reach.reseat(who.user, user);
        });
        Ok(())
    }

    /// Lets somebody come again; harmless when they were not blocked.
    pub async fn unblock(&self, who: Member, user: UserId) -> Result<(), ServiceError> {
        self.account_of(who.user)?;
        self.write(block::remove(who.user, user)).await?;
        self.show_host(who.user);
        self.reach(|reach| reach.reseat(who.user, user));
        Ok(())
    }
}
