//! Durable writes per second with 1, 16, 64 and 256 writers that each wait for their own
//! acknowledgement, beside two measures of the same disk in the same run.
//!
//! One write is what a booking or a message costs: a row of 200 bytes with a 16-byte key, an index
//! entry that points to it, and the precondition that the row is new.
//!
//! * `store`: this crate.
//! * `sled`: sled 0.34.7 alone, used in the only way in which it survives a power cut: one thread
//!   that applies groups in a transaction over two trees, flushes, and syncs the file itself.
//! * `disk`: 4 KiB overwrites with fdatasync, one after the other.
//!
//! `cargo bench -p parlor-data --bench durable_writes`; `SECONDS_EACH=5` for longer runs.

#![allow(clippy::unwrap_used)]

use std::{
    fs::File,
    future::Future,
    os::unix::fs::FileExt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
        mpsc,
    },
    time::{Duration, Instant},
};

use parlor_data::{Batch, Store, StoreOptions, Table};
use sled::transaction::{ConflictableTransactionError, Transactional};
use tokio::sync::oneshot;

/// The shipped program's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// As many threads as the server has HTTP workers on a small machine.
const RUNTIMES: usize = 2;
const WRITERS: [usize; 4] = [1, 16, 64, 256];

fn main() {
    // `cargo test` builds and starts benches, too.
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    let seconds = std::env::var("SECONDS_EACH").ok();
    let each = Duration::from_secs(seconds.and_then(|text| text.parse().ok()).unwrap_or(2));
    println!("writers  store/s   p50 ms   p99 ms   per sync    sled/s   p50 ms   p99 ms    disk/s");
    let mut rates = Vec::new();
    for writers in WRITERS {
        let disk = disk_rate(each / 4);
        let (ours, per_sync) = store_rate(writers, each);
        let peer = sled_rate(writers, each);
        println!(
            "{writers:7}  {:7.0}  {:7.2}  {:7.2}  {per_sync:9.1}  {:8.0}  {:7.2}  {:7.2}  {disk:8.0}",
            ours.per_second, ours.p50, ours.p99, peer.per_second, peer.p50, peer.p99
        );
        rates.push((ours.per_second, peer.per_second));
    }
    let [w1, w16, w64, w256] = rates[..] else {
        unreachable!("four runs")
    };
    println!(
        "RESULT store w1={:.0} w16={:.0} w64={:.0} w256={:.0} ratio={:.2}",
        w1.0,
        w16.0,
        w64.0,
        w256.0,
        w64.0 / w64.1
    );
}

struct Rate {
    per_second: f64,
    p50: f64,
    p99: f64,
}

fn store_rate(writers: usize, each: Duration) -> (Rate, f64) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), StoreOptions::default())
        .unwrap()
        .store;
    let writer = store.clone();
    let rate = measure(writers, each, move |id| {
        let store = writer.clone();
        async move {
            let batch = Batch::new()
                .require_absent(Table::Probe, id)
                .put(Table::Probe, id, vec![7; 200])
                .put(Table::Idempotency, index_key(&id), id.to_vec());
            store.write(batch).await.unwrap();
        }
    });
    let stats = store.stats();
    (rate, stats.seq as f64 / stats.groups.max(1) as f64)
}

struct Request {
    id: [u8; 16],
    ack: oneshot::Sender<()>,
}

fn sled_rate(writers: usize, each: Duration) -> Rate {
    let dir = tempfile::tempdir().unwrap();
    let (send, requests) = mpsc::sync_channel::<Request>(8192);
    let path = dir.path().to_owned();
    let committer = std::thread::spawn(move || sled_committer(&path, &requests));
    let rate = measure(writers, each, move |id| {
        let send = send.clone();
        async move {
            let (ack, answer) = oneshot::channel();
            send.try_send(Request { id, ack }).unwrap();
            answer.await.unwrap();
        }
    });
    committer.join().unwrap();
    rate
}

fn sled_committer(path: &Path, requests: &mpsc::Receiver<Request>) {
    let db = sled::Config::new()
        .path(path)
        .cache_capacity(64 << 20)
        .open()
        .unwrap();
    let rows = db.open_tree("rows").unwrap();
    let index = db.open_tree("index").unwrap();
    let file = File::options().write(true).open(path.join("db")).unwrap();
    while let Ok(first) = requests.recv() {
        let mut group = vec![first];
        group.extend(requests.try_iter().take(511));
        (&rows, &index)
            .transaction(|(rows, index)| {
                for request in &group {
                    assert!(rows.get(request.id)?.is_none());
                    rows.insert(&request.id, vec![7; 200])?;
                    index.insert(&index_key(&request.id)[..], &request.id[..])?;
                }
                Ok::<_, ConflictableTransactionError<()>>(())
            })
            .unwrap();
        db.flush().unwrap();
        file.sync_data().unwrap();
        for request in group {
            let _ = request.ack.send(());
        }
    }
}

fn index_key(id: &[u8; 16]) -> Vec<u8> {
    [&id[8..], &id[..]].concat()
}

/// Runs `writers` tasks on a few runtimes, each writing and waiting in turn.
fn measure<W>(
    writers: usize,
    each: Duration,
    write: impl Fn([u8; 16]) -> W + Clone + Send + 'static,
) -> Rate
where
    W: Future<Output = ()> + 'static,
{
    let stop = Arc::new(AtomicBool::new(false));
    let next = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let threads: Vec<_> = (0..RUNTIMES)
        .map(|runtime| {
            let (stop, next, write) = (Arc::clone(&stop), Arc::clone(&next), write.clone());
            let tasks = (writers + RUNTIMES - 1 - runtime) / RUNTIMES;
            std::thread::spawn(move || {
                let local = tokio::task::LocalSet::new();
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap();
                local.block_on(&runtime, run_tasks(tasks, stop, next, write))
            })
        })
        .collect();
    drop(write);
    std::thread::sleep(each);
    stop.store(true, Relaxed);
    let mut waits: Vec<u32> = threads
        .into_iter()
        .flat_map(|thread| thread.join().unwrap())
        .collect();
    let took = started.elapsed().as_secs_f64();
    waits.sort_unstable();
    let at = |share: f64| f64::from(waits[((waits.len() - 1) as f64 * share) as usize]) / 1e3;
    Rate {
        per_second: waits.len() as f64 / took,
        p50: at(0.5),
        p99: at(0.99),
    }
}

/// The waits of all tasks, in microseconds.
async fn run_tasks<W: Future<Output = ()> + 'static>(
    tasks: usize,
    stop: Arc<AtomicBool>,
    next: Arc<AtomicU64>,
    write: impl Fn([u8; 16]) -> W + Clone + 'static,
) -> Vec<u32> {
    let tasks: Vec<_> = (0..tasks)
        .map(|_| {
            let (stop, next, write) = (Arc::clone(&stop), Arc::clone(&next), write.clone());
            tokio::task::spawn_local(async move {
                let mut waits = Vec::new();
                while !stop.load(Relaxed) {
                    let n = next.fetch_add(1, Relaxed);
                    // Spread like random ids, so that rows do not simply append.
                    let id =
                        u128::from(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 64 | u128::from(n);
                    let begun = Instant::now();
                    write(id.to_be_bytes()).await;
                    waits.push(begun.elapsed().as_micros() as u32);
                }
                waits
            })
        })
        .collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await.unwrap());
    }
    waits
}

fn disk_rate(each: Duration) -> f64 {
    let file = tempfile::tempfile().unwrap();
    file.write_all_at(&vec![0; 8 << 20], 0).unwrap();
    file.sync_all().unwrap();
    let started = Instant::now();
    let mut count = 0;
    while started.elapsed() < each {
        file.write_all_at(&[count as u8; 4096], count % 2048 * 4096)
            .unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    count as f64 / started.elapsed().as_secs_f64()
}
