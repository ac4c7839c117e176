//! Conversations without a socket: the history, and the same commands that the socket has.

use actix_web::{
    HttpRequest, delete, get, post, put,
    web::{Data, Json, Path, Query},
};
use parlor_actors::{
    conversation::{HISTORY_MAX, History},
    link::{Answer, ConversationAsk, Trouble},
    ports::PageFrom,
    services::ServiceError,
};
use parlor_domain::{
    conversation::{ClientMsgId, ConversationId, Member, MsgSeq, Refused},
    file::FILES_PER_MESSAGE_MAX,
    id::{FileId, UserId},
    identity::Identity,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::{Rest, who::Anybody};
use crate::{
    error::{ApiError, ErrorBody},
    wire::{
        chat::{ChatMessage, WrittenAck},
        event::ErrorCode,
        outward,
    },
};

/// Messages of a page that asks for no number.
const PAGE: usize = 50;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(messages)
        .service(send)
        .service(edit)
        .service(take_back)
        .service(read);
}

/// Which page.
#[derive(Deserialize, IntoParams)]
struct PageQuery {
    /// The last messages before this one; without it, the newest.
    before: Option<u64>,
    /// The first messages after this one.
    after: Option<u64>,
    /// So many, at most 100.
    limit: Option<usize>,
}

/// Somebody who is or was in a conversation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberBody {
    /// Who.
    pub user_id: String,
    /// The name.
    pub user_name: String,
    /// In it now.
    pub inside: bool,
    /// May take back what others wrote.
    pub moderator: bool,
    /// Messages arrived there up to this one.
    pub delivered_seq: u64,
    /// Read up to this one, as far as it is shown to others; one's own is exact.
    pub read_seq: u64,
}

impl MemberBody {
    fn new(me: UserId, user: UserId, it: &Member) -> Self {
        Self {
            user_id: user.to_string(),
            user_name: it.name.clone(),
            inside: it.inside,
            moderator: it.moderator,
            delivered_seq: it.delivered.0,
            read_seq: if me == user { it.read.0 } else { it.shown.0 },
        }
    }
}

/// A page of a conversation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessagesBody {
    /// Which.
    pub conversation_id: String,
    /// The last number that the asker may read.
    pub last_msg_seq: u64,
    /// The asker may write.
    pub inside: bool,
    /// Oldest first.
    pub messages: Vec<ChatMessage>,
    /// There are more in the direction that was asked for.
    pub has_more: bool,
    /// Who is or was in it.
    pub members: Vec<MemberBody>,
    /// Files are taken here up to this size, bytes; nothing where none are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_bytes_max: Option<u64>,
}

impl MessagesBody {
    fn new(me: UserId, id: ConversationId, it: &History, file_bytes_max: Option<u64>) -> Self {
        let members = it.members.iter();
        Self {
            conversation_id: id.to_string(),
            last_msg_seq: it.last.0,
            inside: it.inside,
            messages: it.messages.iter().map(ChatMessage::from).collect(),
            has_more: it.more,
            members: members
                .map(|(user, member)| MemberBody::new(me, *user, member))
                .collect(),
            file_bytes_max,
        }
    }
}

/// What to say.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SendBody {
    /// The words; may be empty beside files.
    text: String,
    /// The message that it answers.
    reply_to: Option<u64>,
    /// Files that were given to this conversation before (`fileId`), at most 10.
    #[serde(default)]
    files: Vec<String>,
}

/// What a message says from now on.
#[derive(Deserialize, ToSchema)]
struct EditBody {
    /// The new words.
    text: String,
}

/// How far somebody has read.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReadBody {
    /// Up to this message.
    up_to_seq: u64,
    /// Others are not told.
    #[serde(default)]
    private: bool,
}

/// The history of a conversation, for who is or was in it.
#[utoipa::path(tag = "conversations", security(("bearer" = [])), params(PageQuery), responses(
    (status = 200, body = MessagesBody), (status = 404, body = ErrorBody),
))]
#[get("/conversations/{id}/messages")]
async fn messages(
    rest: Data<Rest>,
    who: Anybody,
    id: Path<String>,
    page: Query<PageQuery>,
) -> Result<Json<MessagesBody>, ApiError> {
    let from = match (page.before, page.after) {
        (None, Some(after)) => PageFrom::After(MsgSeq(after)),
        (before, _) => PageFrom::Before(MsgSeq(before.unwrap_or(u64::MAX))),
    };
    let limit = page.limit.unwrap_or(PAGE).min(HISTORY_MAX);
    let id = conversation_id(&id)?;
    let ask = ConversationAsk::History { from, limit };
    match converse(&rest, &who.0, id, ask).await? {
        Answer::History(history) => {
            let files = rest.services.config().files.taken_in(id);
            let body = MessagesBody::new(who.0.user, id, &history, files);
            Ok(Json(body))
        }
        _ => Err(error(Trouble::Chat(Refused::Busy))),
    }
}

/// Say something. The `Idempotency-Key` is the message's `clientMsgId`.
#[utoipa::path(tag = "conversations", security(("bearer" = [])), request_body = SendBody,
    params(("Idempotency-Key" = String, Header)), responses(
    (status = 200, body = WrittenAck), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[post("/conversations/{id}/messages")]
async fn send(
    rest: Data<Rest>,
    who: Anybody,
    request: HttpRequest,
    id: Path<String>,
    body: Json<SendBody>,
) -> Result<Json<WrittenAck>, ApiError> {
    let body = body.into_inner();
    let files = body.files.iter().take(FILES_PER_MESSAGE_MAX + 1);
    let files: Result<Vec<_>, _> = files.map(|it| file_id(it)).collect();
    let ask = ConversationAsk::Send {
        key: key(&request)?,
        text: body.text,
        reply_to: body.reply_to.map(MsgSeq),
        files: files?,
    };
    write(&rest, &who.0, &id, ask).await
}

/// Change an own message, for a while.
#[utoipa::path(tag = "conversations", security(("bearer" = [])), request_body = EditBody,
    params(("Idempotency-Key" = String, Header)), responses(
    (status = 200, body = WrittenAck), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[put("/conversations/{id}/messages/{seq}")]
async fn edit(
    rest: Data<Rest>,
    who: Anybody,
    request: HttpRequest,
    path: Path<(String, u64)>,
    body: Json<EditBody>,
) -> Result<Json<WrittenAck>, ApiError> {
    let ask = ConversationAsk::Change {
        key: key(&request)?,
        seq: MsgSeq(path.1),
        text: Some(body.into_inner().text),
    };
    write(&rest, &who.0, &path.0, ask).await
}

/// Take an own message back, for a while.
#[utoipa::path(tag = "conversations", security(("bearer" = [])),
    params(("Idempotency-Key" = String, Header)), responses(
    (status = 200, body = WrittenAck), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[delete("/conversations/{id}/messages/{seq}")]
async fn take_back(
    rest: Data<Rest>,
    who: Anybody,
    request: HttpRequest,
    path: Path<(String, u64)>,
) -> Result<Json<WrittenAck>, ApiError> {
    let ask = ConversationAsk::Change {
        key: key(&request)?,
        seq: MsgSeq(path.1),
        text: None,
    };
    write(&rest, &who.0, &path.0, ask).await
}

/// Move the own read marker forward.
#[utoipa::path(tag = "conversations", security(("bearer" = [])), request_body = ReadBody, responses(
    (status = 200, body = ReadBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[put("/conversations/{id}/read")]
async fn read(
    rest: Data<Rest>,
    who: Anybody,
    id: Path<String>,
    body: Json<ReadBody>,
) -> Result<Json<ReadBody>, ApiError> {
    let private = body.private;
    let ask = ConversationAsk::Read {
        up_to: MsgSeq(body.up_to_seq),
        private,
    };
    match converse(&rest, &who.0, conversation_id(&id)?, ask).await? {
        Answer::ReadUpTo(seq) => Ok(Json(ReadBody {
            up_to_seq: seq.0,
            private,
        })),
        _ => Err(error(Trouble::Chat(Refused::Busy))),
    }
}

async fn write(
    rest: &Rest,
    who: &Identity,
    id: &str,
    ask: ConversationAsk,
) -> Result<Json<WrittenAck>, ApiError> {
    match converse(rest, who, conversation_id(id)?, ask).await? {
        Answer::Written { done, duplicate } => Ok(Json(WrittenAck {
            msg_seq: done.seq.0,
            at: done.at.0,
            duplicate,
        })),
        _ => Err(error(Trouble::Chat(Refused::Busy))),
    }
}

pub(super) async fn converse(
    rest: &Rest,
    who: &Identity,
    id: ConversationId,
    ask: ConversationAsk,
) -> Result<Answer, ApiError> {
    let asked = rest.services.converse(who, id, ask).await;
    asked.map_err(error)
}

pub(super) fn conversation_id(text: &str) -> Result<ConversationId, ApiError> {
    text.parse()
        .map_err(|_| error(Trouble::Chat(Refused::NotFound)))
}

pub(super) fn file_id(text: &str) -> Result<FileId, ApiError> {
    text.parse()
        .map_err(|_| ApiError::from(ServiceError::NotFound))
}

fn key(request: &HttpRequest) -> Result<ClientMsgId, ApiError> {
    let key = request.headers().get("idempotency-key");
    let key = key.and_then(|key| key.to_str().ok());
    let key = key.and_then(|key| Uuid::try_parse(key).ok());
    key.map(ClientMsgId)
        .ok_or_else(|| ApiError::bad_request("The Idempotency-Key is not a UUID."))
}

/// The socket's table of codes and words, with the status of each.
pub(super) fn error(trouble: Trouble) -> ApiError {
    use ErrorCode as C;
    let data = outward::trouble_data(trouble);
    let (status, code) = match data.code {
        C::NotFound => (404, "not_found"),
        C::Forbidden => (403, "forbidden"),
        C::NotAdmitted => (403, "not_admitted"),
        C::TooLate => (409, "too_late"),
        C::Conflict => (409, "conflict"),
        C::BadRequest => (400, "bad_request"),
        C::PayloadTooLarge => (413, "payload_too_large"),
        C::RateLimited => (429, "rate_limited"),
        C::Unavailable => (503, "unavailable"),
        _ => (500, "internal"),
    };
    let mut error = ApiError::new(status, code, &data.message);
    error.body.field = data.field;
    error.body.retryable = data.retryable.then_some(true);
    error
}
