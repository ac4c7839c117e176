//! Hosts: one's own profile and application, and the answers of admins.

use actix_web::{
    HttpResponse, delete, get, post, put,
    web::{Data, Json, Path, Query},
};
use parlor_actors::services::HostView;
use parlor_domain::{
    account::HostStatus,
    host::{Draft, directory::Filter},
    id::UserId,
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Rest,
    account_wire::Decision,
    host_wire::{
        ApplicationForm, BlockedPerson, HostAccounts, HostAccountsWanted, HostApplication,
        HostDetails, HostList, HostOnline, HostProfileForm, HostRateRules, HostsWanted, MyHost,
    },
    who::{ByAdmin, ByMember, Visitor},
};
use crate::error::{ApiError, ErrorBody, missing};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(my_profile)
        .service(save_profile)
        .service(switch)
        .service(directory)
        .service(one_host)
        .service(blocks)
        .service(block)
        .service(unblock)
        .service(apply)
        .service(applications)
        .service(host_accounts)
        .service(decide);
}

pub(super) fn mine(rest: &Rest, view: &HostView) -> Json<MyHost> {
    Json(MyHost {
        host: HostApplication::from(view),
        rules: HostRateRules::from(&rest.services.config().rates),
        is_online: view.online,
    })
}

/// Oneself as a host: profile, prices, application and its answer.
#[utoipa::path(tag = "hosts", security(("bearer" = [])), responses((status = 200, body = MyHost)))]
#[get("/me/host-profile")]
async fn my_profile(rest: Data<Rest>, who: ByMember) -> Result<Json<MyHost>, ApiError> {
    Ok(mine(&rest, &rest.services.my_host(who.0)?))
}

/// Save what one tells about oneself as a host, the whole of it. Who is no host yet may prepare it.
#[utoipa::path(tag = "hosts", security(("bearer" = [])), request_body = HostProfileForm, responses(
    (status = 200, body = MyHost), (status = 400, body = ErrorBody),
))]
#[put("/me/host-profile")]
async fn save_profile(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<HostProfileForm>,
) -> Result<Json<MyHost>, ApiError> {
    let draft = Draft::from(body.into_inner());
    Ok(mine(
        &rest,
        &rest.services.save_profile(who.0, &draft).await?,
    ))
}

/// Switch oneself on or off for calls, apart from being connected.
#[utoipa::path(tag = "hosts", security(("bearer" = [])), request_body = HostOnline, responses(
    (status = 200, body = MyHost), (status = 403, body = ErrorBody),
))]
#[put("/me/host-online")]
async fn switch(
    rest: Data<Rest>,
    who: ByMember,
    body: Json<HostOnline>,
) -> Result<Json<MyHost>, ApiError> {
    rest.services.switch_host(who.0, body.online).await?;
    Ok(mine(&rest, &rest.services.my_host(who.0)?))
}

/// Hosts in one page of the directory.
const PAGE_HOSTS: usize = 30;

/// Look through the hosts.
#[utoipa::path(tag = "hosts", security(("bearer" = [])), params(HostsWanted), responses(
    (status = 200, body = HostList),
))]
#[get("/hosts")]
async fn directory(
    rest: Data<Rest>,
    who: ByMember,
    wanted: Query<HostsWanted>,
) -> Result<Json<HostList>, ApiError> {
    let filter = Filter::from(&*wanted);
    let page = (wanted.skip, PAGE_HOSTS);
    let hosts = rest.services.hosts(who.0.user, &filter, page);
    Ok(Json(HostList::from(&hosts)))
}

/// One host, with all that they tell. For everybody: who has the address of the page was given it.
#[utoipa::path(tag = "hosts", params(("userId" = String, Path)), responses(
    (status = 200, body = HostDetails), (status = 404, body = ErrorBody),
))]
#[get("/hosts/{userId}")]
async fn one_host(
    rest: Data<Rest>,
    who: Visitor,
    host: Path<String>,
) -> Result<Json<HostDetails>, ApiError> {
    let host: UserId = host.parse().map_err(|_| no_host())?;
    let page = rest.services.host_page(who.user(), host);
    let mut details = HostDetails::from(&page.map_err(|_| no_host())?);
    if who.0.is_none() {
        // When somebody was last there is for those who have an account here.
        details.card.last_online_at = None;
    }
    Ok(Json(details))
}

/// Whom one blocked.
#[utoipa::path(tag = "hosts", security(("bearer" = [])), responses(
    (status = 200, body = [BlockedPerson]),
))]
#[get("/me/blocks")]
async fn blocks(rest: Data<Rest>, who: ByMember) -> Result<Json<Vec<BlockedPerson>>, ApiError> {
    let all = rest.services.blocks(who.0)?;
    Ok(Json(all.iter().map(BlockedPerson::from).collect()))
}

/// Block somebody: they cannot call, write to, or see on line who blocked them, and are not told so.
/// A call of the two that goes on is ended. Again is harmless.
#[utoipa::path(tag = "hosts", security(("bearer" = [])), params(("userId" = String, Path)), responses(
    (status = 204), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[put("/me/blocks/{userId}")]
async fn block(
    rest: Data<Rest>,
    who: ByMember,
    user: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let user: UserId = user.parse().map_err(|_| no_account())?;
    let blocked = rest.services.block(who.0, user).await;
    blocked.map_err(missing(no_account))?;
    Ok(HttpResponse::NoContent().finish())
}

/// Let somebody come again; harmless when they were not blocked.
#[utoipa::path(tag = "hosts", security(("bearer" = [])), params(("userId" = String, Path)), responses(
    (status = 204), (status = 404, body = ErrorBody),
))]
#[delete("/me/blocks/{userId}")]
async fn unblock(
    rest: Data<Rest>,
    who: ByMember,
    user: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let user: UserId = user.parse().map_err(|_| no_account())?;
    rest.services.unblock(who.0, user).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Apply to be a host. A second application changes nothing while the first one waits.
#[utoipa::path(tag = "hosts", security(("bearer" = [])), request_body = ApplicationForm, responses(
    (status = 200, body = HostApplication), (status = 409, body = ErrorBody),
))]
#[post("/me/host-application")]
async fn apply(
    rest: Data<Rest>,
    who: ByMember,
    body: Option<Json<ApplicationForm>>,
) -> Result<Json<HostApplication>, ApiError> {
    let form = body.map(Json::into_inner).unwrap_or_default();
    let view = rest.services.apply_to_host(who.0, &form.message).await?;
    Ok(Json(HostApplication::from(&view)))
}

/// Who waits to be made a host.
#[utoipa::path(tag = "hosts", security(("bearer" = [])), responses(
    (status = 200, body = [HostApplication]), (status = 403, body = ErrorBody),
))]
#[get("/admin/host-applications")]
async fn applications(
    rest: Data<Rest>,
    admin: ByAdmin,
) -> Result<Json<Vec<HostApplication>>, ApiError> {
    let all = rest.services.host_applications(admin.0)?;
    Ok(Json(all.iter().map(HostApplication::from).collect()))
}

/// Hosts in one page of the admin's list.
const PAGE_ACCOUNTS: usize = 50;

/// Hosts, and who was one or wants to be, by name.
#[utoipa::path(tag = "hosts", security(("bearer" = [])), params(HostAccountsWanted), responses(
    (status = 200, body = HostAccounts), (status = 403, body = ErrorBody),
))]
#[get("/admin/hosts")]
async fn host_accounts(
    rest: Data<Rest>,
    admin: ByAdmin,
    wanted: Query<HostAccountsWanted>,
) -> Result<Json<HostAccounts>, ApiError> {
    let words = HostStatus::WORDS.into_iter();
    let standing = wanted.status.as_deref().filter(|word| !word.is_empty());
    let standing = standing.map(|wanted| {
        let found = words.clone().find(|(_, word)| *word == wanted);
        let unknown = || ApiError::bad_request("There is no such standing.");
        found.map(|(status, _)| status).ok_or_else(unknown)
    });
    let page = (wanted.skip, PAGE_ACCOUNTS);
    let found = rest
        .services
        .host_accounts(admin.0, standing.transpose()?, page)?;
    Ok(Json(HostAccounts {
        hosts: found.0.iter().map(HostApplication::from).collect(),
        total: found.1,
    }))
}

/// Answer an application, take the right back from a host, or restore it.
#[utoipa::path(tag = "hosts", security(("bearer" = [])), request_body = Decision,
    params(("userId" = String, Path)), responses(
    (status = 200, body = HostApplication), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody),
))]
#[post("/admin/host-applications/{userId}")]
async fn decide(
    rest: Data<Rest>,
    admin: ByAdmin,
    user: Path<String>,
    body: Json<Decision>,
) -> Result<Json<HostApplication>, ApiError> {
    let user: UserId = user.parse().map_err(|_| no_account())?;
    let decided = rest
        .services
        .decide_host(admin.0, user, body.approve, &body.reason)
        .await;
    let decided = decided.map_err(missing(no_account))?;
    Ok(Json(HostApplication::from(&decided)))
}

pub(super) fn no_host() -> ApiError {
    ApiError::new(404, "not_found", "There is no such host.")
}

pub(super) fn no_account() -> ApiError {
    ApiError::new(404, "not_found", "There is no such account.")
}
