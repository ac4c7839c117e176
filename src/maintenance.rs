//! `parlor maintenance`: the switch of the administration, from the command line. A running server is
//! asked over its control socket; without one the store is written, and the next start finds it.

use std::{path::Path, process::ExitCode};

use anyhow::Result;
use clap::{Args, Subcommand};
use parlor_web::rest::admin::MaintenanceBody;

use crate::{app, cli::File, control};

/// What to do with the switch.
#[derive(Subcommand)]
pub enum Maintenance {
    /// Hold things back and tell everybody. Without --joins, --bookings and --payments: all three.
    On {
        #[command(flatten)]
        file: File,
        #[command(flatten)]
        what: What,
    },
    /// Everything as usual.
    Off {
        #[command(flatten)]
        file: File,
    },
    /// Say how it stands.
    Status {
        #[command(flatten)]
        file: File,
    },
}

/// What is held back.
#[derive(Args)]
pub struct What {
    /// What everybody reads on every page, at most 500 characters.
    #[arg(long, default_value = "")]
    message: String,
    /// Nobody enters a room in which no call goes on, and nobody calls a host.
    #[arg(long)]
    joins: bool,
    /// Nobody makes or books a meeting.
    #[arg(long)]
    bookings: bool,
    /// Nobody buys coins.
    #[arg(long)]
    payments: bool,
    /// Only tell the message.
    #[arg(long, conflicts_with_all = ["joins", "bookings", "payments"], requires = "message")]
    message_only: bool,
}

impl What {
    fn wanted(&self) -> MaintenanceBody {
        let all = !(self.joins || self.bookings || self.payments || self.message_only);
        MaintenanceBody {
            message: self.message.clone(),
            joins: self.joins || all,
            bookings: self.bookings || all,
            payments: self.payments || all,
        }
    }
}

/// Turns it, or asks, and prints how it stands.
///
/// # Errors
/// When the configuration cannot be loaded, or the server or the store refuses.
pub fn run(command: &Maintenance) -> Result<ExitCode> {
    let (file, wanted) = match command {
        Maintenance::On { file, what } => (file, Some(what.wanted())),
        Maintenance::Off { file } => (
            file,
            Some(parlor_domain::maintenance::Maintenance::default().into()),
        ),
        Maintenance::Status { file } => (file, None),
    };
    let config = file.load()?;
    let standing =
        match control::turn_maintenance(Path::new(&config.server.data_dir), wanted.as_ref())? {
            Some(standing) => standing,
            None => {
                if let Some(wanted) = wanted {
                    app::set_maintenance(&config, wanted.into())?;
                }
                app::maintenance(&config)?.into()
            }
        };
    println!("{}", words(&standing));
    Ok(ExitCode::SUCCESS)
}

fn words(it: &MaintenanceBody) -> String {
    let held: Vec<_> = [
        (it.joins, "joining"),
        (it.bookings, "booking"),
        (it.payments, "buying"),
    ]
    .into_iter()
    .filter_map(|(on, word)| on.then_some(word))
    .collect();
    let held = match held.as_slice() {
        [] => "Nothing is held back.".into(),
        held => format!(
            "Held back: {}. Calls that go on are not touched.",
            held.join(", ")
        ),
    };
    match it.message.as_str() {
        "" => held,
        message => format!("{held} Everybody reads: {message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_alone_holds_everything_and_a_part_only_that() {
        let what = |joins, message_only| What {
            message: "Soon back".into(),
            joins,
            bookings: false,
            payments: false,
            message_only,
        };
        let held = |it: &What| {
            let wanted = it.wanted();
            (wanted.joins, wanted.bookings, wanted.payments)
        };
        assert_eq!(held(&what(false, false)), (true, true, true));
        assert_eq!(held(&what(true, false)), (true, false, false));
        assert_eq!(held(&what(false, true)), (false, false, false));
        assert_eq!(
            words(&what(true, false).wanted()),
            "Held back: joining. Calls that go on are not touched. Everybody reads: Soon back"
        );
    }
}
