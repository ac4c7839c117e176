//! Where backups lie: names that say when, and which old ones go.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use jiff::{Timestamp as Instant, tz::TimeZone};
use parlor_data::backup::clear_parts;
use parlor_domain::{
    backup::{Keep, superfluous},
    time::Timestamp,
};

const BEGIN: &str = "parlor-";
const END: &str = ".backup";
const FORM: &str = "%Y%m%dT%H%M%SZ";

/// A folder of backups, or one file.
pub enum Place {
    /// A folder of which this command removes what is too old.
    Folder(PathBuf),
    /// A file that does not exist yet.
    File(PathBuf),
}

impl Place {
    /// What `--to` means: a folder if it is one or ends with a slash, a file otherwise.
    pub fn find(to: &Path) -> Result<Self> {
        if !(to.is_dir() || to.as_os_str().to_string_lossy().ends_with('/')) {
            ensure!(!to.exists(), "{} exists already", to.display());
            return Ok(Self::File(to.to_owned()));
        }
        fs::create_dir_all(to).with_context(|| to.display().to_string())?;
        // What a killed command left.
        clear_parts(to).with_context(|| to.display().to_string())?;
        Ok(Self::Folder(to.to_owned()))
    }

    /// The new backup's name.
    pub fn new_file(&self) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Folder(folder) => folder.join(name_at(Instant::now())),
        }
    }

    /// Removes what is too old, and gives what was removed. Only files that this command named.
    pub fn tidy(&self, keep: Keep) -> Result<Vec<PathBuf>> {
        let Self::Folder(folder) = self else {
            return Ok(Vec::new());
        };
        let mut backups = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            backups.extend(made_at(&name).map(|at| (at, path.clone())));
        }
        let times: Vec<Timestamp> = backups.iter().map(|(at, _)| *at).collect();
        let gone = superfluous(&times, keep);
        backups.retain(|(at, _)| gone.contains(at));
        backups.sort_unstable();
        for (_, path) in &backups {
            fs::remove_file(path).with_context(|| path.display().to_string())?;
        }
        Ok(backups.into_iter().map(|(_, path)| path).collect())
    }
}

fn name_at(at: Instant) -> String {
    format!("{BEGIN}{}{END}", at.strftime(FORM))
}

/// When a backup was made, by its name; `None` for any other file.
fn made_at(name: &str) -> Option<Timestamp> {
    let text = name.strip_prefix(BEGIN)?.strip_suffix(END)?;
    let at = jiff::civil::DateTime::strptime(FORM, text).ok()?;
    let at = at.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(Timestamp(at.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_when_and_only_ours_go() {
        let at = Instant::from_second(1_790_000_000).unwrap();
        let name = name_at(at);
        assert_eq!(name, "parlor-20260921T141320Z.backup");
        assert_eq!(made_at(&name), Some(Timestamp(1_790_000_000_000)));
        for other in ["parlor-x.backup", "mine.backup", "parlor-20260921T141320Z"] {
            assert_eq!(made_at(other), None);
        }
        let dir = tempfile::tempdir().unwrap();
        let names = [
            "parlor-20260919T030000Z.backup",
            "parlor-20260920T030000Z.backup",
            "parlor-20260921T030000Z.backup",
            "mine.backup",
            ".parlor-20260918T030000Z.backup.part",
        ];
        for name in names {
            fs::write(dir.path().join(name), "").unwrap();
        }
        let place = Place::find(dir.path()).unwrap();
        let keep = Keep {
            daily: 2,
            weekly: 0,
        };
        let gone = place.tidy(keep).unwrap();
        assert_eq!(gone, [dir.path().join(names[0])]);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3);
        assert!(Place::find(&dir.path().join("mine.backup")).is_err());
    }
}
