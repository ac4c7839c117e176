//! Setup: the few questions whose answers are different on every server, asked on the terminal or in the
//! browser, tried out before they are written, and in force with the next start.
//!
//! `wish` is what a page sends; `dialog` asks on a terminal.
//!
//! It never touches the operator's config.toml: what it writes lies in the data folder.

mod answers;
mod dialog;
pub mod wish;

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
    process::ExitCode,
    thread,
    time::Duration,
};

use anyhow::Result;
use clap::Args;

use self::dialog::Dialog;
pub use answers::{Answers, KEYS, may_set};

use crate::{app, config::Config, control, doctor};

/// How long a server may take to come back.
const BACK: Duration = Duration::from_secs(60);

/// What the command is given.
#[derive(Args)]
pub struct SetupArgs {
    /// Configuration file; by default ./config.toml, then /etc/parlor/config.toml, then none.
    #[arg(long, short)]
    config: Option<PathBuf>,
    /// An answer, such as mail.smtp_host=smtp.example.org, instead of being asked; may come again.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Only write the answers; the running server goes on with what it has.
    #[arg(long)]
    no_restart: bool,
}

/// Asks, tries, writes, and lets the running server begin anew with it.
///
/// # Errors
/// When an answer is impossible, or nothing can be written.
pub fn run(arguments: &SetupArgs) -> Result<ExitCode> {
    let mut answers = Answers::begin(arguments.config.as_deref())?;
    if arguments.set.is_empty() {
        let hidden = io::stdin().is_terminal();
        let mut dialog = Dialog::new(io::stdin().lock(), io::stdout().lock());
        dialog.hidden = hidden.then_some(|words| rpassword::prompt_password(words));
        dialog.ask(&mut answers)?;
    } else {
        for answer in &arguments.set {
            let (name, value) = answer
                .split_once('=')
                .ok_or_else(|| anyhow::anyhow!("{answer:?} is not of the form KEY=VALUE"))?;
            answers.set(name.trim(), value.trim())?;
        }
    }
    let config = answers.config()?;
    let data_dir = app::data_dir(&config)?;
    let path = answers.save(&data_dir)?;
    println!("Written: {}", path.display());
    if arguments.no_restart {
        return Ok(ExitCode::SUCCESS);
    }
    match control::restart(&data_dir)? {
        None => println!(
            "No server runs: start it (sudo systemctl start parlor), and these answers are in force."
        ),
        Some(before) => {
            println!("The server begins anew ...");
            wait_for(&config, &before)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Waits until it began another time than before, and prints how one becomes its admin.
fn wait_for(config: &Config, before: &str) -> Result<()> {
    let data_dir = app::data_dir(config)?;
    let began = std::time::Instant::now();
    while began.elapsed() < BACK {
        thread::sleep(Duration::from_millis(200));
        if let Ok(Some(now)) = control::process(&data_dir)
            && now != before
        {
            println!("It runs at {}.", config.server.public_url);
            if let Ok(Some(link)) = control::first_admin(&data_dir)
                && !link.is_empty()
            {
                println!("Open this link once, and you are its first admin:\n  {link}");
            }
            println!("`parlor doctor` looks whether the world can reach it.");
            return Ok(());
        }
    }
    anyhow::bail!(
        "the server did not come back within a minute; its log says why (journalctl -u parlor)"
    )
}

/// Whether mail server and payment service take what is configured; nothing is sent or bought.
pub fn tried(config: &Config) -> Vec<doctor::Finding> {
    doctor::outgoing(config.clone())
}
