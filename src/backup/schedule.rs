//! Backups that the server makes by itself. What is due lies in the store: a server that was off at
//! the hour makes up for it, and one that failed is tried again.

use std::{
    thread,
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result};
use parlor_data::{LoadError, ReadError, Store, backup::stream::EntryWriter, nouns::setting};
use parlor_domain::{
    backup::{Last, is_due},
    time::Timestamp,
};

use super::{
    Made, Order, configured_passphrase, contents, finish, folder, house::House, line, make, note,
    words::Progress,
};
use crate::config::Config;

/// How often it is looked whether one is due.
const LOOK_EVERY: Duration = Duration::from_secs(20);

/// Begins to look, if the configuration wants that, on a thread that ends when the store closes.
pub fn start(config: &Config, house: &House, store: &Store) {
    if !config.backup.by_server {
        return;
    }
    let (config, house, store) = (config.clone(), house.clone(), store.clone());
    let run = move || {
        line::make_way();
        while let Ok(due) = due(&config, &store) {
            if due {
                let began = SystemTime::now();
                let made = once(&config, &house, &store);
                match &made {
                    Ok(made) => tracing::info!(
                        bytes = made.bytes,
                        rows = made.foot.rows,
                        removed = made.gone.len(),
                        "a backup was made"
                    ),
                    Err(error) => tracing::error!("no backup was made: {error:#}"),
                }
                let noted = setting::note_backup(&store, &note(began, &made));
                let noted = noted.map(|batch| store.write_blocking(batch));
                if !matches!(noted, Ok(Ok(_))) {
                    // The disk refuses: look again much later.
                    thread::sleep(10 * LOOK_EVERY);
                }
            }
            thread::sleep(LOOK_EVERY);
        }
    };
    let started = thread::Builder::new()
        .name("parlor-backups".into())
        .spawn(run);
    if let Err(error) = started {
        tracing::error!(%error, "no backups will be made: there is no thread for them");
    }
}

/// Whether one is due; an error once the store is closed.
fn due(config: &Config, store: &Store) -> Result<bool> {
    let last = match setting::backup(store) {
        Err(LoadError::Read(ReadError::Closed)) => anyhow::bail!("the store is closed"),
        Err(error) => {
            tracing::warn!(%error, "it is not known when the last backup was made");
            return Ok(false);
        }
        Ok(last) => last,
    };
    let last = last.map(|it| Last {
        at: Timestamp(it.at_ms),
        made: it.problem.is_none(),
    });
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let now = Timestamp(now.as_millis() as i64);
    Ok(is_due(config.backup.at_hour_utc, last, now))
}

fn once(config: &Config, house: &House, store: &Store) -> Result<Made> {
    let _turn = line::Turn::take().context("another backup is being made")?;
    // With a slash it is a folder, also when it is not there yet.
    let folder = format!("{}/", config.backup.folder.trim_end_matches('/'));
    let passphrase = configured_passphrase(config)?;
    let order = Order {
        place: folder::Place::find(folder.as_ref())?,
        contents: contents(passphrase.is_some(), false),
        passphrase,
        verify: true,
    };
    let mut rest = line::Rest::new(house.busy_percent());
    let mut told = |_| {
        rest.now_and_then();
        Ok(())
    };
    let mut made = make(&order, |seal| {
        let mut stream = EntryWriter::new(seal);
        let foot = house.fill(store, order.contents, &mut stream, &mut told)?;
        stream.finish()?;
        Ok(foot)
    })?;
    finish(&order, config, &mut made, Progress::silent())?;
    Ok(made)
}
