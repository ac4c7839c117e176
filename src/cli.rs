//! The command line: parse, load the configuration, call.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::{
    alert, app, audit, backup, books,
    config::{self, Config, Origins, Source},
    doctor, export, health, house_texts, logs, maintenance, manual, retention, seals, setup,
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
    /// Ask what is different on every server (name, certificate, mail, payment), try it, write it, and let
    /// the running server begin anew with it.
    Setup(setup::SetupArgs),
    /// Manage the people who operate the server.
    #[command(subcommand)]
    Admin(Admin),
    /// Look at the books.
    #[command(subcommand)]
    Ledger(Ledger),
    /// See what is kept about people and for how long, and remove what is too old.
    #[command(subcommand)]
    Retention(Retention),
    /// Look at the audit log: who tried to reach what.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// The keys that rows of the database are sealed with.
    #[command(subcommand)]
    Key(seals::KeyCommand),
    /// Hold back what people begin, and tell everybody why; calls that go on are not touched.
    #[command(subcommand)]
    Maintenance(maintenance::Maintenance),
    /// Write all rows of the database as lines of JSON, of one moment, while the server goes on.
    Export(export::ExportArgs),
    /// Make a data folder of such lines, and prove its books.
    Import(export::ImportArgs),
    /// Make a backup of the running server, or of a stopped one: everything in one file.
    Backup(backup::BackupArgs),
    /// Make a data folder out of a backup, and prove that it is what was backed up.
    Restore(backup::RestoreArgs),
    /// Look at the server and what it stands on: names, ports, certificate, clock, disk, mail, payments,
    /// backup. Says what is not well, with remedies; the exit code is 1 when something failed.
    Doctor(DoctorArgs),
    /// The ways by which the server tells its operator something.
    #[command(subcommand)]
    Alert(Alert),
    /// Print the version.
    Version,
    /// Write man pages and completions for shells into a folder, as packages need them.
    #[command(hide = true)]
    Manual {
        /// The folder; made when it is not there.
        #[arg(long)]
        to: PathBuf,
    },
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
    /// Switch off the second factor of somebody who lost the phone and the recovery codes, and log
    /// them out everywhere. Be sure that it is them who ask.
    ResetSecondFactor {
        #[command(flatten)]
        file: File,
        /// The e-mail address of the account.
        email: String,
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
enum Alert {
    /// Let the running server send a test by every way that is configured. The exit code is 0 only when
    /// each was taken.
    Test {
        #[command(flatten)]
        file: File,
    },
}

#[derive(Args)]
struct DoctorArgs {
    #[command(subcommand)]
    part: Option<Part>,
    #[command(flatten)]
    how: Look,
}

/// How the doctor looks.
#[derive(Args)]
struct Look {
    #[command(flatten)]
    file: File,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// A STUN server elsewhere, as host:port, to ask which address the world sees.
    #[arg(long)]
    stun: Option<String>,
}

#[derive(Subcommand)]
enum Retention {
    /// Ask the running server, class by class: how many rows, the oldest, how long they are kept, what
    /// the last night removed and what a sweep would remove now.
    Report {
        #[command(flatten)]
        file: File,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Let the running server remove now what is too old, as it does every night.
    Purge {
        #[command(flatten)]
        file: File,
        /// Remove nothing, and say what would be removed.
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Subcommand)]
enum Part {
    /// Only the last backup: how old it is, and what became of it.
    Backup(Look),
    /// Only every address of the relay that browsers are given, its certificate, and the machine.
    Relay(Look),
}

/// Runs the command that was given.
pub fn run() -> Result<ExitCode> {
    match Cli::parse().command {
        Command::Serve(serve) => {
            let (mut config, mut origins) = serve.file.load_known()?;
            if serve.dev || serve.demo {
                let before = config.clone();
                config.allow_loopback_for_development()?;
                let flag = if serve.demo { "--demo" } else { "--dev" };
                origins.note_flag(&before, &config, flag);
            }
            logs::start(&config.log)?;
            let again = app::serve(
                config,
                &origins,
                app::Mode {
                    development: serve.dev || serve.demo,
                    demo: serve.demo,
                },
            )?;
            if again {
                app::begin_again()?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Setup(arguments) => setup::run(&arguments),
        Command::CheckConfig { example: true, .. } => {
            print!("{}", Config::render());
            Ok(ExitCode::SUCCESS)
        }
        Command::CheckConfig { file, .. } => {
            house_texts::load(&file.load()?)?;
            println!("The configuration is fine.");
            Ok(ExitCode::SUCCESS)
        }
        Command::Admin(Admin::Create { file }) => {
            println!("{}", app::create_admin_link(&file.load()?)?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Admin(Admin::ResetSecondFactor { file, email }) => {
            println!("{}", app::reset_second_factor(&file.load()?, &email)?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Maintenance(wanted) => maintenance::run(&wanted),
        Command::Ledger(Ledger::Verify { file, data }) => books::verify(&file.load()?, data),
        Command::Retention(Retention::Report { file, json }) => {
            retention::report(&file.load()?, json)
        }
        Command::Retention(Retention::Purge { file, dry_run }) => {
            retention::purge(&file.load()?, dry_run)
        }
        Command::Audit(command) => audit::run(command),
        Command::Export(arguments) => export::export(&arguments),
        Command::Import(arguments) => export::import(&arguments),
        Command::Key(command) => seals::run(&command),
        Command::Backup(arguments) => backup::run(arguments),
        Command::Restore(arguments) => backup::restore(&arguments),
        Command::Doctor(DoctorArgs { part, how }) => {
            let (how, look): (Look, fn(Config, Option<String>) -> _) = match part {
                None => (how, doctor::everything),
                Some(Part::Relay(how)) => (how, doctor::relay),
                Some(Part::Backup(how)) => (how, |config, _| doctor::backup(config)),
            };
            doctor::print(&look(how.file.load()?, how.stun), how.json)
        }
        Command::Alert(Alert::Test { file }) => alert::test(&file.load()?),
        Command::Version => {
            println!("parlor {}", env!("CARGO_PKG_VERSION"));
            Ok(ExitCode::SUCCESS)
        }
        Command::Manual { to } => {
            manual::write(Cli::command(), &to)?;
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
        Ok(self.load_known()?.0)
    }

    /// Loads it, and where everything in it comes from.
    ///
    /// # Errors
    /// When it cannot be started with; the text says what is wrong.
    pub fn load_known(&self) -> Result<(Config, Origins)> {
        let source = Source::find(self.config.as_deref())?;
        let setup = Source::of_setup(&source, std::env::vars())?;
        Ok(config::load_known(source, setup, std::env::vars())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_a_man_page_and_completions_know_it() {
        let folder = tempfile::tempdir().unwrap();
        manual::write(Cli::command(), folder.path()).unwrap();
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        let shells = ["parlor.bash", "_parlor", "parlor.fish"].map(read);
        for command in Cli::command()
            .get_subcommands()
            .filter(|it| !it.is_hide_set())
        {
            let name = command.get_name();
            let page = read(&format!("man1/parlor-{name}.1"));
            assert!(page.contains("DESCRIPTION"), "{name}: {page}");
            assert!(shells.iter().all(|it| it.contains(name)), "{name}");
        }
        let page = read("man1/parlor.1");
        assert!(page.contains("/etc/parlor/config.toml"), "{page}");
        assert!(!page.contains("manual"), "it is for packages: {page}");
    }
}
