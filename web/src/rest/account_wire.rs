//! The bodies of signing up, logging in and one's own account.

use parlor_actors::services::{DeviceView, Session, tokens::role_word};
use parlor_domain::{account::Account, identity::Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /api/auth/signup`
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignUpBody {
    /// The name others will see.
    pub name: String,
    /// Where mail reaches them.
    pub email: String,
    /// Ten characters or more.
    pub password: String,
    /// Language of mails and pages, such as `en`.
    pub language: Option<String>,
    /// IANA zone, such as `Africa/Nairobi`.
    pub time_zone: Option<String>,
    /// Apply to be a host at once.
    #[serde(default)]
    pub wants_to_host: bool,
    /// The version of the terms and the privacy notice that was agreed to (`GET /api/texts`); needed where
    /// there are any.
    pub agreed_to: Option<String>,
}

/// `POST /api/auth/verify`
#[derive(Deserialize, ToSchema)]
pub struct TokenBody {
    /// From the link.
    pub token: String,
}

/// `POST /api/auth/login`
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogInBody {
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
    /// A code of the authenticator app or a recovery code, where the account has a second factor.
    pub code: Option<String>,
    /// What to call this device in the list of devices.
    pub device_name: Option<String>,
}

/// `POST /api/auth/reset-request`
#[derive(Deserialize, ToSchema)]
pub struct EmailBody {
    /// The address.
    pub email: String,
}

/// `POST /api/auth/reset`
#[derive(Deserialize, ToSchema)]
pub struct ResetBody {
    /// From the link.
    pub token: String,
    /// The new password.
    pub password: String,
    /// A code of the authenticator app or a recovery code, where the account has a second factor.
    pub code: Option<String>,
}

/// `POST /api/setup`
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetUpBody {
    /// From the link on the terminal.
    pub token: String,
    /// The admin's name.
    pub name: String,
    /// The admin's address.
    pub email: String,
    /// The admin's password.
    pub password: String,
    /// Language of mails and pages.
    pub language: Option<String>,
    /// IANA zone.
    pub time_zone: Option<String>,
}

/// Words for the person.
#[derive(Serialize, ToSchema)]
pub struct Said {
    /// The words.
    pub message: String,
}

/// One's own account.
#[derive(Serialize, Deserialize, ToSchema, Debug, Clone)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// Who.
    pub user_id: String,
    /// The name others see.
    pub name: String,
    /// Where mail reaches them.
    pub email: String,
    /// `client`, `host` or `admin`.
    pub role: String,
    /// `none`, `pending`, `approved`, `rejected` or `suspended`.
    pub host_status: String,
    /// Language of mails and pages.
    pub language: String,
    /// IANA zone.
    pub time_zone: String,
    /// Telephone.
    pub phone: Option<String>,
    /// Gender in their own words.
    pub gender: Option<String>,
    /// When the account was made.
    pub created_at: i64,
    /// Whether the address is proven.
    pub email_verified: bool,
    /// Whether the operator asks a second factor of this admin, who has none: until then a host.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub second_factor_due: bool,
    /// Whether the terms or the privacy notice are new to this person, who is to be asked to agree.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub agreement_due: bool,
}

impl Me {
    /// The same, of an account for which it is known whether a second factor or an agreement is due.
    pub fn of(account: &Account, second_factor_due: bool, agreement_due: bool) -> Self {
        let me = Self {
            agreement_due,
            ..Self::from(account)
        };
        match second_factor_due {
            true => Self {
                role: role_word(Role::Host).to_owned(),
                second_factor_due,
                ..me
            },
            false => me,
        }
    }
}

/// `GET /api/me`
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Own {
    /// The account.
    #[serde(flatten)]
    pub account: Me,
    /// What can be spent, in thousandths of a coin.
    pub wallet_balance: i64,
}

impl From<&Account> for Me {
    fn from(it: &Account) -> Self {
        Self {
            user_id: it.id.to_string(),
            name: it.name.clone(),
            email: it.email.as_str().to_owned(),
            role: role_word(it.role()).to_owned(),
            host_status: it.host.word().to_owned(),
            language: it.language.clone(),
            time_zone: it.time_zone.clone(),
            phone: it.phone.clone(),
            gender: it.gender.clone(),
            created_at: it.created_at.0,
            email_verified: it.email_verified_at.is_some(),
            second_factor_due: false,
            agreement_due: false,
        }
    }
}

/// A login. Its refresh token is in the cookie `parlor_refresh`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionBody {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// When the token ends.
    pub expires_at: i64,
    /// Whose.
    pub user: Me,
}

impl From<&Session> for SessionBody {
    fn from(it: &Session) -> Self {
        Self {
            access_token: it.access_token.clone(),
            expires_at: it.expires_at.0,
            user: Me::of(&it.account, it.second_factor_due, it.agreement_due),
        }
    }
}

/// `PUT /api/me`; a field that is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeChange {
    /// The name others see.
    pub name: Option<String>,
    /// Language of mails and pages.
    pub language: Option<String>,
    /// IANA zone.
    pub time_zone: Option<String>,
    /// Telephone; empty removes it.
    pub phone: Option<String>,
    /// Gender; empty removes it.
    pub gender: Option<String>,
}

/// `POST /api/me/password`
#[derive(Deserialize, ToSchema)]
pub struct PasswordBody {
    /// The password until now.
    pub current: String,
    /// The new one.
    pub password: String,
}

/// One of one's own devices.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Which.
    pub login_id: String,
    /// What it is called.
    pub device_name: String,
    /// When it logged in.
    pub created_at: i64,
    /// When it was last used.
    pub last_seen_at: i64,
    /// Whether it is the one asking.
    pub current: bool,
}

impl From<DeviceView> for Device {
    fn from(it: DeviceView) -> Self {
        Self {
            login_id: it.login.to_string(),
            device_name: it.name,
            created_at: it.created_at.0,
            last_seen_at: it.last_seen_at.0,
            current: it.current,
        }
    }
}

/// `POST /api/admin/host-applications/{userId}`
#[derive(Deserialize, ToSchema)]
pub struct Decision {
    /// Yes or no.
    pub approve: bool,
    /// Words for the person in question, at most 1,000 characters.
    #[serde(default)]
    pub reason: String,
}
