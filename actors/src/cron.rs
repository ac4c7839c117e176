//! The sweeps and who wakes them.
//!
//! tokio-cron-scheduler only wakes: it can lose a wake-up and knows nothing after a restart. What
//! is due lies in the store; the actor sweeps at its start and by itself, and drops a wake-up that
//! comes while the same sweep runs. So the scheduler makes sweeps punctual, and correct they are
//! without it.

use std::time::Duration;

use actix::{
    Actor, ActorFutureExt, Addr, AsyncContext, Context, Handler, Message, fut::wrap_future,
};
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use crate::{
    mailer::{MailSweep, Mailer},
    services::{ServiceError, Services},
};

/// One of the sweeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub enum Sweep {
    /// Reminders that are due.
    Reminders,
    /// Meetings whose door closed, people who wait for a full day, digests and what quiet hours held.
    Soon,
    /// Earnings that can no longer be disputed, debts that can be paid, and people who asked to be
    /// erased and nobody owes any more.
    Earnings,
    /// The books: whether they are true.
    Books,
    /// Everything that is kept longer than it may be.
    Old,
    /// Calendars of elsewhere whose turn it is.
    Calendars,
    /// Orders that a gateway is to be asked about, its events that were not applied, and refunds.
    Payments,
    /// Copies of their data that people asked for, and those whose time is over.
    Exports,
}

/// When the scheduler wakes which sweep (seconds first, UTC), and how often the actor does so by
/// itself. The daily one runs early in the morning.
const SCHEDULE: [(Sweep, &str, Duration); 8] = [
    // A look at an empty list costs microseconds; people are reminded to the second.
    (Sweep::Reminders, "* * * * * *", Duration::from_secs(30)),
    (Sweep::Soon, "*/5 * * * * *", Duration::from_secs(60)),
    (Sweep::Earnings, "30 */10 * * * *", Duration::from_secs(600)),
    (Sweep::Books, "0 7 * * * *", Duration::from_secs(3_600)),
    (Sweep::Old, "0 17 3 * * *", Duration::from_secs(24 * 3_600)),
    (Sweep::Calendars, "20 */2 * * * *", Duration::from_secs(300)),
    (Sweep::Payments, "*/5 * * * * *", Duration::from_secs(30)),
    (Sweep::Exports, "*/5 * * * * *", Duration::from_secs(60)),
];

/// Runs the sweeps, each once at a time.
pub struct Sweeper {
    services: Services,
    busy: [bool; SCHEDULE.len()],
}

impl Sweeper {
    /// A sweeper of these services.
    pub fn new(services: Services) -> Self {
        Self {
            services,
            busy: [false; SCHEDULE.len()],
        }
    }
}

pub(crate) async fn run(services: Services, sweep: Sweep) -> Result<(), ServiceError> {
    match sweep {
        Sweep::Reminders => {
            services.sweep_reminders().await?;
        }
        Sweep::Soon => {
            services.sweep_closed_meetings().await?;
            services.sweep_waiting().await?;
            services.sweep_digests().await?;
            services.sweep_held().await?;
        }
        Sweep::Calendars => {
            services.sweep_busy_calendars().await?;
        }
        Sweep::Payments => {
            services.sweep_payment_events().await?;
            services.sweep_orders().await?;
            services.sweep_booking_orders().await?;
            services.sweep_refunds().await?;
        }
        Sweep::Earnings => {
            services.sweep_earnings().await?;
            services.sweep_debts().await?;
            services.sweep_erasures().await?;
        }
        Sweep::Exports => {
            services.sweep_exports().await?;
        }
        Sweep::Books => {
            services.prove_books().await?;
        }
        Sweep::Old => {
            let swept = services.sweep_old().await?;
            tracing::info!(?swept, "old rows were removed");
        }
    }
    Ok(())
}

impl Actor for Sweeper {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        for (sweep, _, every) in SCHEDULE {
            ctx.notify(sweep);
            ctx.run_interval(every, move |_, ctx| ctx.notify(sweep));
        }
    }
}

impl Handler<Sweep> for Sweeper {
    type Result = ();

    fn handle(&mut self, sweep: Sweep, ctx: &mut Self::Context) {
        let slot = sweep as usize;
        if std::mem::replace(&mut self.busy[slot], true) {
            return;
        }
        let work = run(self.services.clone(), sweep);
        ctx.spawn(wrap_future::<_, Self>(work).map(move |result, it, _| {
            it.busy[slot] = false;
            if let Err(error) = result {
                tracing::warn!(?sweep, %error, "a sweep failed; the next one tries again");
            }
        }));
    }
}

/// When the scheduler wakes the mailer, for mails that wait for their next try.
const MAILER: &str = "*/2 * * * * *";

/// Starts the scheduler that wakes the sweeper and, if there is one, the mailer. Keep it; `shutdown` it before the actors stop.
///
/// # Errors
/// When the scheduler cannot start.
pub async fn wake(
    sweeper: &Addr<Sweeper>,
    mailer: Option<&Addr<Mailer>>,
) -> Result<JobScheduler, JobSchedulerError> {
    let scheduler = JobScheduler::new().await?;
    for (sweep, cron, _) in SCHEDULE {
        let sweeper = sweeper.clone();
        // A full mailbox means that a wake-up waits there already.
        let job = Job::new(cron, move |_, _| drop(sweeper.try_send(sweep)))?;
        scheduler.add(job).await?;
    }
    if let Some(mailer) = mailer.cloned() {
        let job = Job::new(MAILER, move |_, _| drop(mailer.try_send(MailSweep)))?;
        scheduler.add(job).await?;
    }
    scheduler.start().await?;
    Ok(scheduler)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parlor_data::{Store, nouns::setting};
    use parlor_domain::time::{Millis, Timestamp};

    use super::*;
    use crate::{
        clock::ManualClock,
        mailer::MailTexts,
        services::{Keys, ServicesConfig},
        testing::light_services,
    };

    #[actix::test]
    async fn what_fell_due_while_the_server_was_down_is_done_at_the_start() {
        let clock = Arc::new(ManualClock::at(Timestamp(1_772_445_600_000)));
        let config = ServicesConfig {
            reminder_leads: vec![Millis::from_mins(3)],
            ..light_services()
        };
        let keys = Keys::derive(&[3; 32]);
        let services = Services::new(Store::in_memory(), keys, config, clock.clone());
        services.seed_demo().await.unwrap();
        clock.advance(Millis::from_mins(3));
        // The demo's own writes have rung already.
        services.mail_queued().await;
        let sweeper = Sweeper::new(services.clone()).start();
        services.mail_queued().await;
        let texts = MailTexts::load(None).unwrap();
        let mails = services.mailbox(&texts).unwrap();
        let reminders = mails.iter().filter(|it| it.mail.kind.word() == "reminder");
        assert_eq!(reminders.count(), 2, "host and client");
        drop(sweeper);
    }

    #[actix::test]
    async fn old_rows_go_every_day_also_when_nobody_wakes_the_sweeper() {
        tokio::time::pause();
        let clock = Arc::new(ManualClock::at(Timestamp(1_772_445_600_000)));
        let keys = Keys::derive(&[3; 32]);
        let services = Services::new(Store::in_memory(), keys, light_services(), clock.clone());
        services.seed_demo().await.unwrap();
        let sweeper = Sweeper::new(services.clone()).start();
        let report = async || {
            let now = services.now();
            loop {
                let last = setting::swept(services.store()).unwrap();
                match last {
                    Some((at, lines)) if at == now => return lines,
                    _ => tokio::time::sleep(Duration::from_secs(60)).await,
                }
            }
        };
        let removed = |lines: &[(String, u64)], class: &str| {
            let line = lines.iter().find(|(it, _)| it == class);
            line.map(|(_, count)| *count)
        };
        assert_eq!(removed(&report().await, "links"), Some(0));
        let mails_of_the_demo = removed(&report().await, "mails");
        assert_eq!(mails_of_the_demo, Some(0));
        // Each time the clock is where the next day's sweep finds it: nobody but it looks.
        clock.advance(Millis::from_days(1));
        assert_eq!(removed(&report().await, "mails"), Some(0));
        clock.advance(Millis::from_days(200));
        assert!(removed(&report().await, "mails").unwrap() > 0);
        drop(sweeper);
    }

    #[actix::test]
    async fn the_schedule_is_one_the_scheduler_understands() {
        let services = Services::new(
            Store::in_memory(),
            Keys::derive(&[3; 32]),
            light_services(),
            Arc::new(ManualClock::at(Timestamp(0))),
        );
        let sweeper = Sweeper::new(services).start();
        let mut scheduler = wake(&sweeper, None).await.unwrap();
        scheduler.shutdown().await.unwrap();
    }
}
