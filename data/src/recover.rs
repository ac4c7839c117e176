//! Opening: from whatever a crash left, back to exactly the state after the last batch that the
//! journal holds.
//!
//! The state folder is believed or thrown away, never repaired:
//!
//! 1. Read and check the whole journal.
//! 2. If [`Trust`] allows, open the state, compare its rows with its digest, and replay what the
//!    journal has beyond it. Any error, panic or difference on this way is a *doubt*.
//! 3. On doubt, move the folder aside, load the newest whole snapshot that the journal joins on to,
//!    and replay the journal from there. If the rows do not add up, take the snapshot before it;
//!    when no way is left, refuse with words.
//!
//! Everything that touches the engine runs on a helper thread, whose panic is a doubt, too.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Instant,
};

use crate::{
    disk::{self, FileSystem},
    error::{OpenError, ReadError},
    journal::Journal,
    options::StoreOptions,
    report::{RecoveryReport, StateFate},
    snapshot::{self, SnapshotInfo},
    state::{Meta, overlay::Overlay, sled::SledState, words_of},
    trust::Trust,
};

/// Rows that are replayed in one step.
const REPLAY_ROWS: usize = 4_096;

/// The folders and files of a store.
#[derive(Debug, Clone)]
pub struct Paths {
    /// The store's folder.
    pub dir: PathBuf,
    /// Where the journal lies.
    pub journal: PathBuf,
    /// Where the snapshots lie.
    pub snapshots: PathBuf,
    /// The engine's folder.
    pub state: PathBuf,
    /// Where states go that were not believed.
    pub aside: PathBuf,
}

impl Paths {
    /// The layout below this folder.
    pub fn below(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            journal: dir.join("journal"),
            snapshots: dir.join("snapshot"),
            state: dir.join("state"),
            aside: dir.join("aside"),
        }
    }

    /// Makes the folders, durable with their names.
    pub fn create(&self) -> Result<(), OpenError> {
        for dir in [&self.journal, &self.snapshots] {
            fs::create_dir_all(dir).map_err(file_error(dir))?;
        }
        disk::sync_dir(&self.dir).map_err(file_error(&self.dir))
    }
}

/// A store that is ready to go on.
pub struct Recovered {
    /// What is read.
    pub state: Arc<SledState>,
    /// Where the state is.
    pub meta: Meta,
    /// Ready for the next group.
    pub journal: Journal,
    /// What had to be done.
    pub report: RecoveryReport,
}

/// Brings the state to the end of the journal.
pub fn recover(paths: &Paths, options: &StoreOptions) -> Result<Recovered, OpenError> {
    let started = Instant::now();
    let warnings = check_disk(paths, options)?;
    let journal = Arc::new(Journal::open(&paths.journal, options.segment_bytes)?);
    let boot = options.boot_id.clone().unwrap_or_else(disk::boot_id);

    let built = bring_up(paths, options, &journal, &boot)?;

    let torn_bytes = journal.torn_bytes();
    let mut journal = Arc::into_inner(journal)
        .ok_or_else(|| OpenError::StateFails("the journal is still being read".into()))?;
    journal.start(built.meta.digest)?;
    Trust::Open(boot)
        .write(&paths.dir)
        .map_err(file_error(&paths.dir))?;
    let report = RecoveryReport {
        state: built.fate,
        last_seq: built.meta.seq,
        replayed: built.replayed,
        torn_bytes,
        warnings,
        took: started.elapsed(),
    };
    Ok(Recovered {
        state: Arc::new(built.state),
        meta: built.meta,
        journal,
        report,
    })
}

/// Makes the state again in a store that is open, from all that its journal holds. Nothing may be
/// written to the journal meanwhile, and the failed state must have let go of its files.
pub fn remake(paths: &Paths, options: &StoreOptions) -> Result<(SledState, Meta), OpenError> {
    let journal = Arc::new(Journal::open(&paths.journal, options.segment_bytes)?);
    let boot = options.boot_id.clone().unwrap_or_else(disk::boot_id);
    let built = bring_up(paths, options, &journal, &boot)?;
    Trust::Open(boot)
        .write(&paths.dir)
        .map_err(file_error(&paths.dir))?;
    Ok((built.state, built.meta))
}

/// The state that is there, or a new one, at the end of the journal.
fn bring_up(
    paths: &Paths,
    options: &StoreOptions,
    journal: &Arc<Journal>,
    boot: &str,
) -> Result<Built, OpenError> {
    match existing(paths, options, journal, boot) {
        Ok(built) => Ok(built),
        Err(Trouble::Refused(refused)) => Err(refused),
        Err(Trouble::Doubt(doubt)) => {
            tracing::warn!(%doubt, "the state is not believed and is made again");
            rebuild(paths, options, journal, doubt)
        }
    }
}

fn check_disk(paths: &Paths, options: &StoreOptions) -> Result<Vec<String>, OpenError> {
    let dir = &paths.dir;
    let mut warnings = Vec::new();
    match disk::file_system(dir).map_err(file_error(dir))? {
        FileSystem::Fine => {}
        FileSystem::Doubtful(kind) => {
            warnings.push(format!("{} lies on {kind}", dir.display()));
        }
        FileSystem::Unfit(kind) => {
            let dir = dir.clone();
            return Err(OpenError::UnfitDisk { dir, kind });
        }
    }
    let free = disk::free_bytes(dir).map_err(file_error(dir))?;
    if free < options.free_bytes_min {
        warnings.push(format!(
            "only {} MiB are free in {}; the store only reads below {} MiB",
            free >> 20,
            dir.display(),
            options.free_bytes_min >> 20
        ));
    }
    Ok(warnings)
}

/// Why a state is not believed, in words.
type Doubt = String;

struct Built {
    state: SledState,
    meta: Meta,
    replayed: u64,
    fate: StateFate,
}

/// How far the state that is there may be believed before a look into it.
enum Belief {
    /// There never was one.
    New,
    /// Closed in order at this batch.
    ClosedAt(u64),
    /// Left behind by a process that died in this boot.
    SameBoot,
}

fn believe(paths: &Paths, journal: &Journal, boot: &str) -> Result<Belief, Trouble> {
    let trust = Trust::read(&paths.dir);
    if let Trust::Closed(seq) = trust {
        refuse_if_behind(journal, seq)?;
    }
    if !paths.state.exists() {
        let snapshots = snapshot::list(&paths.snapshots).map_err(file_error(&paths.snapshots))?;
        let is_new = journal.last_seq() == 0 && snapshots.is_empty();
        return is_new
            .then_some(Belief::New)
            .ok_or(Trouble::Doubt("its folder is gone".into()));
    }
    match trust {
        Trust::Closed(seq) => Ok(Belief::ClosedAt(seq)),
        Trust::Open(then) if then == boot => Ok(Belief::SameBoot),
        Trust::Open(_) => Err(Trouble::Doubt(
            "the machine stopped while it was open".into(),
        )),
        Trust::Nothing => Err(Trouble::Doubt("it was being made, or had failed".into())),
    }
}

/// The state that is there, brought to the end of the journal.
fn existing(
    paths: &Paths,
    options: &StoreOptions,
    journal: &Arc<Journal>,
    boot: &str,
) -> Result<Built, Trouble> {
    let belief = believe(paths, journal, boot)?;
    let path = paths.state.clone();
    let cache = options.cache_bytes;
    let journal = Arc::clone(journal);
    on_helper_thread(move || open_existing(&path, cache, &journal, &belief))
        .unwrap_or_else(|panic| Err(Trouble::engine(panic)))
}

fn open_existing(
    path: &Path,
    cache: u64,
    journal: &Journal,
    belief: &Belief,
) -> Result<Built, Trouble> {
    let state = SledState::open(path, cache).map_err(Trouble::engine)?;
    let (meta, fate) = match (state.meta()?, belief) {
        (None, Belief::New) => (Meta::default(), StateFate::Created),
        (None, _) => return Err(Trouble::Doubt("it was never completed".into())),
        (Some(meta), Belief::ClosedAt(seq)) if meta.seq == *seq => (meta, StateFate::Closed),
        (Some(meta), _) => (meta, StateFate::Verified),
    };
    if fate == StateFate::Verified && state.digest()? != meta.digest {
        return Err(Trouble::Doubt("its rows do not add up".into()));
    }
    refuse_if_behind(journal, meta.seq)?;
    if meta.seq + 1 < journal.first_seq() {
        return Err(Trouble::Doubt("the journal does not join on to it".into()));
    }
    let from = meta.seq;
    let meta = replay(&state, journal, meta, from).map_err(|trouble| match trouble {
        Trouble::Refused(OpenError::ReplayDisagrees { .. }) => {
            Trouble::Doubt("the journal contradicts it".into())
        }
        other => other,
    })?;
    Ok(Built {
        state,
        meta,
        replayed: meta.seq - from,
        fate,
    })
}

/// Batch `known` was acknowledged once, so a journal that ends before it has lost something.
fn refuse_if_behind(journal: &Journal, known: u64) -> Result<(), OpenError> {
    let journal = journal.last_seq();
    if known > journal {
        return Err(OpenError::JournalBehind { known, journal });
    }
    Ok(())
}

/// A new state from snapshot and journal.
fn rebuild(
    paths: &Paths,
    options: &StoreOptions,
    journal: &Arc<Journal>,
    doubt: Doubt,
) -> Result<Built, OpenError> {
    let mut bases = find_bases(paths, journal, &doubt)?.into_iter().peekable();
    Trust::Nothing
        .write(&paths.dir)
        .map_err(file_error(&paths.dir))?;
    let aside = move_aside(paths).map_err(file_error(&paths.state))?;
    let mut refused = OpenError::StateFails("nothing to begin from".into());
    while let Some(base) = bases.next() {
        let fate = StateFate::Rebuilt {
            doubt: doubt.clone(),
            snapshot: base.as_ref().map(|base| base.path.clone()),
            aside: aside.clone(),
        };
        let path = paths.state.clone();
        let cache = options.cache_bytes;
        let journal = Arc::clone(journal);
        let built = on_helper_thread(move || build(&path, cache, &journal, base.as_ref(), fate))
            .unwrap_or_else(|panic| Err(Trouble::Doubt(panic)));
        match built {
            Ok(built) => return Ok(built),
            Err(Trouble::Doubt(doubt)) => return Err(OpenError::StateFails(doubt)),
            Err(Trouble::Refused(cause)) => refused = cause,
        }
        let other_way =
            matches!(refused, OpenError::ReplayDisagrees { .. }) && bases.peek().is_some();
        if !other_way {
            break;
        }
        tracing::warn!(%refused, "trying an older snapshot");
        fs::remove_dir_all(&paths.state).map_err(file_error(&paths.state))?;
    }
    Err(refused)
}

/// What a state can be made from, best first: every whole snapshot that the journal joins on to,
/// and `None` if the journal alone has everything.
fn find_bases(
    paths: &Paths,
    journal: &Journal,
    doubt: &str,
) -> Result<Vec<Option<SnapshotInfo>>, OpenError> {
    let files = snapshot::list(&paths.snapshots).map_err(file_error(&paths.snapshots))?;
    let mut bases = Vec::new();
    let mut unfit = Vec::new();
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match snapshot::check(&path) {
            Err(cause) => unfit.push(format!("{name}: {cause}")),
            Ok(found) if found.start_seq + 1 < journal.first_seq() => {
                unfit.push(format!(
                    "{name} needs the journal from {}",
                    found.start_seq + 1
                ));
            }
            Ok(found) => {
                refuse_if_behind(journal, found.end_seq)?;
                bases.push(Some(found));
            }
        }
    }
    for unfit in &unfit {
        tracing::warn!(%unfit, "a snapshot is of no use");
    }
    if journal.first_seq() == 1 {
        bases.push(None);
    }
    if !bases.is_empty() {
        return Ok(bases);
    }
    if unfit.is_empty() {
        unfit.push("there is none".into());
    }
    Err(OpenError::NothingToRebuildFrom {
        doubt: doubt.to_owned(),
        first_seq: journal.first_seq(),
        snapshots: unfit.join("; "),
    })
}

/// Keeps one doubted state for whoever wants to know; older ones go, so that a crash loop cannot
/// fill the disk.
fn move_aside(paths: &Paths) -> io::Result<Option<PathBuf>> {
    if !paths.state.exists() {
        return Ok(None);
    }
    if paths.aside.exists() {
        fs::remove_dir_all(&paths.aside)?;
    }
    fs::create_dir(&paths.aside)?;
    let aside = paths.aside.join(format!("state-{}", disk::unix_ms()));
    fs::rename(&paths.state, &aside)?;
    disk::sync_dir(&paths.dir)?;
    Ok(Some(aside))
}

fn build(
    path: &Path,
    cache: u64,
    journal: &Journal,
    base: Option<&SnapshotInfo>,
    fate: StateFate,
) -> Result<Built, Trouble> {
    let state = SledState::open(path, cache).map_err(Trouble::engine)?;
    let mut meta = Meta::default();
    let mut exact_from = 0;
    if let Some(base) = base {
        exact_from = base.end_seq;
        meta.seq = base.start_seq;
        snapshot::load(base, |rows| {
            for (key, value) in &rows {
                meta.digest.replace(key, None, Some(value));
            }
            let changes = rows.iter().map(|(key, value)| (key, Some(value)));
            state.apply(changes, None).map_err(Trouble::from)
        })?;
    }
    let from = meta.seq;
    let meta = replay(&state, journal, meta, exact_from)?;
    Ok(Built {
        state,
        meta,
        replayed: meta.seq - from,
        fate,
    })
}

/// Replays everything after `meta.seq`. From `exact_from` on the rows must add up before every
/// group; before it they are a mix of moments, and the state does not say that it is complete.
fn replay(
    state: &SledState,
    journal: &Journal,
    mut meta: Meta,
    exact_from: u64,
) -> Result<Meta, Trouble> {
    let mut overlay = Overlay::new(state, meta.digest);
    journal.replay(meta.seq, |group, batches| {
        if meta.seq >= exact_from && group.digest != meta.digest {
            return Err(OpenError::ReplayDisagrees {
                seq: group.first_seq,
            }
            .into());
        }
        for changes in &batches {
            overlay.stage(changes)?;
        }
        meta = Meta {
            seq: group.last_seq(),
            digest: overlay.digest(),
        };
        if overlay.len() >= REPLAY_ROWS {
            let complete = (meta.seq >= exact_from).then_some(meta);
            let next = Overlay::new(state, meta.digest);
            let changes = std::mem::replace(&mut overlay, next).into_changes();
            state.apply(changes.iter(), complete)?;
        }
        Ok::<_, Trouble>(())
    })?;
    state.apply(overlay.into_changes().iter(), Some(meta))?;
    Ok(meta)
}

/// What can happen on the way: a reason to rebuild, or a reason to stop.
enum Trouble {
    Doubt(Doubt),
    Refused(OpenError),
}

impl Trouble {
    fn engine(cause: String) -> Self {
        Self::Doubt(format!("its engine failed ({cause})"))
    }
}

impl From<ReadError> for Trouble {
    fn from(cause: ReadError) -> Self {
        Self::engine(cause.to_string())
    }
}

impl From<OpenError> for Trouble {
    fn from(refused: OpenError) -> Self {
        Self::Refused(refused)
    }
}

impl From<io::Error> for Trouble {
    fn from(cause: io::Error) -> Self {
        Self::Doubt(format!("the snapshot cannot be read ({cause})"))
    }
}

fn on_helper_thread<T: Send + 'static>(
    act: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    thread::Builder::new()
        .name("parlor-recover".into())
        .spawn(act)
        .map_err(|cause| cause.to_string())?
        .join()
        .map_err(|panic| words_of(&*panic))
}

fn file_error(path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let path = path.to_owned();
    move |cause| OpenError::File { path, cause }
}
