//! The mailer as an actor: wakes when a mail was queued, when the scheduler says so, and once a
//! minute by itself; sweeps once at a time.

use std::{sync::Arc, time::Duration};

use actix::{
    Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, WrapFuture, fut::wrap_future,
};

use super::{smtp::MailTransport, texts::MailTexts};
use crate::services::Services;

/// The scheduler may be late or gone; this is not.
const BY_ITSELF: Duration = Duration::from_secs(60);
/// Mails of one cause come together; one sweep takes them.
const GATHER: Duration = Duration::from_millis(50);

/// Look whether mails are due.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct MailSweep;

/// Sends the outbox. Started only when there is a mail server.
pub struct Mailer {
    services: Services,
    texts: Arc<MailTexts>,
    transport: Arc<dyn MailTransport>,
    busy: bool,
}

impl Mailer {
    /// A mailer that takes what is due to `transport`.
    pub fn new(
        services: Services,
        texts: Arc<MailTexts>,
        transport: Arc<dyn MailTransport>,
    ) -> Self {
        Self {
            services,
            texts,
            transport,
            busy: true,
        }
    }

    fn wait_for_mail(&self, ctx: &mut Context<Self>) {
        let services = self.services.clone();
        let queued = async move {
            services.mail_queued().await;
            tokio::time::sleep(GATHER).await;
        };
        ctx.spawn(queued.into_actor(self).map(|(), mailer, ctx| {
            ctx.notify(MailSweep);
            mailer.wait_for_mail(ctx);
        }));
    }
}

impl Actor for Mailer {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let services = self.services.clone();
        let recovered = async move { services.recover_mails().await };
        ctx.spawn(wrap_future::<_, Self>(recovered).map(|result, mailer, ctx| {
            if let Err(error) = result {
                tracing::error!(%error, "mails on the wire before the start could not be settled");
            }
            mailer.busy = false;
            ctx.notify(MailSweep);
        }));
        self.wait_for_mail(ctx);
        ctx.run_interval(BY_ITSELF, |_, ctx| ctx.notify(MailSweep));
    }
}

impl Handler<MailSweep> for Mailer {
    type Result = ();

    fn handle(&mut self, _: MailSweep, ctx: &mut Self::Context) {
        if self.busy {
            return;
        }
        self.busy = true;
        let (services, texts) = (self.services.clone(), Arc::clone(&self.texts));
        let transport = Arc::clone(&self.transport);
        let sweep = async move { services.send_due(&texts, transport.as_ref()).await };
        ctx.spawn(wrap_future::<_, Self>(sweep).map(|result, mailer, ctx| {
            mailer.busy = false;
            match result {
                // There may be more than one sweep takes.
                Ok(round) if round.taken > 0 => ctx.notify(MailSweep),
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "a mail sweep failed; the next one tries again")
                }
            }
        }));
    }
}

#[cfg(test)]
mod tests {
    use parlor_data::Store;
    use parlor_domain::time::Timestamp;

    use super::*;
    use crate::{
        clock::ManualClock,
        mailer::fake::Post,
        services::{Keys, SignUp},
        testing::light_services,
    };

    fn services() -> Services {
        let config = light_services();
        Services::new(
            Store::in_memory(),
            Keys::derive(&[3; 32]),
            config,
            Arc::new(ManualClock::at(Timestamp(1_772_445_600_000))),
        )
    }

    async fn sign_up(services: &Services, email: &str) {
        let form = SignUp {
            name: "Ada".into(),
            email: email.into(),
            password: "correct horse".into(),
            ..SignUp::default()
        };
        services.sign_up(&form).await.unwrap();
    }

    #[actix::test]
    async fn what_was_queued_before_and_after_the_start_goes_out() {
        let services = services();
        sign_up(&services, "ada@example.org").await;
        let (post, mut letters) = Post::new();
        let texts = Arc::new(MailTexts::load(None).unwrap());
        let mailer = Mailer::new(services.clone(), texts, Arc::new(post)).start();
        assert_eq!(
            letters.recv().await.unwrap().words.subject,
            "Confirm your address"
        );
        sign_up(&services, "bob@example.org").await;
        assert_eq!(
            letters.recv().await.unwrap().words.subject,
            "Confirm your address"
        );
        // A wake-up without work sends nothing twice.
        mailer.send(MailSweep).await.unwrap();
        assert!(letters.try_recv().is_err());
    }
}
