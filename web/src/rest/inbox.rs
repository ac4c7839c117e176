//! The conversations that somebody has with other people: the list, one of them, what is wanted of
//! it, a search through all, and a copy to take along. What is said in one is `conversations`.

use actix_web::{
    HttpResponse, get,
    http::header,
    put,
    web::{self, Bytes, Data, Json, Path, Query},
};
use futures_util::stream;
use parlor_actors::services::{ConversationView, Hit, ServiceError};
use parlor_domain::{access::Member, conversation::ConversationId, conversation::MsgSeq};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Rest, conversations::conversation_id, who::ByMember};
use crate::{
    error::{ApiError, ErrorBody},
    wire::{chat::ChatMessage, hosts::picture_url},
};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(conversations)
        .service(search_messages)
        .service(conversation)
        .service(keep_conversation)
        .service(export_conversation);
}

/// A conversation with somebody, as the asker sees it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationBody {
    /// Which.
    pub conversation_id: String,
    /// With whom.
    pub user_id: String,
    /// Their name.
    pub user_name: String,
    /// Their picture.
    pub picture_url: Option<String>,
    /// The asker may write now.
    pub writable: bool,
    /// The last message; none before the first.
    pub last_message: Option<ChatMessage>,
    /// So many messages of the other are unread; not counted beyond 100.
    pub unread: usize,
    /// The asker's read marker.
    pub read_seq: u64,
    /// What was said arrived at the other, up to this message.
    pub other_delivered_seq: u64,
    /// The other has read up to this message, as far as they show it.
    pub other_read_seq: u64,
    /// No sound, no toast, no number.
    pub muted: bool,
    /// Put away, until somebody writes again.
    pub archived: bool,
}

impl From<ConversationView> for ConversationBody {
    fn from(it: ConversationView) -> Self {
        let last = it.last.as_ref().map_or(MsgSeq::ZERO, |it| it.seq);
        Self {
            conversation_id: it.id.to_string(),
            user_id: it.other.to_string(),
            user_name: it.name,
            picture_url: it.picture.map(picture_url),
            writable: it.writable,
            last_message: it.last.as_ref().map(ChatMessage::from),
            unread: it.unread,
            read_seq: it.read.0,
            other_delivered_seq: it.reached.0.0,
            other_read_seq: it.reached.1.0,
            muted: it.kept.muted,
            archived: it.kept.is_archived(last),
        }
    }
}

/// `GET /api/conversations`
#[derive(Serialize, ToSchema)]
pub struct ConversationList {
    /// The last written one first.
    pub conversations: Vec<ConversationBody>,
}

/// What the asker wants of a conversation; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
struct KeepBody {
    /// No sound, no toast, no number.
    muted: Option<bool>,
    /// Put away, until somebody writes again.
    archived: Option<bool>,
}

/// What to look for.
#[derive(Deserialize, IntoParams)]
struct SearchQuery {
    /// Words, 2 to 100 characters, in any case of letters.
    q: String,
}

/// A message that was searched for.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HitBody {
    /// Where.
    pub conversation_id: String,
    /// With whom.
    pub user_name: String,
    /// What.
    pub message: ChatMessage,
}

impl From<Hit> for HitBody {
    fn from(it: Hit) -> Self {
        Self {
            conversation_id: it.id.to_string(),
            user_name: it.name,
            message: ChatMessage::from(&it.message),
        }
    }
}

/// What a search found.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HitList {
    /// At most 50, the latest first.
    pub hits: Vec<HitBody>,
    /// There may be more.
    pub has_more: bool,
}

/// The asker's conversations with other people.
#[utoipa::path(tag = "conversations", security(("bearer" = [])), responses(
    (status = 200, body = ConversationList),
))]
#[get("/conversations")]
async fn conversations(
    rest: Data<Rest>,
    who: ByMember,
) -> Result<Json<ConversationList>, ApiError> {
    let all = rest.services.conversations(who.0)?;
    Ok(Json(ConversationList {
        conversations: all.into_iter().map(Into::into).collect(),
    }))
}

/// Words in everything that the asker wrote or was written.
#[utoipa::path(tag = "conversations", security(("bearer" = [])), params(SearchQuery), responses(
    (status = 200, body = HitList), (status = 400, body = ErrorBody),
))]
#[get("/conversations/search")]
async fn search_messages(
    rest: Data<Rest>,
    who: ByMember,
    query: Query<SearchQuery>,
) -> Result<Json<HitList>, ApiError> {
    let services = rest.services.clone();
    let words = query.into_inner().q;
    let searched = web::block(move || services.search_messages(who.0, &words)).await;
    let found = searched.map_err(|_| ServiceError::Overloaded)??;
    Ok(Json(HitList {
        hits: found.hits.into_iter().map(Into::into).collect(),
        has_more: found.more,
    }))
}

/// One conversation with somebody, also before its first message. Its name is the ids of the two,
/// the smaller one first, with `_` between them.
#[utoipa::path(tag = "conversations", security(("bearer" = [])), responses(
    (status = 200, body = ConversationBody), (status = 404, body = ErrorBody),
))]
#[get("/conversations/{id}")]
async fn conversation(
    rest: Data<Rest>,
    who: ByMember,
    id: Path<String>,
) -> Result<Json<ConversationBody>, ApiError> {
    let view = rest.services.conversation(who.0, conversation_id(&id)?)?;
    Ok(Json(view.into()))
}

/// Mute a conversation or put it away, or take that back. It is the asker's alone.
#[utoipa::path(tag = "conversations", security(("bearer" = [])), request_body = KeepBody, responses(
    (status = 200, body = ConversationBody), (status = 404, body = ErrorBody),
))]
#[put("/conversations/{id}/settings")]
async fn keep_conversation(
    rest: Data<Rest>,
    who: ByMember,
    id: Path<String>,
    body: Json<KeepBody>,
) -> Result<Json<ConversationBody>, ApiError> {
    let id = conversation_id(&id)?;
    let kept = rest
        .services
        .keep_conversation(who.0, id, body.muted, body.archived)
        .await?;
    Ok(Json(kept.into()))
}

/// What is exported, as the document says it; it is written a part at a time.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its shape is used")]
struct ExportedBody {
    #[schema(inline)]
    #[serde(flatten)]
    head: ExportHead,
    messages: Vec<ChatMessage>,
}

/// The head of an exported conversation; its messages follow.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ExportHead {
    conversation_id: String,
    user_id: String,
    user_name: String,
    exported_at: i64,
}

/// Everything that was said in a conversation, as a file: a JSON object with `messages`.
#[utoipa::path(tag = "conversations", security(("bearer" = [])), responses(
    (status = 200, body = ExportedBody, content_type = "application/json"),
    (status = 404, body = ErrorBody),
))]
#[get("/conversations/{id}/export")]
async fn export_conversation(
    rest: Data<Rest>,
    who: ByMember,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = conversation_id(&id)?;
    let view = rest.services.conversation(who.0, id)?;
    let head = ExportHead {
        conversation_id: id.to_string(),
        user_id: view.other.to_string(),
        user_name: view.name,
        exported_at: rest.services.now().0,
    };
    let head = serde_json::to_string(&head).map_err(|it| ServiceError::Internal(it.to_string()))?;
    let head = format!("{},\"messages\":[", head.trim_end_matches('}'));
    let begin = Export::Head(head);
    let parts = stream::unfold(begin, move |part| {
        let rest = rest.clone();
        async move { next_part(&rest, who.0, id, part) }
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"conversation.json\"",
        ))
        .streaming(parts))
}

/// How far an export is; a page at a time, so that a long conversation is never in memory whole.
enum Export {
    Head(String),
    After(MsgSeq),
    Done,
}

fn next_part(
    rest: &Rest,
    who: Member,
    id: ConversationId,
    part: Export,
) -> Option<(Result<Bytes, ApiError>, Export)> {
    let after = match part {
        Export::Head(head) => return Some((Ok(Bytes::from(head)), Export::After(MsgSeq::ZERO))),
        Export::After(after) => after,
        Export::Done => return None,
    };
    let page = match rest.services.messages_after(who, id, after) {
        // Nobody wrote yet.
        Err(ServiceError::NotFound) => Vec::new(),
        Err(error) => return Some((Err(error.into()), Export::Done)),
        Ok(page) => page,
    };
    let Some(last) = page.last().map(|it| it.seq) else {
        return Some((Ok(Bytes::from_static(b"]}\n")), Export::Done));
    };
    let texts: Result<Vec<_>, _> = page
        .iter()
        .map(|it| serde_json::to_string(&ChatMessage::from(it)))
        .collect();
    let part = match texts {
        Ok(texts) => {
            let comma = if after == MsgSeq::ZERO { "\n" } else { ",\n" };
            Ok(Bytes::from(format!("{comma}{}", texts.join(",\n"))))
        }
        Err(error) => Err(ServiceError::Internal(error.to_string()).into()),
    };
    let next = if part.is_ok() {
        Export::After(last)
    } else {
        Export::Done
    };
    Some((part, next))
}
