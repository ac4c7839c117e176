//! Hosts in the directory: the card that a listing has and that watchers are told, so that what was
//! told and what is fetched are the same thing.

use parlor_domain::host::{Card, News, Picture};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a host stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HostLive {
    /// Can be called.
    Online,
    /// Is in a call or in a meeting; one may stand in line.
    Busy,
    /// Is switched on, but no device is connected.
    Away,
    /// Is switched off.
    Offline,
}

/// A host in the directory, whole: whatever was known of the same host before is replaced by it.
/// `host-online`: can be called from now on, or is busy; `host-offline`: cannot be called any more;
/// `host-updated`: anything else. Not kept for who is away: watch and fetch again after a `welcome`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HostCard {
    /// Who.
    pub user_id: String,
    /// The name.
    pub name: String,
    /// One line below it.
    pub title: String,
    /// Language tags.
    pub languages: Vec<String>,
    /// What the host is good at.
    pub specialties: Vec<String>,
    /// Price of a minute with voices only, thousandths of a coin; absent when it is not offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio_cost_per_min: Option<i64>,
    /// Price of a minute with pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video_cost_per_min: Option<i64>,
    /// Where the picture is, 512 pixels square; with `-small` before the dot, 128 pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_picture_url: Option<String>,
    /// How the host stands, as far as the receiver may know.
    pub status: HostLive,
    /// When the host was last there, epoch ms; absent while there, and before the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_online_at: Option<i64>,
    /// Mean of the stars in hundredths, 100 to 500; absent before the first review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating_centi: Option<u64>,
    /// How many reviews.
    pub ratings: u64,
    /// How many calls were completed.
    pub total_calls: u64,
    /// Is in the directory; false only in an event, when a host has left it.
    pub listed: bool,
}

/// Where a picture is.
pub fn picture_url(picture: Picture) -> String {
    format!("/pictures/{picture}.jpg")
}

impl From<&Card> for HostCard {
    fn from(it: &Card) -> Self {
        use parlor_domain::host::Live;
        Self {
            user_id: it.user.to_string(),
            name: it.name.clone(),
            title: it.title.clone(),
            languages: it.languages.clone(),
            specialties: it.specialties.clone(),
            audio_cost_per_min: it.rates.audio.map(|price| price.0),
            video_cost_per_min: it.rates.video.map(|price| price.0),
            profile_picture_url: it.picture.map(picture_url),
            status: match it.live {
                Live::Online => HostLive::Online,
                Live::Busy => HostLive::Busy,
                Live::Away => HostLive::Away,
                Live::Offline => HostLive::Offline,
            },
            last_online_at: it.last_online_at.map(|at| at.0),
            rating_centi: it.tally.mean_centi(),
            ratings: it.tally.ratings,
            total_calls: it.tally.calls,
            listed: it.listed,
        }
    }
}

/// The name of the event.
pub(super) fn name(news: News) -> &'static str {
    match news {
        News::Online => "host-online",
        News::Offline => "host-offline",
        News::Updated => "host-updated",
    }
}

/// A client said how a call with you was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReviewReceived {
    /// After which call.
    pub call_id: String,
    /// What the client is called in public.
    pub author: String,
    /// 1 to 5.
    pub stars: u8,
}
