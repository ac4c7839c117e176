//! Whether there is room for what is kept, whether it can be written, and for how long it will do.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
    time::{Duration, SystemTime},
};

use parlor_data::{Room, room};

use super::{
    Place,
    finding::{Check, Finding, Says},
};

const MIB: u64 = 1024 * 1024;
const DAY_S: u64 = 24 * 3600;
/// A pace is told from this many days at least.
const DAYS_MIN: u64 = 7;
/// What is full sooner is a warning.
const SOON_DAYS: u64 = 30;
/// What is full later is not worth a word.
const LATER_DAYS: u64 = 3_650;
/// Files that should fit at least: a day's journals, snapshots and uploads.
const FILES_MIN: u64 = 1_000;
/// So many times what the server stops at is little.
const LOW_TIMES: u64 = 4;
/// Folders and files that are counted at most; beyond, the pace is not told.
const ENTRIES_MAX: usize = 500_000;

/// Looks at the data folder's disk.
pub fn examine(place: &Place) -> Finding {
    let folder = place.data_dir();
    let new = |says| Finding::new(Check::Disk, "", says).with("folder", folder.display());
    let room = match room(folder) {
        Ok(room) => room,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return new(Says::DiskClosed).command("sudo -u parlor parlor doctor");
        }
        // Made by the first start.
        Err(error) if error.kind() == io::ErrorKind::NotFound && place.facts.is_none() => {
            return new(Says::Waits);
        }
        Err(why) => return new(Says::DiskStuck).with("why", why),
    };
    let least = place.config.store.free_disk_mib_min * MIB;
    let fill = |finding: Finding| {
        finding
            .with("free", amount(room.free_bytes))
            .with("size", amount(room.size_bytes))
            .with("least", amount(least))
    };
    if room.free_bytes < least.max(MIB) {
        return fill(new(Says::DiskFull))
            .command(format!("du -xh {} | sort -h | tail", folder.display()))
            .command("journalctl --vacuum-size=100M");
    }
    if room.free_files.is_some_and(|free| free < FILES_MIN) {
        let count = room.free_files.unwrap_or(0);
        return new(Says::DiskInodes).with("count", count);
    }
    let server = place.facts.as_ref();
    if let Some(why) = server.and_then(|it| it.read_only.as_ref()) {
        return new(Says::DiskReads)
            .with("why", why)
            .command("dmesg | tail");
    }
    match try_writing(folder) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && server.is_some() => {
            // Another user asks; the server itself writes, or it would have said so.
        }
        Err(why) => return new(Says::DiskStuck).with("why", why),
        Ok(()) => {}
    }
    if room.free_bytes < least * LOW_TIMES {
        return fill(new(Says::DiskLow));
    }
    match days_left(folder, &room) {
        Some(days) if days < SOON_DAYS => fill(new(Says::DiskFills)).with("days", days),
        Some(days) if days < LATER_DAYS => fill(new(Says::DiskLasts)).with("days", days),
        _ => fill(new(Says::DiskFine)),
    }
}

/// A file that is there for a moment, synced.
fn try_writing(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!(".doctor-{}", std::process::id()));
    let tried = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&path)
        .and_then(|mut file| file.write_all(b"doctor").and_then(|()| file.sync_all()));
    let removed = fs::remove_file(&path);
    tried.and(removed)
}

/// How many days what is free will do, at the mean pace since the data folder was made.
fn days_left(folder: &Path, room: &Room) -> Option<u64> {
    let born = fs::metadata(folder.join("secrets/tokens"))
        .ok()?
        .modified()
        .ok()?;
    let age = SystemTime::now().duration_since(born).ok()?;
    let mut entries = 0;
    pace(age, bytes_below(folder, &mut entries)?, room.free_bytes)
}

fn pace(age: Duration, bytes: u64, free_bytes: u64) -> Option<u64> {
    let days = age.as_secs() / DAY_S;
    if days < DAYS_MIN {
        return None;
    }
    free_bytes.checked_div(bytes / days)
}

/// All files of a folder; none when there are too many to count.
fn bytes_below(folder: &Path, entries: &mut usize) -> Option<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).ok()?.flatten() {
        *entries += 1;
        if *entries > ENTRIES_MAX {
            return None;
        }
        let Ok(kind) = entry.metadata() else { continue };
        bytes += match kind.is_dir() {
            true => bytes_below(&entry.path(), entries)?,
            false => kind.len(),
        };
    }
    Some(bytes)
}

/// "12.3 GB": in steps of 1,000, as disks are sold.
fn amount(bytes: u64) -> String {
    let units = [
        (1_000_000_000_000, "TB"),
        (1_000_000_000, "GB"),
        (1_000_000, "MB"),
    ];
    for (step, unit) in units {
        if bytes >= step {
            return format!("{}.{} {unit}", bytes / step, bytes % step * 10 / step);
        }
    }
    format!("{} kB", bytes / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn amounts_are_read_by_people() {
        for (bytes, words) in [
            (999, "0 kB"),
            (1_049_000, "1.0 MB"),
            (12_345_000_000, "12.3 GB"),
            (2_000_000_000_000, "2.0 TB"),
        ] {
            assert_eq!(amount(bytes), words);
        }
    }

    #[test]
    fn a_pace_is_told_after_a_week_and_from_what_grew() {
        let day = Duration::from_secs(DAY_S);
        assert_eq!(pace(day * 6, 600, 1_000), None, "too young to tell");
        assert_eq!(pace(day * 10, 1_000, 1_000), Some(10));
        assert_eq!(pace(day * 10, 0, 1_000), None, "nothing grows");
    }

    #[test]
    fn a_folder_is_written_into_and_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::default();
        config.server.data_dir = folder.path().to_str().unwrap().into();
        config.store.free_disk_mib_min = 0;
        let place = Place {
            config,
            facts: None,
            stun: None,
        };
        assert_eq!(examine(&place).says, Says::DiskFine);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        drop(folder);
        assert_eq!(examine(&place).says, Says::Waits);
    }
}
