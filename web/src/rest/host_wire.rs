//! The bodies of hosts' requests and answers. Prices are thousandths of a coin, as whole numbers.

use parlor_actors::services::{Block, HostPage, HostView, Hosts};
use parlor_domain::{
    event::MediaKind,
    host::{
        Draft, Profile, RateRules, Skill, SkillDraft,
        directory::{Filter, Sort},
    },
    money::MilliCoins,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::account_wire::Me;
use crate::wire::hosts::{HostCard, picture_url};

/// Something that a host offers.
#[derive(Serialize, Deserialize, ToSchema, Debug, Clone)]
#[serde(rename_all = "camelCase")]
pub struct HostService {
    /// Stays the same when the words change; leave it out for a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it is called.
    pub title: String,
    /// What is said about its price, in words.
    #[serde(default)]
    pub price_note: String,
    /// More about it.
    #[serde(default)]
    pub details: String,
}

impl From<&Skill> for HostService {
    fn from(it: &Skill) -> Self {
        Self {
            id: Some(it.id.to_string()),
            title: it.title.clone(),
            price_note: it.price_note.clone(),
            details: it.details.clone(),
        }
    }
}

impl From<HostService> for SkillDraft {
    fn from(it: HostService) -> Self {
        Self {
            // An id that is none is of no service that there is.
            id: it.id.and_then(|id| id.parse().ok()),
            title: it.title,
            price_note: it.price_note,
            details: it.details,
        }
    }
}

/// `PUT /api/me/host-profile`; the whole of it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HostProfileForm {
    /// One line below the name.
    #[serde(default)]
    pub title: String,
    /// Language tags, such as `en`.
    #[serde(default)]
    pub languages: Vec<String>,
    /// What the host is good at.
    #[serde(default)]
    pub specialties: Vec<String>,
    /// More.
    #[serde(default)]
    pub bio: String,
    /// What is offered.
    #[serde(default)]
    pub services: Vec<HostService>,
    /// Price of a minute with voices only, thousandths of a coin; none when it is not offered.
    pub audio_cost_per_min: Option<i64>,
    /// Price of a minute with pictures.
    pub video_cost_per_min: Option<i64>,
}

impl From<HostProfileForm> for Draft {
    fn from(it: HostProfileForm) -> Self {
        Self {
            title: it.title,
            languages: it.languages,
            specialties: it.specialties,
            bio: it.bio,
            skills: it.services.into_iter().map(SkillDraft::from).collect(),
            audio: it.audio_cost_per_min.map(MilliCoins),
            video: it.video_cost_per_min.map(MilliCoins),
        }
    }
}

/// What a host tells about himself.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HostProfile {
    /// One line below the name.
    pub title: String,
    /// Language tags, such as `en`.
    pub languages: Vec<String>,
    /// What the host is good at.
    pub specialties: Vec<String>,
    /// More.
    pub bio: String,
    /// What is offered.
    pub services: Vec<HostService>,
    /// Price of a minute with voices only, thousandths of a coin; none when it is not offered.
    pub audio_cost_per_min: Option<i64>,
    /// Price of a minute with pictures.
    pub video_cost_per_min: Option<i64>,
    /// Where the picture is.
    pub profile_picture_url: Option<String>,
    /// When it was made, epoch ms.
    pub created_at: i64,
    /// When it last changed, epoch ms.
    pub updated_at: i64,
}

impl From<&Profile> for HostProfile {
    fn from(it: &Profile) -> Self {
        Self {
            title: it.title.clone(),
            languages: it.languages.clone(),
            specialties: it.specialties.clone(),
            bio: it.bio.clone(),
            services: it.skills.iter().map(HostService::from).collect(),
            audio_cost_per_min: it.rates.audio.map(|price| price.0),
            video_cost_per_min: it.rates.video.map(|price| price.0),
            profile_picture_url: it.picture.map(picture_url),
            created_at: it.created_at.0,
            updated_at: it.updated_at.0,
        }
    }
}

/// What hosts may ask for, thousandths of a coin for a minute.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HostRateRules {
    /// Lowest price.
    pub least: i64,
    /// Highest price.
    pub most: i64,
}

impl From<&RateRules> for HostRateRules {
    fn from(it: &RateRules) -> Self {
        Self {
            least: it.least.0,
            most: it.most.0,
        }
    }
}

/// `POST /api/me/host-application`
#[derive(Deserialize, ToSchema, Default)]
pub struct ApplicationForm {
    /// Why, for the admin who decides.
    #[serde(default)]
    pub message: String,
}

/// Somebody on the road to being a host: the account, and what was asked and answered.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HostApplication {
    /// The account.
    #[serde(flatten)]
    pub account: Me,
    /// What was written to whoever decides.
    pub message: String,
    /// When it was last asked, epoch ms.
    pub asked_at: Option<i64>,
    /// What was said to the last decision.
    pub reason: String,
    /// When that was, epoch ms.
    pub decided_at: Option<i64>,
    /// The profile.
    pub profile: HostProfile,
}

impl From<&HostView> for HostApplication {
    fn from(it: &HostView) -> Self {
        Self {
            account: Me::from(&it.account),
            message: it.letter.message.clone(),
            asked_at: it.letter.asked_at.map(|at| at.0),
            reason: it.letter.reason.clone(),
            decided_at: it.letter.decided_at.map(|at| at.0),
            profile: HostProfile::from(&it.profile),
        }
    }
}

/// Oneself as a host.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MyHost {
    /// The account, the application and the profile.
    #[serde(flatten)]
    pub host: HostApplication,
    /// What hosts may ask for.
    pub rules: HostRateRules,
    /// Switched on; apart from being connected.
    pub is_online: bool,
}

/// `PUT /api/me/host-online`
#[derive(Deserialize, ToSchema)]
pub struct HostOnline {
    /// On or off.
    pub online: bool,
}

/// What somebody looks for in `GET /api/hosts`; what is left out matters not.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct HostsWanted {
    /// Words that are found in name, title, specialties or services.
    #[serde(default)]
    pub search: String,
    /// A language tag; `pt` also finds `pt-BR`.
    pub language: Option<String>,
    /// A specialty.
    pub specialty: Option<String>,
    /// `audio` or `video`: offers it.
    pub kind: Option<String>,
    /// Most for a minute, thousandths of a coin.
    pub cost_per_min_max: Option<i64>,
    /// Only who is there, perhaps busy.
    #[serde(default)]
    pub online: bool,
    /// `best` (the best rated first; also when absent), `name` or `price`. Who is there comes before
    /// who is not, but not in the order of prices.
    pub sort: Option<String>,
    /// How many of the found ones to leave out, for the next page.
    #[serde(default)]
    pub skip: usize,
}

impl From<&HostsWanted> for Filter {
    fn from(it: &HostsWanted) -> Self {
        let some = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        Self {
            words: it.search.chars().take(100).collect(),
            language: some(&it.language),
            specialty: some(&it.specialty),
            kind: match it.kind.as_deref() {
                Some("audio") => Some(MediaKind::Audio),
                Some("video") => Some(MediaKind::Video),
                _ => None,
            },
            most: it.cost_per_min_max.map(MilliCoins),
            there: it.online,
            sort: it.sort.as_deref().and_then(Sort::parse).unwrap_or_default(),
        }
    }
}

/// One host of the directory, with all that they tell.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HostDetails {
    /// As in the directory.
    #[serde(flatten)]
    pub card: HostCard,
    /// More about the host.
    pub bio: String,
    /// What is offered.
    pub services: Vec<HostService>,
}

impl From<&HostPage> for HostDetails {
    fn from(it: &HostPage) -> Self {
        Self {
            card: HostCard::from(&it.card),
            bio: it.profile.bio.clone(),
            services: it.profile.skills.iter().map(HostService::from).collect(),
        }
    }
}

/// A page of the directory.
#[derive(Serialize, ToSchema)]
pub struct HostList {
    /// Who was found: who can be called now first, then by name.
    pub hosts: Vec<HostCard>,
    /// How many were found in all.
    pub total: usize,
    /// Languages to choose from, the most frequent first.
    pub languages: Vec<String>,
    /// Specialties to choose from.
    pub specialties: Vec<String>,
}

impl From<&Hosts> for HostList {
    fn from(it: &Hosts) -> Self {
        Self {
            hosts: it.found.cards.iter().map(HostCard::from).collect(),
            total: it.found.total,
            languages: it.languages.clone(),
            specialties: it.specialties.clone(),
        }
    }
}

/// Somebody whom one blocked.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BlockedPerson {
    /// Who.
    pub user_id: String,
    /// What they were called then.
    pub name: String,
    /// Since when, epoch ms.
    pub blocked_at: i64,
}

impl From<&Block> for BlockedPerson {
    fn from(it: &Block) -> Self {
        Self {
            user_id: it.user.to_string(),
            name: it.name.clone(),
            blocked_at: it.at.0,
        }
    }
}

/// What an admin looks for in `GET /api/admin/hosts`.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HostAccountsWanted {
    /// `approved`, `pending`, `rejected` or `suspended`; all of them when absent.
    pub status: Option<String>,
    /// How many of the found ones to leave out, for the next page.
    #[serde(default)]
    pub skip: usize,
}

/// A page of hosts as an admin sees them.
#[derive(Serialize, ToSchema)]
pub struct HostAccounts {
    /// By name.
    pub hosts: Vec<HostApplication>,
    /// How many were found in all.
    pub total: usize,
}
