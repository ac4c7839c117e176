//! The browser app, served from inside the binary: the pages, the hashed files they load, and the
//! headers that keep them safe. Must never serve anything that is not in the bundle.

use std::{
    collections::HashSet,
    sync::{Arc, LazyLock},
};

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    http::header::{self, HeaderMap, HeaderName, HeaderValue},
    web,
};
use parlor_domain::agreement::{Edition, Kind};

/// What a page may load and do, and who may frame it.
macro_rules! policy {
    ($ancestors:literal) => {
        concat!(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; ",
            "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; manifest-src 'self'; ",
            "worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors ",
            $ancestors
        )
    };
}

/// Headers of every page. `connect-src` names the socket's scheme too, because not every browser
/// counts it as 'self'.
static PAGE_HEADERS: [(HeaderName, &str); 5] = [
    (header::CACHE_CONTROL, "no-cache"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(self), microphone=(self), display-capture=(self), speaker-selection=(self)",
    ),
    (header::CONTENT_SECURITY_POLICY, policy!("'none'")),
];

/// The app's own table of pages. It is read here, so that no second list can fall behind it.
const TABLE: &str = include_str!("../ui/src/app/routes.ts");

/// The first segment of every page the app knows. Everything else is answered by the same page with
/// status 404, so that a mistyped address looks like one.
static ROUTES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| firsts(TABLE).collect());

/// First segments of the addresses in the table: one line each, `{ pattern: "/meetings/:id", …`.
fn firsts(table: &str) -> impl Iterator<Item = &str> {
    table.lines().filter_map(|line| {
        let (_, rest) = line.split_once("pattern: \"/")?;
        let (path, _) = rest.split_once('"')?;
        path.split('/').next()
    })
}

/// Pages whose address is a key: nothing keeps or lists them.
const KEYED: [&str; 2] = ["j", "b"];

/// What the operator tells everybody on every page; nothing when it is empty. With it which texts there
/// are to agree to, so that no page has to ask for that.
#[derive(Clone, Default)]
pub struct Notice {
    words: Option<Arc<dyn Fn() -> String + Send + Sync>>,
    texts: String,
}

impl Notice {
    /// Asked anew for each page that is handed out.
    pub fn new(words: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self {
            words: Some(Arc::new(words)),
            texts: String::new(),
        }
    }

    /// Pages say that people agree to these: the version and which texts there are.
    pub fn with_texts(self, edition: Option<&Edition>) -> Self {
        let meta = edition.map(|it| {
            let kinds = Kind::ALL.into_iter().filter(|kind| it.has(*kind));
            let kinds: Vec<&str> = kinds.map(Kind::word).collect();
            let said = format!("{} {}", it.version, kinds.join(" "));
            format!("<meta name=\"texts\" content=\"{}\" />", escaped(&said))
        });
        Self {
            texts: meta.unwrap_or_default(),
            ..self
        }
    }

    fn words(&self) -> String {
        self.words.as_ref().map(|words| words()).unwrap_or_default()
    }
}

/// Where in the document it stands: before the app, which does not touch it, so that it costs the
/// pages no code and is read without any.
const BEFORE_APP: &str = "<div id=\"app\">";

/// Where in the document it says which texts there are.
const HEAD_END: &str = "</head>";

fn escaped(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len());
    for letter in words.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The document with the operator's words in it, made for this answer and kept by nobody.
fn told(words: &str, texts: &str) -> Option<HttpResponse> {
    let plain = Bundle::get("index.html")?;
    let document = std::str::from_utf8(&plain.data).ok()?;
    let notice = match escaped(words) {
        words if words.is_empty() => BEFORE_APP.to_owned(),
        words => format!(
            "<p class=\"house-notice\" role=\"status\" dir=\"auto\">{words}</p>{BEFORE_APP}"
        ),
    };
    let document = document.replacen(HEAD_END, &format!("{texts}{HEAD_END}"), 1);
    Some(
        HttpResponse::Ok()
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .content_type(kind("index.html"))
            .body(document.replacen(BEFORE_APP, &notice, 1)),
    )
}

/// Whose pages may show the booking button in a frame: `/embed/<host>`, which has nothing but links
/// that open elsewhere. No other page is ever shown in one.
#[derive(Clone)]
pub struct Frames(HeaderValue);

impl Frames {
    /// The pages of these origins; nobody's when there are none.
    pub fn new(origins: &[String]) -> Self {
        let list = origins.join(" ");
        let text = match list.as_str() {
            "" => policy!("'none'").to_owned(),
            list => policy!("{}").replace("{}", list),
        };
        // What is no header value is no origin either: then it stays shut.
        let shut = HeaderValue::from_static(policy!("'none'"));
        Self(HeaderValue::from_str(&text).unwrap_or(shut))
    }
}

#[cfg(feature = "ui")]
#[derive(rust_embed::RustEmbed)]
#[folder = "ui/dist"]
struct Bundle;

#[cfg(not(feature = "ui"))]
struct Bundle;

#[cfg(not(feature = "ui"))]
impl Bundle {
    fn get(_path: &str) -> Option<rust_embed::EmbeddedFile> {
        None
    }
}

/// Mounts the app below every other route.
pub fn configure(config: &mut web::ServiceConfig, frames: &Frames, notice: &Notice) {
    config
        .app_data(web::Data::new(frames.clone()))
        .app_data(web::Data::new(notice.clone()))
        .route("/assets/{file:.*}", web::get().to(asset))
        .route("/assets/{file:.*}", web::head().to(asset))
        .default_service(web::get().to(page));
}

/// A hashed file: never changes under its name, so browsers keep it for a year.
async fn asset(request: HttpRequest, file: web::Path<String>) -> impl Responder {
    let path = format!("assets/{file}");
    match answer(&request, &path) {
        Some(mut found) => {
            put(
                found.headers_mut(),
                &header::CACHE_CONTROL,
                "public, max-age=31536000, immutable",
            );
            found
        }
        None => HttpResponse::NotFound()
            .content_type("text/plain; charset=utf-8")
            .body("No such file."),
    }
}

/// A page of the app, or one of the few files at the root (manifest, icon).
async fn page(request: HttpRequest) -> impl Responder {
    let path = request.path().trim_start_matches('/');
    if let Some(mut found) = (path.contains('.') && path != "index.html")
        .then(|| answer(&request, path))
        .flatten()
    {
        // A document and the worker run under the page's policy too.
        for (name, value) in &PAGE_HEADERS {
            put(found.headers_mut(), name, value);
        }
        return found;
    }
    let notice = request.app_data::<web::Data<Notice>>();
    let words = notice.map(|it| it.words()).unwrap_or_default();
    let texts = notice.map(|it| it.texts.as_str()).unwrap_or_default();
    let index = match words.is_empty() && texts.is_empty() {
        true => answer(&request, "index.html"),
        false => told(&words, texts),
    };
    let Some(mut index) = index else {
        return HttpResponse::NotFound()
            .content_type("text/plain; charset=utf-8")
            .body("This build has no web app. Build it with `make run`.");
    };
    let first = path.split('/').next().unwrap_or_default();
    if !ROUTES.contains(first) {
        *index.status_mut() = actix_web::http::StatusCode::NOT_FOUND;
    }
    for (name, value) in &PAGE_HEADERS {
        put(index.headers_mut(), name, value);
    }
    if first == "embed"
        && let Some(frames) = request.app_data::<web::Data<Frames>>()
    {
        let policy = frames.0.clone();
        let headers = index.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if KEYED.contains(&first) {
        put(
            index.headers_mut(),
            &HeaderName::from_static("x-robots-tag"),
            "noindex",
        );
        put(index.headers_mut(), &header::CACHE_CONTROL, "no-store");
    }
    index
}

/// A file of the bundle in the smallest encoding that the browser takes.
fn answer(request: &HttpRequest, path: &str) -> Option<HttpResponse> {
    let plain = Bundle::get(path)?;
    let accepted = request
        .headers()
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let packed = [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .find_map(|(encoding, extension)| {
            let takes = accepted
                .split([',', ';'])
                .any(|token| token.trim() == encoding);
            let file = takes
                .then(|| Bundle::get(&format!("{path}.{extension}")))
                .flatten()?;
            Some((encoding, file))
        });
    let (encoding, file) = match packed {
        Some((encoding, file)) => (Some(encoding), file),
        None => (None, plain),
    };
    let tag = format!("\"{}\"", hex(&file.metadata.sha256_hash()[..16]));
    let unchanged = request
        .headers()
        .get(header::IF_NONE_MATCH)
        .is_some_and(|given| given.as_bytes() == tag.as_bytes());
    let mut response = if unchanged {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((header::ETAG, tag))
        .insert_header((header::VARY, "Accept-Encoding"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .content_type(kind(path));
    if let Some(encoding) = encoding {
        response.insert_header((header::CONTENT_ENCODING, encoding));
    }
    Some(if unchanged {
        response.finish()
    } else {
        match file.data {
            std::borrow::Cow::Borrowed(bytes) => response.body(web::Bytes::from_static(bytes)),
            std::borrow::Cow::Owned(bytes) => response.body(bytes),
        }
    })
}

fn put(headers: &mut HeaderMap, name: &HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name.clone(), value);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The few kinds of file that the bundle holds.
fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "wav" => "audio/wav",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod table {
    use super::*;

    #[test]
    fn every_page_of_the_app_is_known_to_the_server() {
        let pages = TABLE
            .lines()
            .filter(|line| line.contains("page: () =>"))
            .count();
        assert_eq!(
            firsts(TABLE).count(),
            pages,
            "a line that is not understood"
        );
        for first in ["", "j", "call", "calls", "earnings", "video-call", "wallet"] {
            assert!(ROUTES.contains(first), "{first}");
        }
        assert!(ROUTES.iter().all(|first| !first.starts_with(':')));
        assert!(!ROUTES.contains("nonsense"));
    }
}

#[cfg(all(test, feature = "ui"))]
mod tests {
    use actix_web::{App, http::StatusCode, test};
    use parlor_domain::agreement::Text;

    use super::*;

    async fn get(path: &str, headers: &[(&str, &str)]) -> actix_web::dev::ServiceResponse {
        let app = test::init_service(
            App::new().configure(|app| configure(app, &Frames::new(&[]), &Notice::default())),
        )
        .await;
        let mut request = test::TestRequest::get().uri(path);
        for header in headers {
            request = request.insert_header(*header);
        }
        test::call_service(&app, request.to_request()).await
    }

    fn header_of(response: &actix_web::dev::ServiceResponse, name: &str) -> String {
        String::from_utf8_lossy(response.headers().get(name).unwrap().as_bytes()).into_owned()
    }

    #[actix_web::test]
    async fn the_booking_button_is_framed_by_whom_the_operator_named_and_nothing_else_is() {
        let policy = async |path: &str, frames: &[String]| {
            let frames = Frames::new(frames);
            let app = App::new().configure(|app| configure(app, &frames, &Notice::default()));
            let app = test::init_service(app).await;
            let request = test::TestRequest::get().uri(path).to_request();
            let answer = test::call_service(&app, request).await;
            let value = answer.headers().get(header::CONTENT_SECURITY_POLICY);
            value.unwrap().to_str().unwrap().to_owned()
        };
        let named = ["https://practice.example.org".to_owned()];
        let nobody = "frame-ancestors 'none'";
        assert!(policy("/embed/1", &[]).await.ends_with(nobody));
        let open = policy("/embed/1", &named).await;
        assert!(open.ends_with("frame-ancestors https://practice.example.org"));
        assert!(open.starts_with("default-src 'none'; script-src 'self';"));
        assert!(policy("/book/1/2", &named).await.ends_with(nobody));
    }

    #[actix_web::test]
    async fn what_the_operator_says_stands_in_every_page_and_nothing_of_it_is_markup() {
        let notice = Notice::new(|| "Back at 5 <b>& sooner".into());
        let app = App::new().configure(|app| configure(app, &Frames::new(&[]), &notice));
        let app = test::init_service(app).await;
        let before = test::TestRequest::get()
            .uri("/")
            .insert_header(("accept-encoding", "br, gzip"));
        let known = header_of(&get("/", &[]).await, "etag");
        let request = before.insert_header(("if-none-match", known)).to_request();
        let answer = test::call_service(&app, request).await;
        assert_eq!(answer.status(), StatusCode::OK, "not the one that is known");
        assert!(answer.headers().get("etag").is_none(), "nobody keeps it");
        assert!(header_of(&answer, "content-security-policy").starts_with("default-src 'none'"));
        let body = test::read_body(answer).await;
        let document = std::str::from_utf8(&body).unwrap();
        assert!(document.contains(">Back at 5 &lt;b&gt;&amp; sooner</p><div id=\"app\">"));
        let plain = test::read_body(get("/", &[]).await).await;
        assert!(
            !std::str::from_utf8(&plain)
                .unwrap()
                .contains("house-notice")
        );
    }

    #[actix_web::test]
    async fn pages_say_which_texts_there_are() {
        let text = Text {
            kind: Kind::Privacy,
            language: String::new(),
            words: "We keep little.".into(),
        };
        let edition = Edition::new("2026-11", vec![text], |_| [0; 32]);
        let notice = Notice::default().with_texts(edition.as_ref());
        let app = App::new().configure(|app| configure(app, &Frames::new(&[]), &notice));
        let app = test::init_service(app).await;
        let answer = test::call_service(&app, test::TestRequest::get().to_request()).await;
        let body = test::read_body(answer).await;
        let document = std::str::from_utf8(&body).unwrap();
        let meta = "<meta name=\"texts\" content=\"2026-11 privacy\" />";
        assert!(document.contains(meta) && !document.contains("house-notice"));
        let plain = test::read_body(get("/", &[]).await).await;
        assert!(
            !std::str::from_utf8(&plain)
                .unwrap()
                .contains("name=\"texts\"")
        );
    }

    #[actix_web::test]
    async fn every_route_is_the_page_with_a_strict_policy() {
        for route in [
            "/",
            "/login",
            "/j/abc",
            "/video-call/1",
            "/meetings/new",
            "/earnings",
        ] {
            let response = get(route, &[]).await;
            assert_eq!(response.status(), StatusCode::OK, "{route}");
            let policy = header_of(&response, "content-security-policy");
            assert!(
                policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
                "{policy}"
            );
            assert_eq!(header_of(&response, "referrer-policy"), "no-referrer");
        }
        assert_eq!(get("/nonsense", &[]).await.status(), StatusCode::NOT_FOUND);
        assert_eq!(
            get("/assets/nonsense.js", &[]).await.status(),
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            get("/assets/../../Cargo.toml", &[]).await.status(),
            StatusCode::NOT_FOUND
        );
    }

    #[actix_web::test]
    async fn assets_are_immutable_packed_and_not_sent_twice() {
        let script = Bundle::iter()
            .find(|path| path.starts_with("assets/") && path.ends_with(".js"))
            .unwrap();
        let response = get(&format!("/{script}"), &[("Accept-Encoding", "gzip, br")]).await;
        assert_eq!(header_of(&response, "content-encoding"), "br");
        assert!(header_of(&response, "cache-control").contains("immutable"));
        let tag = header_of(&response, "etag");
        let again = get(
            &format!("/{script}"),
            &[("Accept-Encoding", "br"), ("If-None-Match", &tag)],
        )
        .await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }

    #[actix_web::test]
    async fn the_worker_and_the_offline_page_are_asked_for_each_time_and_under_the_policy() {
        for (path, kind) in [
            ("/sw.js", "text/javascript; charset=utf-8"),
            ("/offline.html", "text/html; charset=utf-8"),
            ("/manifest.webmanifest", "application/manifest+json"),
        ] {
            let response = get(path, &[]).await;
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            assert_eq!(header_of(&response, "content-type"), kind);
            assert_eq!(header_of(&response, "cache-control"), "no-cache");
            assert!(
                header_of(&response, "content-security-policy").starts_with("default-src 'none'")
            );
        }
    }

    #[actix_web::test]
    async fn no_file_names_a_foreign_origin() {
        // Namespaces and a comment's link are names, not requests, and the last three are links that
        // somebody presses, to take an appointment along or to read an authority's terms; everything
        // else is a leak.
        let harmless = [
            "http://www.w3.org/",
            "https://www.w3.org/",
            "https://json-schema.org",
            "https://preactjs.com",
            "https://calendar.google.com/calendar/render?",
            "https://outlook.live.com/calendar/0/deeplink/compose?",
            "https://letsencrypt.org/repository/",
        ];
        for path in Bundle::iter().filter(|path| !path.ends_with(".br") && !path.ends_with(".gz")) {
            let file = Bundle::get(&path).unwrap();
            let text = String::from_utf8_lossy(&file.data);
            for scheme in ["https://", "http://", "wss://", "ws://"] {
                for (at, _) in text.match_indices(scheme) {
                    let rest: String = text[at..].chars().take(60).collect();
                    let host = rest[scheme.len()..]
                        .chars()
                        .next()
                        .is_some_and(|c| c.is_ascii_alphanumeric());
                    let example = rest.contains("example.");
                    assert!(
                        !host || example || harmless.iter().any(|name| rest.starts_with(name)),
                        "{path} names {rest}"
                    );
                }
            }
        }
    }
}
