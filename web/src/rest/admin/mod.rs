//! What operators see and do beside what has a module of its own: people, meetings, orders, settings, setup,
//! and the switch for maintenance. Every handler takes [`ByAdmin`](super::who::ByAdmin); none shows what
//! people wrote to each other (C21).

mod maintenance;
mod meetings;
mod orders;
mod overview;
mod people;
mod settings;
mod setup;

use utoipa_actix_web::service_config::ServiceConfig;

pub use maintenance::MaintenanceBody;
pub use settings::{LayerBody, SectionBody, SettingBody, SettingsBody};
pub use setup::{SetupKey, SetupRefusal, SetupSource, SetupStanding, SetupWish};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .configure(maintenance::routes)
        .configure(meetings::routes)
        .configure(orders::routes)
        .configure(overview::routes)
        .configure(people::routes)
        .configure(settings::routes)
        .configure(setup::routes);
}
