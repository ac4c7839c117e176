//! Call records as their people see them: the stored ones, and the sums of those that live.
//!
//! Only the host and admins see what was moved; it says nothing to a client that the host's own
//! browser would not show, and a call is the host's to answer for.

use parlor_data::nouns::call::{self, CallRecord};
use parlor_domain::{
    access::Admin,
    call::traffic::CallTraffic,
    id::{CallId, MeetingId, UserId},
    identity::Identity,
};

use super::{ServiceError, Services, Viewer};
use crate::{
    call_book::CallKeep,
    ports::{NotNoted, PortFuture},
};

/// One call of a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallView {
    /// The record.
    pub record: CallRecord,
    /// What it moved; of a live call up to a second ago.
    pub traffic: CallTraffic,
    /// Who hosts, to tell the people apart.
    pub host: UserId,
}

/// A live call, for admins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveCallView {
    /// The call.
    pub call: CallView,
    /// The host's name.
    pub host_name: String,
}

impl Services {
    /// The calls of a meeting, earliest first, for its host and for admins; nothing for others.
    pub async fn calls_of(
        &self,
        who: &Identity,
        meeting: MeetingId,
    ) -> Result<Vec<CallView>, ServiceError> {
        let it = self.load_meeting(meeting)?;
        if !matches!(self.viewer(who, &it)?, Viewer::Host | Viewer::Admin) {
            return Ok(vec![]);
        }
        let records = self.calls_in_room(&it)?;
        let views = records.into_iter().map(|record| {
            Ok(CallView {
                traffic: self.traffic_of(record.id)?,
                record,
                host: it.host,
            })
        });
        views.collect()
    }

    /// Every live call, earliest first.
    pub fn live_calls(&self, _: Admin) -> Result<Vec<LiveCallView>, ServiceError> {
        let live = self.0.book.get().map(|book| book.live());
        let views = live.unwrap_or_default().into_iter().map(|live| {
            let meeting = self.load_meeting(live.meeting)?;
            Ok(LiveCallView {
                host_name: self.host_name(&meeting)?,
                call: CallView {
                    record: CallRecord {
                        id: live.call,
                        meeting: live.meeting,
                        started_at: live.started_at,
                        ended_at: None,
                        connected: None,
                    },
                    traffic: live.traffic,
                    host: meeting.host,
                },
            })
        });
        views
            .filter(|view| !matches!(view, Err(ServiceError::NotFound)))
            .collect()
    }

    fn traffic_of(&self, call: CallId) -> Result<CallTraffic, ServiceError> {
        match self.0.book.get().and_then(|book| book.traffic(call)) {
            Some(traffic) => Ok(traffic),
            None => Ok(call::load_traffic(&self.0.store, call)?),
        }
    }
}

impl CallKeep for Services {
    fn traffic(&self, call: CallId) -> CallTraffic {
        call::load_traffic(&self.0.store, call).unwrap_or_else(|error| {
            tracing::error!(%error, "a call's sums could not be read; they begin anew");
            CallTraffic::default()
        })
    }

    fn keep(&self, call: CallId, traffic: &CallTraffic) {
        let written = call::put_traffic_lazily(call, traffic)
            .map_err(|error| error.to_string())
            .and_then(|batch| {
                let written = self.0.store.write_lazy(batch);
                written.map_err(|error| error.to_string())
            });
        if let Err(error) = written {
            tracing::warn!(
                error,
                "a call's sums were not written; the next write has them"
            );
        }
    }

    fn close(&self, call: CallId, traffic: CallTraffic) -> PortFuture<Result<(), NotNoted>> {
        let services = self.clone();
        Box::pin(async move {
            let batch = call::put_traffic(call, &traffic).map_err(|_| NotNoted)?;
            services.write(batch).await.map_err(|error| {
                tracing::warn!(%error, "a call's last sums were not written");
                NotNoted
            })
        })
    }
}
