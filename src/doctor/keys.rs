//! The file with the keys of the database: there, whole, private, and apart from what it seals. What is wrong
//! with it is felt only at the next start, when nothing can be read any more, so it is told before.

use std::{
    fs, io,
    os::{linux::fs::MetadataExt as _, unix::fs::MetadataExt},
    path::Path,
};

use parlor_data::seal::key_file::KeyFile;

use super::{
    Place,
    finding::{Check, Finding, Says},
};
use crate::seals;

/// Looks at it; changes nothing.
pub fn examine(place: &Place) -> Finding {
    let data_dir = place.data_dir();
    let path = seals::file(&place.config, data_dir);
    let new = |says| Finding::new(Check::Keys, "", says).with("path", path.display());
    let meta = match fs::metadata(&path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // Made by the first start.
            let store = data_dir.join("store").exists() || place.facts.is_some();
            return match store {
                true => new(Says::KeysMissing),
                false => new(Says::Waits),
            };
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return new(Says::KeysClosed).command("sudo -u parlor parlor doctor");
        }
        Err(why) => return new(Says::KeysDamaged).with("why", why),
    };
    if seals::stand_apart(Some(&path), &real(data_dir)).is_err() {
        return new(Says::KeysInside).with("folder", data_dir.display());
    }
    if meta.mode() & 0o077 != 0 {
        return new(Says::KeysExposed)
            .with("mode", format!("{:o}", meta.mode() & 0o777))
            .command(format!("chmod 600 {}", path.display()))
            .command("sudo -u parlor parlor key rotate");
    }
    let data = fs::metadata(data_dir).ok();
    let (owner, group) = data.as_ref().map_or((0, 0), |it| (it.uid(), it.gid()));
    // Root reads what is anybody's.
    if owner != 0 && owner != meta.uid() {
        return new(Says::KeysForeign).command(format!("chown {owner}:{group} {}", path.display()));
    }
    match KeyFile::read(&path) {
        Ok(_) => {}
        Err(parlor_data::KeyError::File { cause, .. })
            if cause.kind() == io::ErrorKind::PermissionDenied =>
        {
            return new(Says::KeysClosed).command("sudo -u parlor parlor doctor");
        }
        Err(why) => return new(Says::KeysDamaged).with("why", why),
    }
    let facts = place.facts.as_ref();
    if let Some(why) = facts.and_then(|it| it.keys.as_ref()) {
        return new(Says::KeysStrange).with("why", why);
    }
    match data.is_none_or(|data| data.st_dev() == meta.st_dev()) {
        true => new(Says::KeysBeside),
        false => new(Says::KeysApart),
    }
}

fn real(data_dir: &Path) -> std::path::PathBuf {
    data_dir
        .canonicalize()
        .unwrap_or_else(|_| data_dir.to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::config::Config;

    #[test]
    fn each_trouble_has_its_sentence() {
        let home = tempfile::tempdir().unwrap();
        let (data, path) = (home.path().join("data"), home.path().join("keys"));
        fs::create_dir_all(&data).unwrap();
        let mut config = Config::default();
        config.server.data_dir = data.to_string_lossy().into_owned();
        config.server.key_file = path.to_string_lossy().into_owned();
        let mut place = Place {
            config,
            facts: None,
            stun: None,
        };
        assert_eq!(examine(&place).says, Says::Waits);
        fs::create_dir(data.join("store")).unwrap();
        assert_eq!(examine(&place).says, Says::KeysMissing);
        KeyFile::create(&path).unwrap();
        assert_eq!(examine(&place).says, Says::KeysBeside);

        let mut facts = crate::doctor::tests::facts("a.example");
        facts.keys = Some("it lacks one".into());
        place.facts = Some(facts);
        let other = examine(&place);
        assert_eq!(other.says, Says::KeysStrange);
        assert!(other.saw().contains("it lacks one"), "{}", other.saw());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let exposed = examine(&place);
        assert_eq!(exposed.says, Says::KeysExposed);
        assert!(exposed.saw().contains("640"), "{}", exposed.saw());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "nothing of ours").unwrap();
        assert_eq!(examine(&place).says, Says::KeysDamaged);

        let inside = data.join("keys");
        KeyFile::create(&inside).unwrap();
        place.config.server.key_file = inside.to_string_lossy().into_owned();
        assert_eq!(examine(&place).says, Says::KeysInside);
    }
}
