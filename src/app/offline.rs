//! Commands of an operator that a running server carries out, and that are carried out here when none runs: in
//! the store itself. Opens no port, so that whatever has the port meanwhile does not matter, and makes nothing
//! that is not there: a command in the wrong folder must not look as if it had worked.

use std::{fs, os::unix::fs::MetadataExt, path::Path};

use anyhow::{Result, bail, ensure};
use parlor_actors::services::Services;
use parlor_data::{Store, nouns};
use parlor_domain::maintenance::Maintenance;

use super::{Ground, open_store, services};
use crate::{config::Config, control};

/// A one-time link for an admin: from the running server, or from the store when none runs.
///
/// # Errors
/// When the server refuses or the store cannot be opened.
pub fn create_admin_link(config: &Config) -> Result<String> {
    if let Some(link) = control::admin_link(Path::new(&config.server.data_dir))? {
        return Ok(link);
    }
    with_services(config, async |services| Ok(services.admin_link().await?))
}

/// Turns the switch for maintenance of a server that does not run.
///
/// # Errors
/// When the store cannot be opened or refuses.
pub fn set_maintenance(config: &Config, wanted: Maintenance) -> Result<()> {
    with_services(config, async |services| {
        Ok(services.set_maintenance_by_hand(wanted).await?)
    })?;
    Ok(())
}

/// How the switch for maintenance of a server that does not run stands.
///
/// # Errors
/// When the store cannot be opened.
pub fn maintenance(config: &Config) -> Result<Maintenance> {
    let store = store(config)?;
    let standing = nouns::maintenance::load(&store);
    store.close();
    Ok(standing?)
}

/// Switches somebody's second factor off, in a running server or a stopped one; says what was done.
///
/// # Errors
/// When there is no such account, or the store cannot be opened.
pub fn reset_second_factor(config: &Config, email: &str) -> Result<&'static str> {
    let email = email.trim();
    if email.contains(char::is_control) {
        bail!("this is not an e-mail address");
    }
    let was_on = match control::reset_second_factor(Path::new(&config.server.data_dir), email)? {
        Some(was_on) => was_on,
        None => with_services(config, async |services| {
            Ok(services.reset_second_factor(email).await?)
        })?,
    };
    Ok(match was_on {
        true => "The second factor is off, and every device is logged out.",
        false => "This account has no second factor.",
    })
}

/// Does this with the store of a server that does not run, and closes it again.
fn with_services<T>(config: &Config, act: impl AsyncFnOnce(&Services) -> Result<T>) -> Result<T> {
    let store = store(config)?;
    let done = Ground::without_doors(config).and_then(|ground| {
        actix_rt::System::new().block_on(async {
            let services = services(config, &ground, &store);
            let done = act(&services).await;
            services.close_audit_log(false).await;
            done
        })
    });
    store.close();
    done
}

/// The store that is there.
fn store(config: &Config) -> Result<Store> {
    let data_dir = Path::new(&config.server.data_dir);
    owned(data_dir)?;
    ensure!(
        data_dir.join("store").is_dir(),
        "{} holds no store: name the server's configuration with --config, or start the server once, which \
         prints a link for its first admin itself",
        data_dir.display()
    );
    open_store(config, &data_dir.canonicalize()?)
}

/// Refuses to write as somebody whose files the server could not read.
///
/// # Errors
/// When the data folder is another user's; the text says whose.
pub fn owned(data_dir: &Path) -> Result<()> {
    let Ok(folder) = fs::metadata(data_dir) else {
        return Ok(());
    };
    // SAFETY: it has no arguments and cannot fail.
    let own = unsafe { libc::geteuid() };
    if own != folder.uid() {
        bail!(belongs(data_dir, folder.uid()));
    }
    Ok(())
}

/// What to do when a data folder is another user's.
pub fn belongs(data_dir: &Path, uid: u32) -> String {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let user = name_of(uid, &users).unwrap_or_else(|| format!("#{uid}"));
    format!(
        "{} belongs to the user {user}: give this command as that user, with `sudo -u {user}` before it",
        data_dir.display()
    )
}

fn name_of(uid: u32, users: &str) -> Option<String> {
    let uid = uid.to_string();
    let mut lines = users.lines().map(|line| line.split(':'));
    lines.find_map(|mut words| {
        let name = words.next()?;
        (words.nth(1)? == uid).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_a_store_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        let dir = folder.path().join("data");
        config.server.data_dir = dir.to_string_lossy().into_owned();
        let refused = create_admin_link(&config).unwrap_err().to_string();
        assert!(refused.contains("holds no store"), "{refused}");
        assert!(!dir.exists());
    }

    #[test]
    fn another_users_folder_is_named_with_its_user() {
        let users = "root:x:0:0:root:/root:/bin/sh\nparlor:x:998:997::/var/lib/parlor:/bin/false\n";
        assert_eq!(name_of(998, users).as_deref(), Some("parlor"));
        assert_eq!(name_of(99, users), None);
        let words = belongs(Path::new("/var/lib/parlor"), u32::MAX);
        assert!(words.contains("sudo -u #4294967295"), "{words}");
    }
}
