//! Orders as admins see them: a list that can be searched, and what became of one.
//!
//! What names one order or one buyer is looked up; anything else is a search that looks at so many
//! orders at once and then says from where to go on.

use std::collections::{BTreeMap, HashMap, hash_map};

use parlor_data::{
    Read,
    nouns::{
        account as accounts, booking_order, ledger as books,
        money_alert::{self, MoneyAlert},
        order as orders, refund as refunds,
    },
};
use parlor_domain::{
    access::Admin,
    id::{MeetingId, OrderId, UserId},
    ledger::{Account, Entry, Gateway, Subject},
    order::{Order, Refund, State},
    time::Millis,
};

use super::super::{
    ServiceError, Services,
    look::{LOOKED_AT_MAX, READ_AT_ONCE, look_through, rows, rows_while},
};

/// Most orders of one page.
const PAGE: usize = 50;
/// Most refunds of one order.
const REFUNDS_MAX: usize = 50;
/// An entry may be a little younger than the order's row that it was written with.
const WRITING: Millis = Millis::from_mins(1);

/// Which orders a list shows.
#[derive(Clone, Debug, Default)]
pub struct OrdersWanted {
    /// Only in this state.
    pub state: Option<State>,
    /// The order's id, the gateway's name of it or of its payment, the buyer's address or id; or a
    /// part of the buyer's name or address.
    pub words: String,
}

/// An order and who bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderView {
    /// The order.
    pub order: Order,
    /// What the buyer is called; empty when there is no account any more.
    pub buyer_name: String,
    /// The buyer's address.
    pub buyer_email: String,
}

/// A page of orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderPage {
    /// Latest first.
    pub all: Vec<OrderView>,
    /// From where to go on; none when all were looked at.
    pub next: Option<OrderId>,
}

/// One order with everything that is known of it.
#[derive(Clone, Debug)]
pub struct OrderStory {
    /// The order and who bought.
    pub view: OrderView,
    /// The booking that its coins were to pay for, while it waits for them.
    pub meeting: Option<MeetingId>,
    /// What went back through the gateway, or was to.
    pub refunds: Vec<Refund>,
    /// What admins were to look at because of it.
    pub alerts: Vec<MoneyAlert>,
    /// Entries of the books about it, by their number.
    pub entries: BTreeMap<u64, Entry>,
    /// Alerts or entries may be missing: only so many were looked at.
    pub partial: bool,
}

/// Who bought, each looked up once.
type Buyers = HashMap<UserId, (String, String)>;

impl Services {
    /// A page of orders, latest first, from before `before`.
    pub fn all_orders(
        &self,
        admin: Admin,
        wanted: &OrdersWanted,
        before: Option<OrderId>,
    ) -> Result<OrderPage, ServiceError> {
        let mut buyers = Buyers::new();
        let in_state = |it: &Order| wanted.state.is_none_or(|state| it.state == state);
        let words = wanted.words.trim();
        if let Some(one) = self.order_named(words)? {
            let one = Some(one.value).filter(in_state);
            let all = one.map(|it| self.order_view(it, &mut buyers)).transpose()?;
            return Ok(OrderPage {
                all: all.into_iter().collect(),
                next: None,
            });
        }
        let buyer = self.user_named(admin, words)?;
        let folded = words.to_lowercase();
        let store = &self.0.store;
        let (all, next) = look_through(
            before,
            PAGE,
            |next| {
                Ok(rows(match buyer {
                    Some(user) => orders::load_of(store, user, next, READ_AT_ONCE)?,
                    None => orders::latest(store, next, READ_AT_ONCE)?,
                }))
            },
            |it| it.id,
            |it| {
                if !in_state(&it) {
                    return Ok(None);
                }
                let view = self.order_view(it.value, &mut buyers)?;
                Ok((buyer.is_some() || view.has(&folded)).then_some(view))
            },
        )?;
        Ok(OrderPage { all, next })
    }

    /// The order that has this id, or that a gateway calls so.
    fn order_named(&self, text: &str) -> Result<Option<Read<Order>>, ServiceError> {
        let store = &self.0.store;
        if text.is_empty() || text.contains(char::is_whitespace) {
            return Ok(None);
        }
        if let Ok(id) = text.parse() {
            return Ok(orders::load(store, id)?);
        }
        for gateway in Gateway::ALL {
            let found = match orders::find(store, gateway, text)? {
                None => orders::find_paid(store, gateway, text)?,
                found => found,
            };
            if let Some(id) = found {
                return Ok(orders::load(store, id)?);
            }
        }
        Ok(None)
    }

    fn order_view(&self, order: Order, known: &mut Buyers) -> Result<OrderView, ServiceError> {
        let (buyer_name, buyer_email) = match known.entry(order.user) {
            hash_map::Entry::Occupied(known) => known.get().clone(),
            hash_map::Entry::Vacant(new) => {
                let account = accounts::load(&self.0.store, order.user)?;
                let account = account.map(|it| (it.name.clone(), it.email.as_str().to_owned()));
                new.insert(account.unwrap_or_default()).clone()
            }
        };
        Ok(OrderView {
            order,
            buyer_name,
            buyer_email,
        })
    }

    /// What became of an order.
    pub fn order_story(&self, _: Admin, id: OrderId) -> Result<OrderStory, ServiceError> {
        let store = &self.0.store;
        let order = orders::load(store, id)?.ok_or(ServiceError::NotFound)?;
        let refunds = refunds::load_of(store, id, REFUNDS_MAX)?;
        let alerts = money_alert::since(store, order.created_at, LOOKED_AT_MAX)?;
        let more_alerts = alerts.len() == LOOKED_AT_MAX;
        let about = alerts.into_iter().filter(|it| it.order == Some(id));
        let (entries, more_entries) = self.entries_about(&order)?;
        Ok(OrderStory {
            meeting: booking_order::load(store, id)?,
            refunds: refunds.into_iter().map(|it| it.value).collect(),
            alerts: about.map(|it| it.value).collect(),
            entries,
            partial: more_alerts || more_entries,
            view: self.order_view(order.value, &mut Buyers::new())?,
        })
    }

    /// Entries about an order, and whether there may be more. Whatever moves its coins stands in one of
    /// three statements: nothing about it is written before it was made, and in the buyer's two nothing
    /// after its row last changed.
    fn entries_about(&self, order: &Order) -> Result<(BTreeMap<u64, Entry>, bool), ServiceError> {
        let first = self.first_entry_since(order.created_at)?;
        let end = self.first_entry_since(order.updated_at + WRITING)?;
        let (mut found, mut more) = (BTreeMap::new(), false);
        for (account, end) in [
            (Account::Wallet(order.user), Some(end)),
            (Account::Receivable(order.user), Some(end)),
            (Account::RefundHold(order.id), None),
        ] {
            more |= self.take_entries(order.id, account, (first, end), &mut found)?;
        }
        Ok((found, more))
    }

    /// Adds entries about an order from one statement, from the end of a span back to its beginning.
    fn take_entries(
        &self,
        id: OrderId,
        account: Account,
        (first, end): (u64, Option<u64>),
        found: &mut BTreeMap<u64, Entry>,
    ) -> Result<bool, ServiceError> {
        let store = &self.0.store;
        let (lines, next) = look_through(
            end,
            usize::MAX,
            |before| {
                let page = books::statement(store, account, before, READ_AT_ONCE)?;
                Ok(rows_while(page, |line| line.seq >= first))
            },
            |line| line.seq,
            |line| {
                let entry = books::entry(store, line.seq)?;
                let entry = entry.filter(|it| it.subject == Subject::Order(id));
                Ok(entry.map(|it| (line.seq, it)))
            },
        )?;
        found.extend(lines);
        Ok(next.is_some())
    }
}

impl OrderView {
    /// Has these words, in small letters, in the buyer's name or address, or is their receipt.
    fn has(&self, words: &str) -> bool {
        let has = |text: &str| text.to_lowercase().contains(words);
        let receipt = self.order.receipt.as_ref();
        has(&self.buyer_name)
            || has(&self.buyer_email)
            || receipt.is_some_and(|it| it.to_lowercase() == words)
    }
}
