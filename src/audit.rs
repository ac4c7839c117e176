//! `parlor audit verify`: proves the audit log, of the running server or of a data folder that none uses.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Result, ensure};
use clap::Subcommand;
use parlor_data::{Store, nouns::audit};
use serde::{Deserialize, Serialize};

use crate::{books, cli::File, config::Config, control};

/// What can be done with the audit log.
#[derive(Subcommand)]
pub enum AuditCommand {
    /// Read every record of the audit log and name the first one that was changed or is missing. Asks the
    /// running server, or reads the folder of a stopped one. The exit code is 0 only when all are as they
    /// were written.
    Verify {
        #[command(flatten)]
        file: File,
        /// A data folder, or a copy of one; by default the running server, or server.data_dir.
        #[arg(long)]
        data: Option<PathBuf>,
        /// A hash that was noted earlier (from this command, or the admin's page): is its record still there?
        #[arg(long)]
        holds: Option<String>,
    },
}

/// What was found.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// All is as it was written.
    pub good: bool,
    /// In words.
    pub words: String,
}

/// Carries out the command.
///
/// # Errors
/// When neither a server nor a folder can be asked.
pub fn run(command: AuditCommand) -> Result<ExitCode> {
    let AuditCommand::Verify { file, data, holds } = command;
    verify(&file.load()?, data, holds.as_deref())
}

fn verify(config: &Config, data: Option<PathBuf>, holds: Option<&str>) -> Result<ExitCode> {
    let wanted = holds.map(|text| hash(text.trim()));
    ensure!(
        wanted != Some(None),
        "--holds takes a hash as this command prints it: 64 hexadecimal digits"
    );
    let running = match &data {
        None => control::audit(Path::new(&config.server.data_dir), holds)?,
        Some(_) => None,
    };
    let verdict = match running {
        Some(verdict) => verdict,
        None => {
            let folder = data.unwrap_or_else(|| PathBuf::from(&config.server.data_dir));
            let store = books::open(config, &folder)?;
            let verdict = prove(&store, wanted.flatten());
            store.close();
            verdict
        }
    };
    writeln!(std::io::stdout().lock(), "{}", verdict.words)?;
    Ok(match verdict.good {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Reads the whole log.
pub fn prove(store: &Store, wanted: Option<[u8; 32]>) -> Verdict {
    match audit::verify(store, wanted, |_| ()) {
        Err(fault) => Verdict {
            good: false,
            words: format!("The audit log is not as it was written: {fault}."),
        },
        Ok(it) => {
            let chain: String = it.head.chain.iter().map(|it| format!("{it:02x}")).collect();
            let mut words = format!(
                "The audit log is as it was written: {} records, numbers {} to {}. The chain ends with {chain}.",
                it.records,
                it.anchor.seq + 1,
                it.head.seq,
            );
            match (wanted, it.held) {
                (None, _) => {}
                (Some(_), Some(seq)) => {
                    words.push_str(&format!(" The noted hash is that of record {seq}."))
                }
                (Some(_), None) => {
                    words.push_str(" No record has the noted hash: the log was written anew, or the record was removed for its age.");
                }
            }
            Verdict {
                good: wanted.is_none() || it.held.is_some(),
                words,
            }
        }
    }
}

/// The bytes of a hash that somebody noted.
pub fn hash(text: &str) -> Option<[u8; 32]> {
    let bytes = text.as_bytes();
    if bytes.len() != 64 || !bytes.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut hash = [0; 32];
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use parlor_data::{Batch, Table};
    use parlor_domain::{
        audit::{Action, Attempt},
        time::Timestamp,
    };

    use super::*;

    fn folder() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let options = crate::app::store_options(&Config::default(), folder.path());
        let store = Store::open(&folder.path().join("store"), options)
            .unwrap()
            .store;
        for n in 1..=3 {
            let attempt = Attempt::new(Action::Login, Timestamp(n));
            let entry = audit::Entry {
                attempt,
                times: 1,
                until: Timestamp(n),
                salts: [[1; audit::SALT_BYTES]; 2],
            };
            let head = audit::head(&store).unwrap();
            let (batch, _) = audit::append(&head, &[entry]).unwrap();
            store.write_blocking(batch).unwrap();
        }
        (folder, store)
    }

    #[test]
    fn a_stopped_servers_log_is_proven_and_a_changed_record_is_named() {
        let (folder, store) = folder();
        let good = prove(&store, None);
        assert!(
            good.good && good.words.contains("3 records, numbers 1 to 3"),
            "{good:?}"
        );
        let noted = good
            .words
            .split_whitespace()
            .last()
            .unwrap()
            .trim_end_matches('.');
        let held = prove(&store, hash(noted));
        assert!(
            held.good && held.words.contains("that of record 3"),
            "{held:?}"
        );
        assert!(!prove(&store, Some([9; 32])).good);
        store.close();
        drop(store);
        let data = || Some(folder.path().to_owned());
        let run = |holds| verify(&Config::default(), data(), holds);
        assert_eq!(run(None).unwrap(), ExitCode::SUCCESS);
        assert_eq!(run(Some(noted)).unwrap(), ExitCode::SUCCESS);
        assert!(run(Some("abc")).is_err());
        let options = crate::app::store_options(&Config::default(), folder.path());
        let store = Store::open(&folder.path().join("store"), options)
            .unwrap()
            .store;
        let two = 2u64.to_be_bytes();
        let mut row = store
            .get(Table::AuditRecords, two)
            .unwrap()
            .unwrap()
            .to_vec();
        row[8] ^= 1;
        store
            .write_blocking(Batch::new().put(Table::AuditRecords, two, row))
            .unwrap();
        assert!(prove(&store, None).words.contains("record 2 was changed"));
        store.close();
        drop(store);
        assert_eq!(run(None).unwrap(), ExitCode::FAILURE);
    }
}
