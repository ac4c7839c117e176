//! A host's own notes about a client and a meeting (F10). Nobody else is told that they exist.

use actix_web::{
    get, put,
    web::{Data, Json, Path},
};
use parlor_actors::services::ServiceError;
use parlor_domain::note::Note;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Rest, meetings::meeting_id, who::ByMember};
use crate::error::{ApiError, ErrorBody};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(read_notes).service(write_note);
}

/// One note.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NoteBody {
    /// What was written; empty when nothing was.
    text: String,
    /// To be sent with the next change; 0 when nothing was written.
    version: u64,
    /// When it was written, epoch ms.
    updated_at: Option<i64>,
}

impl From<Note> for NoteBody {
    fn from(it: Note) -> Self {
        Self {
            text: it.text,
            version: it.version,
            updated_at: it.updated_at.map(|at| at.0),
        }
    }
}

/// A host's notes, seen from one meeting.
#[derive(Serialize, ToSchema)]
struct NotesBody {
    /// About the client, in all meetings with them.
    client: NoteBody,
    /// About this meeting.
    meeting: NoteBody,
}

/// A new text.
#[derive(Deserialize, ToSchema)]
struct NoteChangeBody {
    /// At most 20,000 characters; empty removes the note.
    text: String,
    /// Of the note that was read.
    version: u64,
}

/// One's own notes about the client of a meeting that one hosts, and about the meeting.
#[utoipa::path(tag = "meetings", security(("bearer" = [])), params(("id" = String, Path)), responses(
    (status = 200, body = NotesBody), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[get("/meetings/{id}/notes")]
async fn read_notes(
    rest: Data<Rest>,
    who: ByMember,
    id: Path<String>,
) -> Result<Json<NotesBody>, ApiError> {
    let notes = rest.services.notes(who.0, meeting_id(&id)?)?;
    Ok(Json(NotesBody {
        client: notes.client.into(),
        meeting: notes.meeting.into(),
    }))
}

/// Write one of them. 409 when it was changed since that version was read.
#[utoipa::path(tag = "meetings", security(("bearer" = [])), request_body = NoteChangeBody,
    params(("id" = String, Path), ("about" = String, Path, description = "`client` or `meeting`")), responses(
    (status = 200, body = NoteBody), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
))]
#[put("/meetings/{id}/notes/{about}")]
async fn write_note(
    rest: Data<Rest>,
    who: ByMember,
    path: Path<(String, String)>,
    body: Json<NoteChangeBody>,
) -> Result<Json<NoteBody>, ApiError> {
    let (id, about) = path.into_inner();
    let about_client = match about.as_str() {
        "client" => true,
        "meeting" => false,
        _ => return Err(ServiceError::NotFound.into()),
    };
    let id = meeting_id(&id)?;
    let written = rest
        .services
        .write_note(who.0, id, about_client, &body.text, body.version);
    Ok(Json(written.await?.into()))
}
