//! Files of conversations: given piece by piece before their message is sent, and handed out through
//! a message to whoever may read that message, to nobody else.
//!
//! Nothing that somebody gave is ever shown by the browser as what it claims to be: pictures were
//! made anew and are named by us, everything else is a download of bytes.

use std::{fs, io, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    body::SizedStream,
    delete, get,
    http::header::{self, ContentDisposition, DispositionParam, DispositionType},
    post,
    web::{Bytes, Data, Path, Payload, Query},
};
use futures_util::{StreamExt, stream};
use parlor_actors::{
    conversation::History,
    link::{Answer, ConversationAsk, Trouble},
    ports::PageFrom,
    services::{ServiceError, next_piece},
};
use parlor_domain::{
    conversation::{ConversationId, MsgSeq, Refused},
    file::{Attachment, PictureFormat},
    identity::Identity,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Rest,
    conversations::{conversation_id, converse, error, file_id},
    who::Anybody,
};
use crate::{
    error::{ApiError, ErrorBody},
    wire::chat::ChatFile,
};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(give_file)
        .service(take_file_back)
        .service(fetch_file);
}

/// Longest time that an upload takes: 10 MB on a line of 200 kbit/s.
const UPLOAD_MAX: Duration = Duration::from_secs(600);
/// Longest silence within an upload.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// So long, and so many bytes, a refused upload is let run and thrown away.
const LET_RUN_MAX: Duration = Duration::from_secs(10);
const LET_RUN_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What a file is called.
#[derive(Deserialize, IntoParams)]
struct NameQuery {
    /// As its sender calls it.
    name: String,
}

/// Which of the two of a picture.
#[derive(Deserialize, IntoParams)]
struct SizeQuery {
    /// `small`: the one for the thread.
    size: Option<String>,
}

/// Give a file to a conversation that one writes in; the file itself is the body. It is seen by
/// nobody until a message names it, and forgotten when none does for a day. What it is says its
/// bytes: pictures are made anew, programs are refused.
#[utoipa::path(tag = "conversations", security(("bearer" = [])), params(NameQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = 201, body = ChatFile), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 413, body = ErrorBody),
    (status = 503, body = ErrorBody),
))]
#[post("/conversations/{id}/files")]
async fn give_file(
    rest: Data<Rest>,
    who: Anybody,
    request: HttpRequest,
    id: Path<String>,
    query: Query<NameQuery>,
    mut payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let id = conversation_id(&id)?;
    if !page(&rest, &who.0, id, MsgSeq(u64::MAX)).await?.inside {
        return Err(error(Trouble::Chat(Refused::NotInside)));
    }
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|it| it.to_str().ok()?.parse().ok());
    let taken = tokio::time::timeout(UPLOAD_MAX, async {
        let name = &query.name;
        take(&rest, &who.0, id, name, announced, &mut payload).await
    });
    match taken.await.map_err(|_| too_slow())? {
        Ok(file) => Ok(HttpResponse::Created().json(ChatFile::from(&file))),
        Err(refused) => {
            let left = tokio::time::timeout(LET_RUN_MAX, let_run(&mut payload)).await;
            // Whoever sends more than that sees a line that was cut instead of words.
            drop(left);
            Err(refused)
        }
    }
}

/// Lets a refused upload run out: a browser that still sends does not read why it was refused.
async fn let_run(payload: &mut Payload) {
    let mut bytes = 0;
    while let Some(Ok(piece)) = payload.next().await {
        bytes += piece.len();
        if bytes > LET_RUN_BYTES_MAX {
            return;
        }
    }
}

async fn take(
    rest: &Rest,
    who: &Identity,
    id: ConversationId,
    name: &str,
    announced: Option<u64>,
    payload: &mut Payload,
) -> Result<Attachment, ApiError> {
    let begun = rest.services.begin_upload(who.user, id, name, announced);
    let mut upload = begun.await?;
    loop {
        let piece = tokio::time::timeout(SILENCE_MAX, payload.next()).await;
        let Some(piece) = piece.map_err(|_| too_slow())? else {
            break;
        };
        let piece = piece.map_err(|_| ApiError::bad_request("The file did not arrive whole."))?;
        upload.take(&piece).await?;
    }
    Ok(rest.services.keep_upload(upload).await?)
}

fn too_slow() -> ApiError {
    ApiError::new(408, "timeout", "The file took too long to arrive.")
}

/// Take back a file that no message names yet.
#[utoipa::path(tag = "conversations", security(("bearer" = [])), responses(
    (status = 204), (status = 404, body = ErrorBody),
))]
#[delete("/conversations/{id}/files/{file}")]
async fn take_file_back(
    rest: Data<Rest>,
    who: Anybody,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (id, file) = (conversation_id(&path.0)?, file_id(&path.1)?);
    let back = rest.services.take_upload_back(who.0.user, id, file);
    back.await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A file of a message, for who may read that message.
#[utoipa::path(tag = "conversations", security(("bearer" = [])), params(SizeQuery), responses(
    (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
    (status = 404, body = ErrorBody),
))]
#[get("/conversations/{id}/messages/{seq}/files/{file}")]
async fn fetch_file(
    rest: Data<Rest>,
    who: Anybody,
    path: Path<(String, u64, String)>,
    query: Query<SizeQuery>,
) -> Result<HttpResponse, ApiError> {
    let (id, seq) = (conversation_id(&path.0)?, MsgSeq(path.1));
    let wanted = file_id(&path.2)?;
    let history = page(&rest, &who.0, id, MsgSeq(seq.0.saturating_add(1))).await?;
    let message = history.messages.iter().find(|it| it.seq == seq);
    let file = message.and_then(|it| it.files.iter().find(|it| it.id == wanted));
    let file = file.ok_or(ServiceError::NotFound)?;
    let small = file
        .picture
        .filter(|_| query.size.as_deref() == Some("small"));
    let (blob, kind) = match (small, file.picture) {
        (Some(it), _) => (it.small, "image/jpeg"),
        (None, Some(it)) if it.format == PictureFormat::Png => (file.blob, "image/png"),
        (None, Some(_)) => (file.blob, "image/jpeg"),
        (None, None) => (file.blob, "application/octet-stream"),
    };
    let opened = rest.services.open_content(blob).await?;
    let (content, bytes) = opened.ok_or_else(|| {
        tracing::error!(%blob, "a content of the folder of files is missing");
        ServiceError::NotFound
    })?;
    let shown = match file.picture {
        Some(_) => DispositionType::Inline,
        None => DispositionType::Attachment,
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header(named(shown, &file.name))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "sandbox; default-src 'none'",
        ))
        .body(SizedStream::new(bytes, pieces(content))))
}

/// The name for browsers that read only ASCII, and for those that read everything.
fn named(disposition: DispositionType, name: &str) -> ContentDisposition {
    let plain = |c: char| match c {
        ' '..='~' if !matches!(c, '"' | '\\' | '%') => c,
        _ => '_',
    };
    let extended = header::ExtendedValue {
        charset: header::Charset::Ext("UTF-8".into()),
        language_tag: None,
        value: name.as_bytes().to_vec(),
    };
    ContentDisposition {
        disposition,
        parameters: vec![
            DispositionParam::Filename(name.chars().map(plain).collect()),
            DispositionParam::FilenameExt(extended),
        ],
    }
}

fn pieces(content: fs::File) -> impl futures_util::Stream<Item = Result<Bytes, io::Error>> {
    stream::unfold(Some(content), |content| async {
        match next_piece(content?).await {
            Ok((_, piece)) if piece.is_empty() => None,
            Ok((content, piece)) => Some((Ok(piece), Some(content))),
            Err(error) => Some((Err(error), None)),
        }
    })
}

/// The last message before this one, for somebody who may read it.
async fn page(
    rest: &Rest,
    who: &Identity,
    id: ConversationId,
    before: MsgSeq,
) -> Result<History, ApiError> {
    let from = PageFrom::Before(before);
    let ask = ConversationAsk::History { from, limit: 1 };
    match converse(rest, who, id, ask).await? {
        Answer::History(history) => Ok(*history),
        _ => Err(error(Trouble::Chat(Refused::Busy))),
    }
}
