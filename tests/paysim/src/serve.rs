//! The stand-in behind HTTP, on a thread of its own, and the postman who brings its webhooks.

use std::{
    io,
    net::TcpListener,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

use crate::{Delivered, Delivery, Reply, Request, Sim};

/// Longest wait for somebody who takes a webhook: Razorpay's own.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running stand-in.
#[derive(Clone)]
pub struct Running {
    /// Without a slash at the end.
    pub url: String,
    sim: Arc<Mutex<Sim>>,
    post: mpsc::Sender<Delivery>,
}

impl Running {
    /// What it remembers, to be looked at and changed.
    pub fn sim(&self) -> MutexGuard<'_, Sim> {
        self.sim.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: &Request) -> Reply {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let (reply, first, later) = {
            let mut sim = self.sim();
            let reply = sim.handle(request, now);
            let keeps = sim.script.hold || sim.outbox.iter().any(|it| it.url.is_empty());
            let out = if keeps { Vec::new() } else { sim.take_outbox() };
            match sim.script.callback_first {
                true => (reply, out, Vec::new()),
                false => (reply, Vec::new(), out),
            }
        };
        for delivery in first {
            self.deliver(&delivery);
        }
        for delivery in later {
            // The postman lives as long as the process.
            let _ = self.post.send(delivery);
        }
        reply
    }

    fn deliver(&self, it: &Delivery) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .proxy(None)
            .build()
            .new_agent();
        let mut request = agent.post(&it.url);
        for (name, value) in &it.headers {
            request = request.header(name, value);
        }
        let status = request
            .send(it.body.as_bytes())
            .map_or(0, |reply| reply.status().as_u16());
        self.sim().delivered.push(Delivered {
            gateway: it.gateway,
            status,
        });
    }
}

/// Starts it on this address, port 0 for any.
///
/// # Errors
/// When the port cannot be had.
pub fn start(address: &str) -> io::Result<Running> {
    let listener = TcpListener::bind(address)?;
    let (post, letters) = mpsc::channel::<Delivery>();
    let running = Running {
        url: format!("http://{}", listener.local_addr()?),
        sim: Arc::default(),
        post,
    };
    let postman = running.clone();
    std::thread::spawn(move || {
        for letter in letters {
            postman.deliver(&letter);
        }
    });
    let house = running.clone();
    std::thread::spawn(move || {
        let served = actix_rt::System::new().block_on(async move {
            HttpServer::new(move || {
                App::new()
                    .app_data(web::Data::new(house.clone()))
                    .default_service(web::to(all))
            })
            .workers(2)
            .disable_signals()
            .listen(listener)?
            .run()
            .await
        });
        if let Err(error) = served {
            eprintln!("paysim ended: {error}");
        }
    });
    Ok(running)
}

async fn all(house: web::Data<Running>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let asked = Request {
        method: request.method().as_str().to_owned(),
        path: request.path().to_owned(),
        query: request.query_string().to_owned(),
        headers: request
            .headers()
            .iter()
            .filter_map(|(name, value)| {
                Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
            })
            .collect(),
        body: body.to_vec(),
    };
    let reply = web::block(move || house.answer(&asked)).await;
    let Ok(reply) = reply else {
        return HttpResponse::InternalServerError().finish();
    };
    let status = actix_web::http::StatusCode::from_u16(reply.status).unwrap_or_default();
    let mut response = HttpResponse::build(status);
    if let Some(location) = reply.location {
        response.insert_header(("location", location));
    }
    response.content_type(reply.kind).body(reply.body)
}
