//! Everything started and stopped in order; the only module that knows all floors.
//!
//! Order of start: ground (folder, sockets, secrets), store, relay, services, actors, mail and
//! sweeps, doors. Nothing listens before everything behind it stands; sockets are bound first (or
//! taken over from systemd), so that a taken port is told before anything is touched. Stop goes the
//! other way: doors that outlive the process take nobody in any more, sockets are told, doors close,
//! sweeps end, the relay drains, the store closes.

mod activation;
mod again;
mod consult;
pub mod ground;
mod meters;
mod offline;
mod relay;
mod settings;
mod setup;
mod shown;
mod watch;

use std::{
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use actix::{Actor, Addr};
use anyhow::{Context, Result};
use parlor_actors::{
    alerts::AlertDesk,
    call_book::CallBook,
    clock::{Clock, SystemClock},
    conversation::memory::StoreConversations,
    cron::{self, Sweeper},
    gateways::Gateways,
    mailer::{MailTexts, Mailer, Smtp},
    numbers::Numbers,
    ports::{Reach, RelayDoor},
    registry::{Ports, Realtime},
    relay_desk::RelayDesk,
    relay_month::RelayMonth,
    room::memory::StoreMemory,
    services::{DemoPlace, Keys, SendsAs, Services, keys},
};
use parlor_data::Store;
use parlor_turn::{Addresses, AdoptedStream, Relay, RelayControl, begins_stun};
use parlor_web::{
    assets,
    health::{self, Probe},
    limits::Limiter,
    metrics,
    redirect::Redirect,
    rest::{self, Rest, RestConfig, admin::SettingsBody},
    secure::Hsts,
    server::{self, Doors, Manners, Size},
    tls_door::{PeekedTls, StunDoor},
    wire::outward::Encoder,
    ws::{self, Sockets},
};
use tokio::signal::unix::{Signal, SignalKind, signal};

use self::{
    consult::Consult,
    ground::Ground,
    meters::Meters,
    setup::{Running, Wizard},
    watch::{Teller, Watch},
};
use crate::{
    backup::{house::House, schedule},
    certificate::{self, Certificates},
    config::{Config, Origins},
    control,
    doctor::{self, Facts},
    seals,
};

pub use again::{Again, begin as begin_again};
pub use ground::{data_dir, host_of, port_of};
pub use offline::{
    belongs, create_admin_link, maintenance, owned, reset_second_factor, set_maintenance,
};
pub use settings::{
    gateways as gateway_settings, keep, smtp, store as store_options, store_to_look_at,
};

/// How long connections that were accepted last may take to reach their worker.
const SETTLE: Duration = Duration::from_millis(50);
/// Longest wait for the relay's calls at a stop.
const RELAY_DRAIN: Duration = Duration::from_secs(1);

/// What the command line asked for beyond the configuration.
#[derive(Clone, Copy, Default)]
pub struct Mode {
    /// Mails are shown, loopback peers are relayed.
    pub development: bool,
    /// People and a meeting to try it with.
    pub demo: bool,
}

/// Runs until it is told to stop; says whether it should begin anew.
///
/// # Errors
/// When something needed cannot be had; the text says what to do.
pub fn serve(config: Config, origins: &Origins, mode: Mode) -> Result<bool> {
    let again = Again::now();
    let mut ground = Ground::prepare(&config)?;
    let store = open_store(&config, &ground.data_dir)?;
    let certificates = Certificates::load(&config, &ground.data_dir, ground.host())?;
    let relay = relay::start(&config, mode, &mut ground, certificates.certificate())?;
    let addresses = relay
        .as_ref()
        .map(|relay| relay.addresses().clone())
        .unwrap_or_default();
    let shared_port = ground.tls_port()?;
    let ice = relay::ice(&config, &ground, &addresses, shared_port);
    let listens = ground.listens(&addresses);
    let rooms = Rooms {
        doors: doors(&mut ground, &certificates, relay.as_ref())?,
        relay: relay.as_ref().map(Relay::control),
        store: store.clone(),
        certificates,
        mode,
        settings: shown::settings(&config, origins),
        file: origins.file.as_ref().map(PathBuf::from),
        again: again.clone(),
    };
    tracing::info!(listens, "doors bound");
    let outcome = actix_rt::System::new().block_on(rooms.run(&config, &ground, ice, addresses));
    if let Some(relay) = relay {
        relay.shutdown(RELAY_DRAIN);
    }
    control::leave(&ground.data_dir);
    store.close();
    outcome.map(|()| again.wanted())
}

fn open_store(config: &Config, data_dir: &Path) -> Result<Store> {
    let options = settings::store(config, data_dir);
    seals::stand_apart(options.key_file.as_deref(), data_dir)?;
    let opened =
        Store::open(&data_dir.join("store"), options).context("the store cannot be opened")?;
    tracing::info!(recovery = %opened.report, "store open");
    for warning in &opened.report.warnings {
        tracing::warn!("{warning}");
    }
    Ok(opened.store)
}

fn services(config: &Config, ground: &Ground, store: &Store) -> Services {
    let keys = Keys::derive(ground.token_secret.as_bytes());
    Services::new(
        store.clone(),
        keys,
        settings::services(config, ground),
        Arc::new(SystemClock),
    )
}

fn doors(ground: &mut Ground, certificates: &Certificates, relay: Option<&Relay>) -> Result<Doors> {
    Ok(Doors {
        plain: std::mem::take(&mut ground.plain),
        redirect: std::mem::take(&mut ground.redirect),
        tls_config: Some(certificate::web_config(certificates.shown.clone())?),
        stun: relay.map(|relay| stun_door(relay.control())),
        tls: ground
            .tls
            .iter()
            .map(|door| door.try_clone())
            .collect::<io::Result<_>>()?,
    })
}

/// Hands a TLS connection that speaks STUN from the web's door to the relay.
fn stun_door(relay: RelayControl) -> StunDoor {
    let take = move |io: PeekedTls, peer, _| {
        let (socket, tls, first) = io.into_parts();
        match socket.into_std() {
            Ok(socket) => {
                let tls = Some(Box::new(tls));
                relay.adopt_stream(AdoptedStream {
                    socket,
                    peer,
                    tls,
                    first: first.into_iter().collect(),
                });
            }
            Err(error) => tracing::debug!(%error, "a TURN connection could not be handed over"),
        }
    };
    StunDoor {
        begins: begins_stun,
        take: Arc::new(take),
    }
}

/// What runs inside the actix system.
struct Rooms {
    doors: Doors,
    relay: Option<RelayControl>,
    store: Store,
    certificates: Certificates,
    mode: Mode,
    settings: SettingsBody,
    file: Option<PathBuf>,
    again: Again,
}

impl Rooms {
    async fn run(
        self,
        config: &Config,
        ground: &Ground,
        ice: parlor_actors::relay_desk::IceConfig,
        bound: Addresses,
    ) -> Result<()> {
        // Before anything is begun: who is told to stop while starting starts, and then stops in order.
        let mut stops = Stops::listen().context("signals cannot be heard")?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let services = services(config, ground, &self.store);
        let cut_off = control::was_cut_off(&ground.data_dir);
        services.open_audit_log(cut_off);
        if let Err(error) = services.open_house_texts().await {
            tracing::warn!(%error, "the terms and the privacy notice could not be kept for later");
        }
        services
            .open_directory()
            .context("the hosts cannot be read")?;
        match services.sweep_pictures() {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "pictures that nobody shows were removed"),
            Err(error) => tracing::warn!(%error, "the folder of pictures could not be tidied"),
        }
        match services.tidy_uploads() {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "uploads that were cut off were removed"),
            Err(error) => tracing::warn!(%error, "the folder of uploads could not be tidied"),
        }
        let desk = RelayDesk::new(
            ice,
            self.relay
                .clone()
                .map(|relay| Arc::new(relay) as Arc<dyn RelayDoor>),
        );
        let certificate = self.certificates.status.clone();
        desk.offer_tls(certificate.trusted());
        let book = CallBook::new(desk.clone(), Arc::new(services.clone()));
        let realtime = Realtime::start(
            Ports {
                book: book.clone(),
                identify: Arc::new(services.clone()),
                admit: Arc::new(services.clone()),
                attendance: Arc::new(services.clone()),
                log: Arc::new(services.clone()),
                witness: Arc::new(services.clone()),
                memory: Arc::new(StoreMemory(self.store.clone())),
                conversations: Arc::new(StoreConversations(self.store.clone())),
                notices: Arc::new(services.clone()),
                encode: Arc::new(Encoder),
                relay: desk.clone(),
                paid: Arc::new(services.clone()),
            },
            settings::realtime(config),
            clock.clone(),
            keys::unguessable_id().to_string(),
        );
        services.connect(Arc::new(realtime.clone()) as Arc<dyn Reach>);
        if config.push.enabled {
            services.connect_push(Arc::new(services.clone()));
        }
        services.connect_book(book.clone());
        services.connect_gateways(gateways(config, self.mode));
        actix_rt::spawn(book.clone().run(clock.clone()));
        actix_rt::spawn(services.clone().run_directory());
        actix_rt::spawn(services.clone().run_presence());
        actix_rt::spawn(services.clone().run_notices());
        actix_rt::spawn(services.clone().run_push());
        let month = RelayMonth::new(
            desk.clone(),
            self.store.clone(),
            relay::month_bytes(config),
            clock.now(),
        );
        actix_rt::spawn(month.clone().run(realtime.clone(), clock.clone()));

        let texts = Arc::new(MailTexts::load(settings::mail_texts(config))?);
        let mailer = start_mailer(config, ground, &services, &texts)?;
        let sweeper = Sweeper::new(services.clone()).start();
        let mut scheduler = cron::wake(&sweeper, mailer.as_ref())
            .await
            .context("the scheduler cannot start")?;
        let house = House::new(config, &ground.data_dir, &ground.public_url);
        for name in house.strangers() {
            tracing::warn!(
                name,
                "something in the data folder is unknown and in no backup"
            );
        }
        schedule::start(config, &house, &self.store);
        seals::start(&self.store);
        let relay_address = bound.udp.first().map(ToString::to_string);
        let inside = {
            Arc::new(doctor::Inside {
                config: config.clone(),
                public_url: ground.public_url.clone(),
                desk: desk.clone(),
                bound,
                https: ground.tls_port()?,
                certificate: certificate.clone(),
                store: self.store.clone(),
                clock: clock.clone(),
                outside: doctor::Outside::default(),
                looked: doctor::Looked::default(),
            })
        };
        let alerts = AlertDesk::start(&ground.public_url, settings::alert_ways(config, ground)?);
        let line = control::Line {
            alerts: alerts.clone(),
            services: services.clone(),
            facts: Box::new({
                let inside = inside.clone();
                move || Facts::of(&inside)
            }),
            house,
            store: self.store.clone(),
            again: self.again.clone(),
        };
        control::listen(&ground.data_dir, line).context("the control socket cannot be made")?;
        let parts = watch::Parts {
            store: self.store.clone(),
            relay: self.relay.clone(),
            realtime: realtime.clone(),
            certificate: certificate.clone(),
            services: services.clone(),
            book: book.clone(),
            month: month.clone(),
            bounds: settings::bounds(config),
            cut_off,
            looked: inside.looked.clone(),
        };
        let watch = Watch::start(parts, clock.clone()).await;
        let pings = Arc::default();
        let teller = Teller {
            desk: alerts.clone(),
            watch: watch.clone(),
            store: self.store.clone(),
            rules: settings::alert_rules(config),
            monitor: settings::monitor(config),
            pings: Arc::clone(&pings),
            clock: clock.clone(),
        };
        actix_rt::spawn(teller.run());
        let probe: Arc<dyn Probe> = watch.clone();

        let proxies = settings::proxies(config)?;
        let sockets = Sockets::new(
            realtime.clone(),
            settings::sockets(config, ground),
            Some(settings::client_ip(proxies.clone())),
        );
        let meters = Arc::new(Meters {
            store: self.store,
            services: services.clone(),
            relay: self.relay.clone(),
            realtime: realtime.clone(),
            sockets: sockets.clone(),
            book: book.clone(),
            month: month.clone(),
            watch,
            certificate: certificate.clone(),
            started: clock.now(),
            alerts,
            pings,
        });
        let numbers = Numbers::new(meters.store.clone(), meters.clone(), clock.now());
        actix_rt::spawn(numbers.clone().run(clock.clone()));
        let mut rest = Rest::new(
            services.clone(),
            Arc::new(Limiter::new(settings::limits(config))),
            Arc::new(settings::CheckIce(desk.clone())),
            texts,
            RestConfig {
                public_url: ground.public_url.clone(),
                allowed_origins: config.server.allowed_origins.clone(),
                trusted_proxies: proxies.clone(),
                development: self.mode.development,
            },
        )
        .with_doctor(Arc::new(Consult::new(inside)))
        .with_relay(meters.clone())
        .with_settings(self.settings);
        if config.server.setup_in_browser {
            rest = rest.with_setup(Arc::new(Wizard::new(Running {
                file: self.file,
                data_dir: ground.data_dir.clone(),
                config: config.clone(),
                public_url: ground.public_url.clone(),
                ports_held: ground.activated,
                again: self.again.clone(),
            })));
        }
        let who_reads = settings::metrics(config);
        let frames = assets::Frames::new(&config.server.frame_origins);
        let notice = assets::Notice::new({
            let services = services.clone();
            move || services.maintenance().words().to_owned()
        })
        .with_texts(services.house_texts());
        let routes = Arc::new(move |app: &mut actix_web::web::ServiceConfig| {
            // Once on each worker's thread. Where it is refused, packets wait a little longer.
            if let Err(error) = parlor_turn::make_way() {
                tracing::debug!(%error, "web workers are scheduled as the relay is");
            }
            app.app_data(actix_web::web::Data::new(probe.clone()))
                .configure(health::configure)
                .configure(|app| metrics::configure(app, meters.clone(), who_reads.clone()))
                .configure(|app| sockets.configure(app))
                .configure(|app| rest::configure(app, &rest))
                .configure(|app| assets::configure(app, &frames, &notice));
        });
        let size = Size {
            workers: config.server.workers,
            connections_max: config.server.connections_max,
        };
        let manners = Manners {
            redirect: Redirect {
                to: ground.public_url.clone(),
                proof: {
                    let proofs = self.certificates.shown.proofs.clone();
                    Arc::new(move |token| proofs.words(token))
                },
            },
            hsts: Hsts::new(
                settings::hsts_max_age_s(config, ground),
                Arc::new(move || certificate.trusted()),
                proxies.clone(),
            ),
            proxies,
        };
        let on_connect = Arc::new(ws::on_connect);
        let (doors, closing) = server::start(self.doors, size, routes, on_connect, manners)?;
        let serving = actix_rt::spawn(doors);

        // After the doors: an authority comes to them.
        let relay = self.relay;
        let take = move |certificate, trusted| {
            if let Some(relay) = &relay {
                relay.set_certificate(certificate);
            }
            desk.offer_tls(trusted);
        };
        self.certificates
            .keep(clock.clone(), take)
            .context("SIGHUP cannot be heard")?;
        greet(&services, ground, self.mode).await?;
        tracing::info!(
            url = ground.public_url,
            relay = relay_address.unwrap_or_default(),
            "ready"
        );
        notify(sd_notify::NotifyState::Ready);
        tokio::select! {
            () = stops.told() => {}
            () = self.again.asked() => tracing::info!("beginning anew"),
        }

        tracing::info!("stopping: telling everybody, closing the doors");
        notify(sd_notify::NotifyState::Stopping);
        if ground.activated {
            // Whoever comes from now on waits at the door for the next process, which finds it open.
            closing.refuse().await;
        }
        realtime
            .drain(Duration::from_secs(config.server.drain_s))
            .await;
        book.flush();
        month.round(&realtime, clock.now());
        numbers.round(clock.now());
        tokio::time::sleep(SETTLE).await;
        closing.close().await;
        drop(serving.await);
        if let Err(error) = scheduler.shutdown().await {
            tracing::warn!(%error, "the scheduler did not stop");
        }
        services.close_audit_log(true).await;
        Ok(())
    }
}

fn gateways(config: &Config, mode: Mode) -> Gateways {
    let gateways = Gateways::build(settings::gateways(config, mode.development));
    let names: Vec<_> = gateways.offers().map(|(it, _)| it.name().word()).collect();
    if names.is_empty() {
        tracing::warn!("no payment gateway has keys: coins cannot be bought; see [payments]");
    } else {
        tracing::info!(gateways = names.join(" "), "coins can be bought");
    }
    gateways
}

fn start_mailer(
    config: &Config,
    ground: &Ground,
    services: &Services,
    texts: &Arc<MailTexts>,
) -> Result<Option<Addr<Mailer>>> {
    let Some(smtp) = settings::smtp(config, ground.host())? else {
        tracing::warn!("mail.smtp_host is empty: mails wait in the outbox and nobody gets them");
        return Ok(None);
    };
    if let Some((name, record)) = smtp.dkim.as_ref().map(|dkim| dkim.record()) {
        tracing::info!(
            name,
            record,
            "mails are signed; the domain must publish this TXT record"
        );
    }
    services.post_office().opens(SendsAs {
        server: format!("{}:{}", smtp.host, smtp.port),
        dkim_record: smtp.dkim.as_ref().map(|dkim| dkim.record()),
    });
    let smtp = Arc::new(Smtp::new(&smtp)?);
    Ok(Some(
        Mailer::new(services.clone(), texts.clone(), smtp).start(),
    ))
}

/// Prints what the operator needs now, on standard output: it is for eyes, not for logs.
async fn greet(services: &Services, ground: &Ground, mode: Mode) -> Result<()> {
    let mut lines = vec![format!("Parlor is ready at {}", ground.public_url)];
    if mode.demo {
        lines.extend(demo_lines(&services.seed_demo().await?));
    }
    if let Some(link) = services.first_admin_link().await? {
        lines.push(format!(
            "Make the first admin (this link works once): {link}"
        ));
    }
    if mode.development {
        lines.push(format!(
            "Mails are shown at {}/dev/mailbox",
            ground.public_url
        ));
    }
    let mut out = io::stdout().lock();
    let frame = if out.is_terminal() { "\n" } else { "" };
    writeln!(out, "{frame}{}{frame}", lines.join("\n"))?;
    out.flush()?;
    Ok(())
}

fn demo_lines(demo: &DemoPlace) -> Vec<String> {
    let mut lines = vec![
        format!(
            "Log in as host:   {}   password: {}",
            demo.host_email, demo.password
        ),
        format!(
            "Log in as client: {}   password: {}",
            demo.client_email, demo.password
        ),
        format!("A meeting that can be joined: {}", demo.meeting_link),
    ];
    lines.extend(
        demo.join_link
            .iter()
            .map(|link| format!("The client's own link, no login needed: {link}")),
    );
    lines
}

fn notify(state: sd_notify::NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "systemd was not told");
    }
}

/// SIGTERM from systemd, SIGINT from a terminal.
struct Stops {
    terminate: Signal,
    interrupt: Signal,
}

impl Stops {
    /// From now on such a signal ends nothing by itself; it is remembered until somebody waits for it.
    fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn told(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
