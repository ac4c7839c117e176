//! Who is asking: extractors that turn a request into rights. A handler that takes one of these
//! cannot run without the check.

use std::{future::Ready, net::IpAddr};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header, web};
use parlor_actors::services::{Booker, ServiceError};
use parlor_domain::{
    access::{Admin, Member},
    id::UserId,
    identity::Identity,
};
use uuid::Uuid;

use super::{Rest, trail};
use crate::{
    error::ApiError,
    limits::{
        Counted,
        class::{self, Class},
    },
};

/// Anybody with a good token, also a guest.
pub struct Anybody(pub Identity);

/// Somebody with an account.
pub struct ByMember(pub Member, pub Identity);

/// Somebody who operates the server.
pub struct ByAdmin(pub Admin);

/// Somebody without a login, within the limit of their address.
pub struct Stranger;

/// Somebody who may have an account, or not; without one within the limit of their address. The
/// guest of a room is nobody anywhere else.
pub struct Visitor(pub Option<Member>);

/// Says that somebody is not there.
pub(super) fn nobody() -> ApiError {
    ApiError::new(404, "not_found", "There is no such person.")
}

/// Whom a path or a form names by id.
pub(super) fn person(text: &str) -> Result<UserId, ApiError> {
    text.parse().map_err(|_| nobody())
}

impl Visitor {
    /// The account; for a stranger that of nobody, whom no host has blocked.
    pub fn user(&self) -> UserId {
        self.0.map_or(UserId(Uuid::nil()), |who| who.user)
    }

    /// Who books: the account, or the address and name that a stranger gives.
    pub fn booker(
        &self,
        rest: &Rest,
        email: Option<String>,
        name: Option<String>,
    ) -> Result<Booker, ApiError> {
        match (self.0, email) {
            (Some(who), _) => Ok(Booker::Member(who)),
            (None, Some(email)) => {
                // A stranger's wish sends a mail to an address that they chose.
                rest.limiter.mail(&email, rest.services.now())?;
                let name = name.unwrap_or_default();
                Ok(Booker::Guest { email, name })
            }
            (None, None) => Err(ApiError::no_token()),
        }
    }
}

impl FromRequest for Visitor {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if token(request).is_none() {
            let counted = rest(request).and_then(|rest| count_address(rest, request));
            return std::future::ready(counted.map(|()| Self(None)));
        }
        let who = Anybody::from_request(request, payload).into_inner();
        std::future::ready(who.map(|who| Self(Member::try_from(&who.0).ok())))
    }
}

impl FromRequest for Anybody {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(identity(request).map(Self))
    }
}

impl FromRequest for ByMember {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(identity(request).and_then(|who| {
            let member = Member::try_from(&who).map_err(|_| ServiceError::Forbidden)?;
            Ok(Self(member, who))
        }))
    }
}

impl FromRequest for ByAdmin {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(identity(request).and_then(|who| {
            let admin = Admin::try_from(&who).map_err(|_| ServiceError::Forbidden)?;
            Ok(Self(admin))
        }))
    }
}

impl FromRequest for Stranger {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(
            rest(request).and_then(|rest| count_address(rest, request).map(|()| Self)),
        )
    }
}

pub(super) fn rest(request: &HttpRequest) -> Result<&Rest, ApiError> {
    request
        .app_data::<web::Data<Rest>>()
        .map(|data| data.get_ref())
        .ok_or_else(|| ServiceError::Internal("the REST interface is not mounted".into()).into())
}

/// Whom the token names. A bad token counts for the address: trying tokens is not free.
fn identity(request: &HttpRequest) -> Result<Identity, ApiError> {
    let rest = rest(request)?;
    let found = match token(request) {
        None => Err(ApiError::no_token()),
        Some(token) => rest
            .services
            .who(token, rest.services.now())
            .map_err(|why| ServiceError::from(why).into()),
    };
    match found {
        Ok(who) => {
            trail::known(request, &who);
            count_account(rest, request, who.user)?;
            if class::of(request.path()) == Some(Class::Calls) {
                count_address(rest, request)?;
            }
            Ok(who)
        }
        Err(refused) => {
            count_address(rest, request)?;
            Err(refused)
        }
    }
}

/// The token of `Authorization: Bearer` or `x-auth-token` (R016). The scheme's name has any case.
pub(super) fn token(request: &HttpRequest) -> Option<&str> {
    let header = |name: &str| request.headers().get(name)?.to_str().ok();
    let bearer = header(header::AUTHORIZATION.as_str())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token);
    bearer
        .or_else(|| header("x-auth-token"))
        .map(str::trim)
        .filter(|token| !token.is_empty())
}

/// What of this request was counted, for the answer's headers.
#[derive(Default)]
pub(super) struct Shares(pub(super) Vec<Counted>);

fn note(request: &HttpRequest, counted: Counted) -> Result<(), ApiError> {
    let mut extensions = request.extensions_mut();
    if !extensions.contains::<Shares>() {
        extensions.insert(Shares::default());
    }
    if let Some(shares) = extensions.get_mut::<Shares>() {
        shares.0.push(counted);
    }
    counted.check()
}

/// One request of the caller's address, out of the bucket of the path's class.
pub(super) fn count_address(rest: &Rest, request: &HttpRequest) -> Result<(), ApiError> {
    let class = class::of(request.path()).unwrap_or(Class::Account);
    match address(rest, request) {
        Some(ip) => note(
            request,
            rest.limiter.address(class, ip, rest.services.now()),
        ),
        None => Ok(()),
    }
}

/// One request of this account.
pub(super) fn count_account(
    rest: &Rest,
    request: &HttpRequest,
    user: UserId,
) -> Result<(), ApiError> {
    note(request, rest.limiter.account(user, rest.services.now()))
}

/// Where a request comes from.
pub(super) fn address(rest: &Rest, request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    Some(rest.config.trusted_proxies.client(peer, request.headers()))
}

/// What the device calls itself: its own words, or what its User-Agent says in two words.
pub(super) fn device_name(request: &HttpRequest, own: Option<&str>) -> String {
    if let Some(own) = own.filter(|own| !own.trim().is_empty()) {
        return own.to_owned();
    }
    let agent = request.headers().get(header::USER_AGENT);
    let agent = agent.and_then(|value| value.to_str().ok()).unwrap_or("");
    let find = |words: &[(&str, &'static str)]| {
        let hit = words.iter().find(|(sign, _)| agent.contains(sign));
        hit.map(|(_, name)| *name)
    };
    let browser = find(&[
        ("Firefox/", "Firefox"),
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = find(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => String::new(),
    }
}
