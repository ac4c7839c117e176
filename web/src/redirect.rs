//! The door for those who come by plain HTTP: they are sent on to https (308, so that a method and a
//! body survive), and an authority finds its proof (RFC 8555 section 8.3).
//!
//! The address it sends to is the configured one, never what a Host header says. Must never serve
//! anything else, nor read a cookie or a token: what came here has been readable on the way.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::header, web};

/// Finds the words that belong to an authority's token.
pub type Proof = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Where people are sent, and what an authority finds.
#[derive(Clone)]
pub struct Redirect {
    /// Scheme, host and port, without a slash at the end.
    pub to: String,
    /// What an authority finds.
    pub proof: Proof,
}

/// Mounts the two answers.
pub fn configure(config: &mut web::ServiceConfig, redirect: &Redirect) {
    config
        .app_data(web::Data::new(redirect.clone()))
        .route("/.well-known/acme-challenge/{token}", web::get().to(proof))
        .default_service(web::to(send_on));
}

async fn proof(redirect: web::Data<Redirect>, token: web::Path<String>) -> HttpResponse {
    match (redirect.proof)(&token) {
        Some(words) => HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .content_type("application/octet-stream")
            .body(words),
        None => HttpResponse::NotFound()
            .content_type("text/plain; charset=utf-8")
            .body("Nobody waits for this.\n"),
    }
}

async fn send_on(redirect: web::Data<Redirect>, request: HttpRequest) -> HttpResponse {
    let uri = request.uri();
    // Of `GET http://elsewhere/path`, too, only the path counts.
    let path = uri.path_and_query().map_or("/", |it| it.as_str());
    let to = match path.starts_with('/') {
        true => format!("{}{path}", redirect.to),
        false => redirect.to.clone(),
    };
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, to))
        .content_type("text/plain; charset=utf-8")
        .body("Please come by https.\n")
}

#[cfg(test)]
mod tests {
    use actix_web::{
        App,
        http::Method,
        test::{TestRequest, call_service, init_service, read_body},
    };

    use super::*;

    #[actix_web::test]
    async fn people_are_sent_on_and_an_authority_finds_its_proof() {
        let redirect = Redirect {
            to: "https://meet.example.org".into(),
            proof: Arc::new(|token| (token == "known").then(|| "known.words".into())),
        };
        let app = init_service(App::new().configure(|it| configure(it, &redirect))).await;
        for (method, asked, sent) in [
            (Method::GET, "/", "/"),
            (Method::GET, "/j/abc?x=1&y=%2F", "/j/abc?x=1&y=%2F"),
            (Method::POST, "/api/auth/login", "/api/auth/login"),
            (Method::GET, "//elsewhere.example/", "//elsewhere.example/"),
            (Method::GET, "http://elsewhere.example/a", "/a"),
            (
                Method::POST,
                "/.well-known/acme-challenge/known",
                "/.well-known/acme-challenge/known",
            ),
        ] {
            let request = TestRequest::default()
                .method(method)
                .uri(asked)
                .insert_header((header::HOST, "elsewhere.example"));
            let answer = call_service(&app, request.to_request()).await;
            assert_eq!(answer.status().as_u16(), 308, "{asked}");
            let to = format!("https://meet.example.org{sent}");
            assert_eq!(answer.headers().get(header::LOCATION).unwrap(), &*to);
        }
        for (token, status, words) in [
            ("known", 200, "known.words"),
            ("other", 404, "Nobody waits for this.\n"),
        ] {
            let request = TestRequest::with_uri(&format!("/.well-known/acme-challenge/{token}"));
            let answer = call_service(&app, request.to_request()).await;
            assert_eq!(answer.status().as_u16(), status);
            assert_eq!(read_body(answer).await, words);
        }
    }
}
