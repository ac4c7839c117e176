//! The OpenAPI document, collected from the handlers and committed as `web/openapi.json`.

use std::sync::OnceLock;

use actix_web::App;
use utoipa::openapi::{
    ContactBuilder, Content, InfoBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder,
    path::{Operation, PathItem},
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
    let components = api.components.get_or_insert_default();
    components.add_security_scheme("bearer", bearer);
    for shared in SHARED {
        let answer = RefOr::T(shared.response());
        components.responses.insert(shared.name.into(), answer);
    }
    for operation in api.paths.paths.values_mut().flat_map(of_every_method) {
        for shared in SHARED {
            if (shared.possible)(operation) {
                let known = &mut operation.responses.responses;
                known
                    .entry(shared.status.into())
                    .or_insert_with(|| Ref::from_response_name(shared.name).into());
            }
        }
    }
    api
}

/// A refusal that comes before the handler, and so is said here and not at each of them.
struct Shared {
    status: &'static str,
    name: &'static str,
    words: &'static str,
    possible: fn(&Operation) -> bool,
}

const SHARED: [Shared; 7] = [
    Shared {
        status: "400",
        name: "NotUnderstood",
        words: "The path, the query or the body is not what this operation takes; `field` names what.",
        possible: |it| has_body(it) || it.parameters.as_ref().is_some_and(|it| !it.is_empty()),
    },
    Shared {
        status: "401",
        name: "NoToken",
        words: "No access token came along, or not one that is still good.",
        possible: has_token,
    },
    Shared {
        status: "403",
        name: "NotAllowed",
        words: "The token is good, and its owner may not do this; or the request came from another site's page.",
        possible: |it| has_token(it) || has_body(it),
    },
    Shared {
        status: "413",
        name: "TooLarge",
        words: "The body is larger than this operation takes.",
        possible: has_body,
    },
    Shared {
        status: "415",
        name: "OtherKind",
        words: "The body is not of the kind that this operation takes.",
        possible: has_body,
    },
    Shared {
        status: "429",
        name: "TooMany",
        words: "That was a lot at once; `Retry-After` says when to come again.",
        possible: |_| true,
    },
    Shared {
        status: "503",
        name: "Unavailable",
        words: "The server is too busy, or cannot save anything at the moment; nothing was changed.",
        possible: |_| true,
    },
];

impl Shared {
    fn response(&self) -> Response {
        let body = Content::new(Some(Ref::from_schema_name("ErrorBody")));
        ResponseBuilder::new()
            .description(self.words)
            .content("application/json", body)
            .build()
    }
}

fn has_body(operation: &Operation) -> bool {
    operation.request_body.is_some()
}

fn has_token(operation: &Operation) -> bool {
    operation.security.as_ref().is_some_and(|it| !it.is_empty())
}

fn of_every_method(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem {
        get,
        put,
        post,
        delete,
        patch,
        ..
    } = path;
    [get, put, post, delete, patch].into_iter().flatten()
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
