//! `parlor ledger verify`: proves the books of a data folder that no server uses, entry by entry.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, ensure};
use parlor_data::{
    LoadError, ReadError, SealError, Store, StoreOptions,
    nouns::ledger::{Bills, Books},
};

use crate::config::Config;

/// Reads all entries of the folder, by default the configured one, and says whether they add up to
/// what every account holds; names the first one that is wrong.
///
/// # Errors
/// When there is no store, or it cannot be opened (a running server holds it).
pub fn verify(config: &Config, data: Option<PathBuf>) -> Result<ExitCode> {
    let folder = data.unwrap_or_else(|| PathBuf::from(&config.server.data_dir));
    let store = open(config, &folder)?;
    let outcome = prove(&store);
    store.close();
    let mut out = std::io::stdout().lock();
    match outcome {
        Ok(books) => {
            let chain: String = books
                .head
                .chain
                .iter()
                .map(|it| format!("{it:02x}"))
                .collect();
            writeln!(
                out,
                "The books are true: {} entries, {} accounts. The chain ends with {chain}.",
                books.head.seq,
                books.balances.len()
            )?;
            Ok(ExitCode::SUCCESS)
        }
        Err(fault) => {
            writeln!(out, "The books are not true: {fault}.")?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// All entries and accounts, then the bills of calls and purchases.
fn prove(store: &Store) -> Result<Books, String> {
    let (mut books, mut bills) = (Books::default(), Bills::default());
    let progress = |entries: u64| {
        if entries.is_multiple_of(100_000) && entries > 0 {
            eprintln!("{entries} entries so far");
        }
    };
    let read = books.catch_up_telling(store, progress, |entry| bills.take(entry));
    read.map_err(|fault| fault.to_string())?;
    let breaches = match bills.compare(store, books.head.seq) {
        Err(LoadError::Read(ReadError::Sealed(SealError::NoKey(_)))) => {
            eprintln!("Bills and purchases were not compared: their key is not here.");
            return Ok(books);
        }
        breaches => breaches,
    };
    match breaches.map_err(|error| error.to_string())?.first() {
        None => Ok(books),
        Some(it) => Err(format!("{} ({})", it.what, it.invariant.word())),
    }
}

/// What is wrong with the books of a store's folder, if anything is.
///
/// # Errors
/// When the store cannot be opened.
pub fn prove_folder(store: &Path, options: StoreOptions) -> Result<Result<(), String>> {
    let store = Store::open(store, options)?.store;
    let outcome = prove(&store);
    store.close();
    Ok(outcome.map(drop))
}

/// Opens the store of a folder that no server uses.
///
/// # Errors
/// When there is none, or a server uses it.
pub fn open(config: &Config, folder: &Path) -> Result<Store> {
    let store = folder.join("store");
    ensure!(
        store.is_dir(),
        "{} holds no store; name the server's data folder, or a copy of it, with --data",
        folder.display()
    );
    let opened = Store::open(&store, crate::app::store_to_look_at(config, folder)).context(
        "the store cannot be opened; when a server uses it, verify a copy of the folder instead",
    )?;
    Ok(opened.store)
}

#[cfg(test)]
mod tests {
    use parlor_data::{Batch, Table, nouns::ledger};
    use parlor_domain::{
        id::UserId,
        ledger::{Account, Entry, Gateway, Kind, Subject, post},
        money::MilliCoins,
        time::Timestamp,
    };

    use super::*;

    fn folder_with_books() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(
            &folder.path().join("store"),
            crate::app::store_to_look_at(&Config::default(), folder.path()),
        );
        let store = store.unwrap().store;
        for n in 1..=3u128 {
            let wallet = Account::Wallet(UserId::from_bytes(n.to_be_bytes()));
            let entry = Entry::new(Timestamp(1), Kind::TopUp, Subject::None).coins(
                Account::Issued(Gateway::Demo),
                wallet,
                MilliCoins(5),
            );
            let after = post(&entry, |it| ledger::balance(&store, it).unwrap()).unwrap();
            let head = ledger::head(&store).unwrap();
            let (batch, _) = ledger::append(&head, &entry, &after).unwrap();
            store.write_blocking(batch).unwrap();
        }
        (folder, store)
    }

    #[test]
    fn true_books_are_said_to_be_true_and_no_folder_is_made() {
        let (folder, store) = folder_with_books();
        let data = || Some(folder.path().to_owned());
        let held = verify(&Config::default(), data()).unwrap_err();
        assert!(format!("{held:#}").contains("a copy"), "{held:#}");
        store.close();
        drop(store);
        let verdict = verify(&Config::default(), data()).unwrap();
        assert_eq!(verdict, ExitCode::SUCCESS);
        let nothing = folder.path().join("nothing");
        assert!(verify(&Config::default(), Some(nothing.clone())).is_err());
        assert!(!nothing.exists());
    }

    #[test]
    fn a_changed_entry_is_named() {
        let (folder, store) = folder_with_books();
        let two = 2u64.to_be_bytes();
        let mut row = store
            .get(Table::LedgerEntries, two)
            .unwrap()
            .unwrap()
            .to_vec();
        row[0] ^= 1;
        let tampered = Batch::new().put(Table::LedgerEntries, two, row);
        store.write_blocking(tampered).unwrap();
        assert_eq!(
            ledger::verify(&store, |_| ()).unwrap_err(),
            ledger::Fault::Changed(2)
        );
        store.close();
        drop(store);
        let verdict = verify(&Config::default(), Some(folder.path().to_owned())).unwrap();
        assert_eq!(verdict, ExitCode::FAILURE);
    }
}
