//! `/metrics` (R301): counters and gauges in Prometheus' text format, collected when they are asked
//! for from counters that exist anyway.
//!
//! Answered to this machine and to whoever has the operator's token, never to the public: a request
//! that came through a proxy is not from this machine, whatever its address. No label names a person,
//! an address or a room.

use std::{
    fmt::{Display, Write},
    sync::Arc,
};

use actix_web::{HttpRequest, HttpResponse, http::header, web};

/// Where the numbers come from: implemented by the roof, which knows all parts.
pub trait Source: Send + Sync {
    /// Writes every metric. Reads counters; waits for nobody.
    fn write(&self, page: &mut Page);
}

/// Who may read.
#[derive(Clone, Debug, Default)]
pub struct MetricsConfig {
    /// The operator's token; empty lets nobody in by token.
    pub token: String,
    /// A proxy stands in front, so that an address of this machine says nothing about who asks.
    pub behind_proxy: bool,
}

/// A page in the making.
#[derive(Debug, Default)]
pub struct Page(String);

impl Page {
    /// One number that only rises.
    pub fn counter(&mut self, name: &str, help: &str, value: impl Display) {
        self.head(name, help, "counter");
        self.line(name, "", value);
    }

    /// One number that rises and falls.
    pub fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.head(name, help, "gauge");
        self.line(name, "", value);
    }

    /// What does not change while the process lives, as a label.
    pub fn info(&mut self, name: &str, help: &str, label: &str, value: &str) {
        self.head(name, help, "gauge");
        self.line(name, &format!("{{{label}=\"{value}\"}}"), 1);
    }

    /// Numbers that only rise, told apart by one label.
    pub fn counters<L: Display, V: Display>(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (L, V)>,
    ) {
        self.head(name, help, "counter");
        for (which, value) in values {
            self.line(name, &format!("{{{label}=\"{which}\"}}"), value);
        }
    }

    /// Numbers that rise and fall, told apart by one label.
    pub fn gauges<L: Display, V: Display>(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (L, V)>,
    ) {
        self.head(name, help, "gauge");
        for (which, value) in values {
            self.line(name, &format!("{{{label}=\"{which}\"}}"), value);
        }
    }

    /// Numbers that only rise, told apart by two labels.
    pub fn counters_by<A: Display, B: Display, V: Display>(
        &mut self,
        name: &str,
        help: &str,
        labels: [&str; 2],
        values: impl IntoIterator<Item = ((A, B), V)>,
    ) {
        self.head(name, help, "counter");
        self.pairs(name, labels, values);
    }

    /// Numbers that rise and fall, told apart by two labels.
    pub fn gauges_by<A: Display, B: Display, V: Display>(
        &mut self,
        name: &str,
        help: &str,
        labels: [&str; 2],
        values: impl IntoIterator<Item = ((A, B), V)>,
    ) {
        self.head(name, help, "gauge");
        self.pairs(name, labels, values);
    }

    fn pairs<A: Display, B: Display, V: Display>(
        &mut self,
        name: &str,
        [first, second]: [&str; 2],
        values: impl IntoIterator<Item = ((A, B), V)>,
    ) {
        for ((a, b), value) in values {
            let labels = format!("{{{first}=\"{a}\",{second}=\"{b}\"}}");
            self.line(name, &labels, value);
        }
    }

    /// How many fell into each part. `counts` has one more than `bounds`: what is above the last.
    pub fn histogram(&mut self, name: &str, help: &str, bounds: &[i64], counts: &[u64], sum: f64) {
        self.head(name, help, "histogram");
        let mut count = 0;
        for (index, part) in counts.iter().enumerate() {
            count += part;
            let bound = bounds.get(index);
            let bound = bound.map_or_else(|| "+Inf".to_owned(), ToString::to_string);
            self.line(
                &format!("{name}_bucket"),
                &format!("{{le=\"{bound}\"}}"),
                count,
            );
        }
        self.line(&format!("{name}_sum"), "", sum);
        self.line(&format!("{name}_count"), "", count);
    }

    fn head(&mut self, name: &str, help: &str, kind: &str) {
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn line(&mut self, name: &str, labels: &str, value: impl Display) {
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }
}

struct Metrics {
    source: Arc<dyn Source>,
    config: MetricsConfig,
}

/// Mounts `GET /metrics`.
pub fn configure(config: &mut web::ServiceConfig, source: Arc<dyn Source>, who: MetricsConfig) {
    let metrics = web::Data::new(Metrics {
        source,
        config: who,
    });
    config.service(
        web::resource("/metrics")
            .app_data(metrics)
            .route(web::get().to(page)),
    );
}

async fn page(metrics: web::Data<Metrics>, request: HttpRequest) -> HttpResponse {
    if !metrics.config.lets_in(&request) {
        return HttpResponse::Forbidden()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .content_type("text/plain; charset=utf-8")
            .body("Metrics are for this machine, or for the token in metrics.token.\n");
    }
    let mut page = Page::default();
    metrics.source.write(&mut page);
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(page.0)
}

/// Headers that proxies add.
const FORWARDED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

impl MetricsConfig {
    fn lets_in(&self, request: &HttpRequest) -> bool {
        let headers = request.headers();
        let given = headers.get(header::AUTHORIZATION);
        let given = given.and_then(|it| it.to_str().ok()?.strip_prefix("Bearer "));
        if let Some(given) = given {
            return !self.token.is_empty() && same(given.as_bytes(), self.token.as_bytes());
        }
        let near = request
            .peer_addr()
            .is_some_and(|peer| peer.ip().to_canonical().is_loopback());
        near && !self.behind_proxy && !FORWARDED.iter().any(|name| headers.contains_key(*name))
    }
}

/// Equal, without telling by the time how much of it is: digests are compared, not words.
fn same(one: &[u8], other: &[u8]) -> bool {
    let digest = |bytes| ring::digest::digest(&ring::digest::SHA256, bytes);
    digest(one).as_ref() == digest(other).as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{
        App,
        test::{TestRequest, call_and_read_body, call_service, init_service},
    };

    struct Two;

    impl Source for Two {
        fn write(&self, page: &mut Page) {
            page.gauge("rooms", "Rooms in use.", 2);
            page.counters(
                "bytes_total",
                "Bytes.",
                "direction",
                [("up", 1), ("down", 2)],
            );
            let money = [(("demo", "paid"), 3)];
            page.counters_by("orders_total", "Orders.", ["gateway", "state"], money);
            page.histogram("length_seconds", "Lengths.", &[60, 300], &[1, 0, 2], 700.5);
        }
    }

    async fn status(who: MetricsConfig, from: &str, headers: &[(&str, &str)]) -> u16 {
        let app = App::new().configure(|config| configure(config, Arc::new(Two), who));
        let app = init_service(app).await;
        let mut request = TestRequest::get()
            .uri("/metrics")
            .peer_addr(from.parse().unwrap());
        for header in headers {
            request = request.insert_header(*header);
        }
        call_service(&app, request.to_request())
            .await
            .status()
            .as_u16()
    }

    #[actix_web::test]
    async fn this_machine_and_the_token_are_let_in_and_nobody_else() {
        let open = MetricsConfig::default();
        let keyed = MetricsConfig {
            token: "secret".into(),
            ..MetricsConfig::default()
        };
        let proxied = MetricsConfig {
            behind_proxy: true,
            ..keyed.clone()
        };
        const HERE: &str = "127.0.0.1:5000";
        const AWAY: &str = "192.0.2.1:5000";
        const TOKEN: (&str, &str) = ("authorization", "Bearer secret");
        for (who, from, headers, wanted) in [
            (&open, HERE, vec![], 200),
            (&open, "[::1]:5000", vec![], 200),
            (&open, "[::ffff:127.0.0.1]:5000", vec![], 200),
            (&open, AWAY, vec![], 403),
            (&open, AWAY, vec![("x-forwarded-for", "127.0.0.1")], 403),
            (&open, HERE, vec![("x-forwarded-for", "127.0.0.1")], 403),
            (&open, HERE, vec![("via", "1.1 proxy")], 403),
            (&open, AWAY, vec![("authorization", "Bearer ")], 403),
            (&open, AWAY, vec![TOKEN], 403),
            (&keyed, AWAY, vec![TOKEN], 200),
            (&keyed, AWAY, vec![("authorization", "Bearer secre")], 403),
            (&keyed, HERE, vec![("authorization", "Bearer wrong")], 403),
            (&proxied, HERE, vec![], 403),
            (&proxied, HERE, vec![TOKEN], 200),
        ] {
            assert_eq!(
                status(who.clone(), from, &headers).await,
                wanted,
                "{from} {headers:?}"
            );
        }
    }

    #[actix_web::test]
    async fn the_page_is_prometheus_text() {
        let app = App::new().configure(|config| {
            configure(config, Arc::new(Two), MetricsConfig::default());
        });
        let app = init_service(app).await;
        let request = TestRequest::get()
            .uri("/metrics")
            .peer_addr("127.0.0.1:1".parse().unwrap());
        let page = call_and_read_body(&app, request.to_request()).await;
        let wanted = "\
# HELP rooms Rooms in use.
# TYPE rooms gauge
rooms 2
# HELP bytes_total Bytes.
# TYPE bytes_total counter
bytes_total{direction=\"up\"} 1
bytes_total{direction=\"down\"} 2
# HELP orders_total Orders.
# TYPE orders_total counter
orders_total{gateway=\"demo\",state=\"paid\"} 3
# HELP length_seconds Lengths.
# TYPE length_seconds histogram
length_seconds_bucket{le=\"60\"} 1
length_seconds_bucket{le=\"300\"} 1
length_seconds_bucket{le=\"+Inf\"} 3
length_seconds_sum 700.5
length_seconds_count 3
";
        assert_eq!(String::from_utf8(page.to_vec()).unwrap(), wanted);
    }
}
