use parlor_domain::{ledger, ledger::Gateway, money::MilliCoins};
use uuid::Uuid;

use super::*;

fn wallet(n: u128) -> Account {
    Account::Wallet(UserId(Uuid::from_u128(n)))
}

const DEMO: Account = Account::Issued(Gateway::Demo);

fn moving(from: Account, to: Account, coins: i64) -> Entry {
    Entry::new(
        Timestamp(7),
        Kind::TopUp,
        Subject::User(UserId(Uuid::from_u128(1))),
    )
    .coins(from, to, MilliCoins::coins(coins))
    .noting("a reason")
}

/// Posts an entry as the ledger's service does.
fn post(store: &Store, entry: &Entry) -> Batch {
    let after = ledger::post(entry, |account| balance(store, account).unwrap()).unwrap();
    append(&head(store).unwrap(), entry, &after).unwrap().0
}

fn three_entries() -> Store {
    let store = Store::in_memory();
    for entry in [
        moving(DEMO, wallet(1), 50),
        moving(wallet(1), wallet(2), 20),
        moving(wallet(2), Account::Fee, 5),
    ] {
        let batch = post(&store, &entry);
        store.write_blocking(batch).unwrap();
    }
    store
}

#[test]
fn entries_balances_and_statements_agree() {
    let store = three_entries();
    assert_eq!(balance(&store, wallet(1)).unwrap(), 30_000);
    assert_eq!(balance(&store, wallet(3)).unwrap(), 0);
    assert_eq!(
        entry(&store, 2).unwrap().unwrap(),
        moving(wallet(1), wallet(2), 20)
    );
    assert_eq!(entry(&store, 4).unwrap(), None);
    let newest = statement(&store, wallet(1), None, 1).unwrap();
    assert_eq!(
        newest,
        [Line {
            seq: 2,
            units: -20_000,
            balance: 30_000
        }]
    );
    let older = statement(&store, wallet(1), Some(2), 10).unwrap();
    assert_eq!(
        older,
        [Line {
            seq: 1,
            units: 50_000,
            balance: 50_000
        }]
    );
    let mut pages = 0;
    let books = verify(&store, |_| pages += 1).unwrap();
    assert!(books.sums().values().all(|sum| *sum == 0) && pages > 0);
    assert_eq!(books.head, head(&store).unwrap());
    let trial: i64 = balances(&store, None, 10)
        .unwrap()
        .iter()
        .map(|(_, units)| units)
        .sum();
    assert_eq!(trial, 0);
}

#[test]
fn a_batch_from_an_old_head_changes_nothing() {
    let store = three_entries();
    let (first, second) = (
        post(&store, &moving(wallet(1), wallet(2), 30)),
        post(&store, &moving(wallet(1), wallet(3), 30)),
    );
    store.write_blocking(first).unwrap();
    assert!(
        store.write_blocking(second).is_err(),
        "the same coins twice"
    );
    verify(&store, |_| ()).unwrap();
}

#[test]
fn tampering_is_found_and_named() {
    let fault = |tamper: Batch| {
        let store = three_entries();
        store.write_blocking(tamper).unwrap();
        verify(&store, |_| ()).unwrap_err()
    };
    let store = three_entries();
    let mut row = store
        .get(Table::LedgerEntries, 2_u64.to_be_bytes())
        .unwrap()
        .unwrap()
        .to_vec();
    *row.last_mut().unwrap() ^= 1;
    let put = |table, key: &[u8], row: Vec<u8>| Batch::new().put(table, key, row);
    let two = 2_u64.to_be_bytes();
    assert_eq!(
        fault(put(Table::LedgerEntries, &two, row)),
        Fault::Changed(2)
    );
    assert_eq!(
        fault(Batch::new().delete(Table::LedgerEntries, two)),
        Fault::Missing(2)
    );
    assert_eq!(
        fault(Batch::new().delete(Table::LedgerEntries, 3_u64.to_be_bytes())),
        Fault::Missing(3)
    );
    let key = account::key(wallet(2));
    assert_eq!(
        fault(put(
            Table::LedgerBalances,
            &key,
            99_i64.to_be_bytes().to_vec()
        )),
        Fault::Balance {
            account: wallet(2),
            stored: 99,
            folded: 15_000
        }
    );
    let line = [key.as_slice(), &two].concat();
    assert_eq!(
        fault(put(Table::LedgerStatements, &line, vec![0; 16])),
        Fault::Statement {
            seq: 2,
            account: wallet(2)
        }
    );
    let mut rewritten = moving(wallet(1), wallet(2), 2);
    rewritten.note = "clever".into();
    let row = EntryRow::from(&rewritten).to_bytes().unwrap();
    let chain = link(&[0; 32], &row);
    let forged = [chain.as_slice(), &row].concat();
    assert_eq!(
        fault(put(Table::LedgerEntries, &two, forged)),
        Fault::Changed(2)
    );
}
