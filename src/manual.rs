//! Man pages and shell completions, made from the one declaration of the command line when a package
//! is built. Nothing here runs in a server.

use std::{fs, io, path::Path};

use anyhow::{Context, Result};
use clap::Command;
use clap_complete::{Shell, generate_to};
use clap_mangen::{
    Man,
    roff::{Roff, roman},
};

/// What the page of the program says beyond its options.
const FILES: [(&str, &str); 3] = [
    (
        "/etc/parlor/config.toml",
        "Settings. Those that are not set have the defaults of /usr/share/doc/parlor/examples/config.toml; environment variables such as PARLOR__SERVER__PUBLIC_URL win.",
    ),
    (
        "/var/lib/parlor",
        "What the service keeps: store, journal, files, generated secrets.",
    ),
    (
        "/var/lib/parlor-backups",
        "What parlor-backup.timer writes each night.",
    ),
];

/// Writes `man1/*.1`, `parlor.bash`, `_parlor` and `parlor.fish` into the folder.
///
/// # Errors
/// When it cannot be written.
pub fn write(mut command: Command, to: &Path) -> Result<()> {
    let pages = to.join("man1");
    fs::create_dir_all(&pages).with_context(|| format!("cannot make {}", pages.display()))?;
    command = command.disable_help_subcommand(true);
    command.build();
    write_pages(&command, &pages).context("cannot write a man page")?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        let name = command.get_name().to_owned();
        generate_to(shell, &mut command, name, to).context("cannot write completions")?;
    }
    Ok(())
}

/// One for the program and one for each of its commands, `parlor-backup-verify.1` too.
fn write_pages(command: &Command, to: &Path) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    if !name.contains('-') {
        page.extend(files().to_roff().bytes());
    }
    fs::write(to.join(format!("{name}.1")), page)?;
    command
        .get_subcommands()
        .filter(|it| !it.is_hide_set())
        .try_for_each(|it| write_pages(it, to))
}

fn files() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["FILES"]);
    for (path, words) in FILES {
        roff.control("TP", []);
        roff.text([roman(path)]);
        roff.text([roman(words)]);
    }
    roff
}
