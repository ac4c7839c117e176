//! What goes out comes back: any key, any value, whole stores, and nothing of another version.

use std::io::Cursor;

use proptest::prelude::*;

use super::*;
use crate::{options::StoreOptions, row::Row, seal::SealError};

fn open_at(dir: &std::path::Path, key_file: Option<std::path::PathBuf>) -> Store {
    let options = StoreOptions {
        free_bytes_min: 0,
        key_file,
        ..StoreOptions::default()
    };
    Store::open(dir, options).unwrap().store
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_key_and_any_value_of_any_table_come_back(
        at in 0..Table::ALL.len(),
        version in 1u8..5,
        key in prop::collection::vec(any::<u8>(), 0..80),
        value in prop::collection::vec(any::<u8>(), 0..120),
        small in prop::collection::vec(0u8..4, 0..60),
    ) {
        let table = Table::ALL[at];
        let json = key::to_json(table, &key);
        prop_assert_eq!(key::to_bytes(table, &json), Some(key));
        let values = Values::of(table);
        for body in [value, small] {
            let bytes = [vec![version], body].concat();
            let json = values.to_json(&bytes);
            let again = values.to_bytes(json.clone()).unwrap();
            // A row of an older version comes back as it is read today.
            prop_assert_eq!(values.to_json(&again), json);
            if codec(table).is_none_or(|it| it.version == version) {
                let loose = codec(table).is_some_and(|it| (it.to_json)(&bytes).is_some());
                prop_assert!(loose || again == bytes, "{:?}", table);
            }
        }
    }
}

#[test]
fn keys_are_named_as_the_catalogue_says() {
    let id = [7; 16];
    let key = [&id[..], &((5u64) ^ (1 << 63)).to_be_bytes(), &id].concat();
    let json = key::to_json(Table::MeetingsByPerson, &key);
    let text = "07070707-0707-0707-0707-070707070707";
    let named = serde_json::json!({"user id": text, "start ms": 5, "meeting id": text});
    assert_eq!(json, named);
    let named = key::to_json(Table::AccountByEmail, b"ada@example.org");
    assert_eq!(named["folded e-mail address"], "ada@example.org");
}

/// A store with rows of three kinds.
fn full(dir: &std::path::Path, keys: &std::path::Path) -> Store {
    let store = open_at(dir, Some(keys.to_owned()));
    for n in 0..1_500u32 {
        let batch = Batch::new()
            .put(
                Table::Messages,
                n.to_be_bytes(),
                b"a row that is none".to_vec(),
            )
            .put(Table::FilesWaiting, n.to_be_bytes(), Vec::new())
            .put(
                Table::LedgerBalances,
                n.to_be_bytes(),
                7i64.to_be_bytes().to_vec(),
            );
        store.write_blocking(batch).unwrap();
    }
    let mark = crate::seal::marks::Mark::default();
    let batch = Batch::new().put(Table::AccountByEmail, "ada@x", mark.to_bytes().unwrap());
    store.write_blocking(batch).unwrap();
    store
}

fn lines(store: &Store, open: bool) -> Vec<u8> {
    let mut out = Vec::new();
    export(store, open, &mut out, &mut |_| ()).unwrap();
    out
}

#[test]
fn an_imported_store_gives_the_same_lines() {
    let home = tempfile::tempdir().unwrap();
    let keys = home.path().join("keys");
    let store = full(&home.path().join("one"), &keys);
    for open in [true, false] {
        let text = lines(&store, open);
        let written = super::hex(b"that is none").into_bytes();
        let readable = text.windows(written.len()).any(|it| it == written);
        assert_eq!(readable, open);
        let dir = home.path().join(format!("two-{open}"));
        let key_file = open.then(|| home.path().join("other-keys"));
        let other = open_at(&dir, key_file);
        let mut input = Cursor::new(&text);
        let head = Head::read(&mut input).unwrap();
        assert_eq!(head.opened, open);
        let count = import(&other, &mut input, &mut |_| ()).unwrap();
        assert!(count >= 4_501, "{count}");
        if !open {
            let sealed = other.get(Table::Messages, 1u32.to_be_bytes()).unwrap_err();
            assert_eq!(sealed, SealError::NoKey(Some(Table::Messages)).into());
        }
        assert!(lines(&other, open) == text, "not the same lines");
        other.close();
        drop(other);
        let key_file = if open {
            home.path().join("other-keys")
        } else {
            keys.clone()
        };
        let other = open_at(&dir, Some(key_file));
        let row = other
            .get(Table::Messages, 1u32.to_be_bytes())
            .unwrap()
            .unwrap();
        assert_eq!(row, &b"a row that is none"[..]);
    }
    let again = import(&store, &mut Cursor::new(b""), &mut |_| ());
    assert!(matches!(again, Err(ExportError::NotEmpty)));
}

#[test]
fn what_is_cut_changed_or_of_another_version_is_refused_in_words() {
    let home = tempfile::tempdir().unwrap();
    let text = lines(
        &full(&home.path().join("one"), &home.path().join("keys")),
        true,
    );
    let text = String::from_utf8(text).unwrap();
    let try_it = |text: &str| {
        let dir = tempfile::tempdir().unwrap();
        let store = open_at(dir.path(), None);
        let mut input = Cursor::new(text.as_bytes());
        let head = Head::read(&mut input).and_then(|_| import(&store, &mut input, &mut |_| ()));
        head.map_err(|error| error.to_string())
    };
    let all: Vec<&str> = text.lines().collect();
    let cut = try_it(&all[..all.len() - 1].join("\n")).unwrap_err();
    assert!(cut.contains("cut off"), "{cut}");
    let less = try_it(&[&all[..9], &all[10..]].concat().join("\n")).unwrap_err();
    assert!(less.contains("cut off"), "{less}");
    let newer =
        try_it(&text.replacen("\"parlor-export\":1", "\"parlor-export\":2", 1)).unwrap_err();
    assert!(newer.contains("version 2"), "{newer}");
    let newer = try_it(&text.replacen("\"accounts\":1", "\"accounts\":9", 1)).unwrap_err();
    assert!(newer.contains("accounts in version 9"), "{newer}");
    let strange = try_it(&text.replacen("\"messages\"", "\"dreams\"", 2)).unwrap_err();
    assert!(strange.contains("dreams"), "{strange}");
    assert!(try_it("").unwrap_err().contains("line 1"));
}
