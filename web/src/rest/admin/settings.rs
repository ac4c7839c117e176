//! The settings of the running server, made from their declaration: what each is about, its default,
//! what it is now and where that comes from. Read only: a file that an operator keeps under version
//! control must not be written by its server. A secret's value never leaves the process.

use std::sync::Arc;

use actix_web::{
    get,
    web::{Data, Json},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::super::{Rest, who::ByAdmin};
use crate::error::{ApiError, ErrorBody};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(settings);
}

/// Where a value stands. The last layer of a setting is the one that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LayerBody {
    /// `file`, `setup`, `environment`, `secret_file` or `command`.
    pub from: String,
    /// The file with its line, the variable, the file of the secret, or the flag.
    pub place: String,
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SettingBody {
    /// Its name within the section.
    pub key: String,
    /// What it is about.
    pub about: String,
    /// As `config.toml` would say it.
    pub default: String,
    /// The same of what it is now; null for a secret.
    pub value: Option<String>,
    /// It is a secret: only whether it is set is said.
    pub secret: bool,
    /// It is not as by default; for a secret, whether there is one.
    pub changed: bool,
    /// The page of setup asks for it.
    pub in_setup: bool,
    /// Where it was set, the weakest first; none: nowhere.
    pub layers: Vec<LayerBody>,
}

/// A section of settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SectionBody {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub about: String,
    /// Its settings, as they are declared.
    pub keys: Vec<SettingBody>,
}

/// `GET /api/admin/settings`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct SettingsBody {
    /// The file that was read; null when there was none.
    pub file: Option<String>,
    /// As they are declared.
    pub sections: Vec<SectionBody>,
}

/// Every setting: what it is about, its default, what it is and where that comes from. Read when the
/// server started.
#[utoipa::path(tag = "admin", operation_id = "server_settings", security(("bearer" = [])), responses(
    (status = 200, body = SettingsBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
))]
#[get("/admin/settings")]
async fn settings(rest: Data<Rest>, _admin: ByAdmin) -> Result<Json<SettingsBody>, ApiError> {
    let known: Option<&Arc<SettingsBody>> = rest.settings.as_ref();
    let known = known.ok_or_else(|| {
        ApiError::new(404, "not_found", "This server does not tell its settings.")
    })?;
    Ok(Json(SettingsBody::clone(known)))
}
