//! The OpenAPI document, collected from the handlers and committed as `web/openapi.json`.

use std::sync::OnceLock;

use actix_web::App;
use utoipa::openapi::{
    ContactBuilder, InfoBuilder, OpenApi,
    security::{Http, HttpAuthScheme, SecurityScheme},
};
use utoipa_actix_web::AppExt;

/// The document.
pub fn openapi() -> OpenApi {
    let (_, mut api) = App::new()
        .into_utoipa_app()
        .configure(super::routes)
        .split_for_parts();
    api.info = InfoBuilder::new()
        .title("Parlor")
        .version("1")
        .description(Some(
            "Accounts, meetings and join links. Times are epoch milliseconds, ids are strings. \
             The socket is described in PROTOCOL.md.",
        ))
        .contact(None::<ContactBuilder>.map(|it| it.build()))
        .build();
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    api.components
        .get_or_insert_default()
        .add_security_scheme("bearer", bearer);
    api
}

/// The document as it is served and committed.
pub(super) fn document() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let mut text = openapi().to_pretty_json().unwrap_or_default();
        text.push('\n');
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_document_is_the_one_of_the_handlers() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
        if std::env::var_os("PARLOR_REGENERATE").is_some() {
            std::fs::write(path, document()).expect("openapi.json is writable");
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == document(),
            "web/openapi.json differs from the handlers; run `make generate`"
        );
    }

    #[test]
    fn the_document_says_3_1_and_has_every_road() {
        let text = document();
        assert!(text.contains("\"openapi\": \"3.1"), "{}", &text[..60]);
        for path in [
            "/api/auth/signup",
            "/api/auth/refresh",
            "/api/setup",
            "/api/me",
            "/api/me/logins/{id}",
            "/api/admin/host-applications/{userId}",
            "/api/meetings/create",
            "/api/meetings/{id}/join",
            "/api/video-calls/config",
            "/api/admin/live-calls",
            "/api/admin/relay",
            "/api/video-calls/generate-room/{sessionId}",
            "/api/join/redeem",
        ] {
            assert!(text.contains(&format!("\"{path}\"")), "{path}");
        }
    }
}
