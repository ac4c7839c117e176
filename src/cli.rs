//! The command line: parse, load the configuration, call.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::{
    app, backup, books,
    config::{self, Config, Source},
    doctor, health, logs,
};

#[derive(Parser)]
#[command(
    name = "parlor",
    version,
    about = "Booked and paid conversations over video, on your own server."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server.
    Serve(Serve),
    /// Say whether a configuration can be started with, and what is wrong.
    CheckConfig {
        #[command(flatten)]
        file: File,
        /// Print a configuration file with every key and its default instead.
        #[arg(long)]
        example: bool,
    },
    /// Manage the people who operate the server.
    #[command(subcommand)]
    Admin(Admin),
    /// Look at the books.
    #[command(subcommand)]
    Ledger(Ledger),
    /// Make a backup of the running server, or of a stopped one: everything in one file.
    Backup(backup::BackupArgs),
    /// Make a data folder out of a backup, and prove that it is what was backed up.
    Restore(backup::RestoreArgs),
    /// Look at a running server from outside and say what is not well, with remedies.
    #[command(subcommand)]
    Doctor(Doctor),
    /// Print the version.
    Version,
    /// Ask a running server how it is; the exit code is 0 only when it is well.
    Health {
        #[command(flatten)]
        file: File,
        /// Address of the server; by default the first of server.listen.
        #[arg(long)]
        url: Option<String>,
    },
}

#[derive(Args)]
pub struct File {
    /// Configuration file; by default ./config.toml, then /etc/parlor/config.toml, then none.
    #[arg(long, short)]
    config: Option<PathBuf>,
}

/// How `serve` was asked to run.
#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    file: File,
    /// For development on this machine: mails are shown at /dev/mailbox and the relay accepts
    /// loopback peers. Only with loopback addresses in server.listen.
    #[arg(long)]
    pub dev: bool,
    /// Development mode with a host, a client and a meeting ready to join.
    #[arg(long)]
    pub demo: bool,
}

#[derive(Subcommand)]
enum Admin {
    /// Print a one-time link with which somebody becomes an admin.
    Create {
        #[command(flatten)]
        file: File,
    },
}

#[derive(Subcommand)]
enum Ledger {
    /// Prove the books of a stopped server, or of a copy of its data folder: reads every entry and
    /// names the first one that is wrong. The exit code is 0 only when they are true.
    Verify {
        #[command(flatten)]
        file: File,
        /// The data folder; by default server.data_dir.
        #[arg(long)]
        data: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
enum Doctor {
    /// Ask the running server for its last backup: how old it is, and what became of it.
    Backup {
        #[command(flatten)]
        file: File,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Try every address of the relay that browsers are given, its certificate, and the machine.
    Relay {
        #[command(flatten)]
        file: File,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        /// A STUN server elsewhere, as host:port, to ask which address the world sees.
        #[arg(long)]
        stun: Option<String>,
    },
}

/// Runs the command that was given.
pub fn run() -> Result<ExitCode> {
    match Cli::parse().command {
        Command::Serve(serve) => {
            let mut config = serve.file.load()?;
            if serve.dev || serve.demo {
                config.allow_loopback_for_development()?;
            }
            logs::start(&config.log)?;
            app::serve(
                config,
                app::Mode {
                    development: serve.dev || serve.demo,
                    demo: serve.demo,
                },
            )?;
            Ok(ExitCode::SUCCESS)
        }
        Command::CheckConfig { example: true, .. } => {
            print!("{}", Config::render());
            Ok(ExitCode::SUCCESS)
        }
        Command::CheckConfig { file, .. } => {
            file.load()?;
            println!("The configuration is fine.");
            Ok(ExitCode::SUCCESS)
        }
        Command::Admin(Admin::Create { file }) => {
            println!("{}", app::create_admin_link(&file.load()?)?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Ledger(Ledger::Verify { file, data }) => books::verify(&file.load()?, data),
        Command::Backup(arguments) => backup::run(arguments),
        Command::Restore(arguments) => backup::restore(&arguments),
        Command::Doctor(Doctor::Backup { file, json }) => {
            doctor::print(&[doctor::backup(&file.load()?)?], json)
        }
        Command::Doctor(Doctor::Relay { file, json, stun }) => {
            doctor::print(&doctor::relay(&file.load()?, stun.as_deref())?, json)
        }
        Command::Version => {
            println!("parlor {}", env!("CARGO_PKG_VERSION"));
            Ok(ExitCode::SUCCESS)
        }
        Command::Health { file, url } => health::ask(url, &file.load()?),
    }
}

impl File {
    /// Loads it.
    ///
    /// # Errors
    /// When it cannot be started with; the text says what is wrong.
    pub fn load(&self) -> Result<Config> {
        Ok(config::load(
            Source::find(self.config.as_deref())?,
            std::env::vars(),
        )?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
