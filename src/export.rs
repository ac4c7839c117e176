//! `parlor export` and `parlor import`: all rows as lines of JSON, and a data folder made of them.
//!
//! An export is of one moment: of a running server it is made from a copy of its store, taken as a
//! backup is and removed again. Never opens sealed rows unless `--open` was said: then whoever has the
//! file reads everything.

use std::{
    fs::{self, File as OpenFile},
    io::{self, BufReader, BufWriter, IsTerminal, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::Args;
use parlor_data::{
    Store, StoreOptions,
    backup::{NewFile, seal::SealWriter},
    export::{self as lines, Head},
};

use crate::{
    app,
    backup::{
        house::Contents,
        line,
        restore::{Temporary, lay_out},
        words::Progress,
    },
    books,
    cli::File,
    config::Config,
    control, seals,
};

/// Memory for the cache of a store that is read once, bytes.
const CACHE_BYTES: u64 = 64 << 20;
/// How often it is said how far it is.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// How `export` was asked to run.
#[derive(Args)]
pub struct ExportArgs {
    #[command(flatten)]
    file: File,
    /// The file to make; nobody else may read it. By default the lines go to standard output.
    #[arg(long)]
    to: Option<PathBuf>,
    /// Open what is sealed: the file is readable then by whoever has it.
    #[arg(long)]
    open: bool,
    /// The data folder of a stopped server, or a copy of one; by default server.data_dir.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Folder with room for a copy of a running server's store; by default that of the file.
    #[arg(long)]
    room: Option<PathBuf>,
}

/// How `import` was asked to run.
#[derive(Args)]
pub struct ImportArgs {
    #[command(flatten)]
    file: File,
    /// The export; `-` is standard input.
    export: PathBuf,
    /// The data folder to make: one that has no store yet.
    #[arg(long)]
    to: PathBuf,
}

/// Runs `parlor export`.
///
/// # Errors
/// When nothing whole was written; the text says why.
pub fn export(arguments: &ExportArgs) -> Result<ExitCode> {
    let config = arguments.file.load()?;
    let own_dir = PathBuf::from(&config.server.data_dir);
    let data_dir = arguments.data.clone().unwrap_or(own_dir);
    let started = Instant::now();
    let mut copy = None;
    if let Some(stream) = control::backup(&data_dir, Contents::Store)? {
        let beside = arguments.to.as_deref().and_then(Path::parent);
        let beside = beside.filter(|it| !it.as_os_str().is_empty());
        let room = arguments.room.clone().or(beside.map(Path::to_owned));
        copy = Some(copied(
            &config,
            stream,
            &room.unwrap_or_else(std::env::temp_dir),
        )?);
    }
    let folder = copy.as_ref().map_or(&data_dir, |copy| &copy.0);
    let store = folder.join("store");
    ensure!(
        store.is_dir(),
        "{} holds no store; name the server's data folder with --data",
        folder.display()
    );
    let key_file = arguments
        .open
        .then(|| seals::existing(&config, &data_dir))
        .flatten();
    let store = Store::open(&store, options(&config, key_file))
        .context("the store cannot be opened")?
        .store;
    let written = write_out(&store, arguments);
    store.close();
    let count = written?;
    eprintln!(
        "{count} rows were written in {:.1} s{}.",
        started.elapsed().as_secs_f64(),
        if arguments.open {
            "; the lines are readable by whoever has them"
        } else {
            "; what is sealed stays so, and needs the key file (`--open` opens it)"
        }
    );
    Ok(ExitCode::SUCCESS)
}

fn write_out(store: &Store, arguments: &ExportArgs) -> Result<u64> {
    let mut told = progress();
    let Some(path) = &arguments.to else {
        let mut out = BufWriter::new(io::stdout().lock());
        let count = lines::export(store, arguments.open, &mut out, &mut told)?;
        out.flush()?;
        return Ok(count);
    };
    // There whole or not at all, and readable by its owner only.
    let mut out = NewFile::create(path).with_context(|| path.display().to_string())?;
    let count = lines::export(store, arguments.open, &mut out, &mut told)?;
    out.finish()?;
    Ok(count)
}

/// The store of a running server as it was at one moment, in a temporary folder.
fn copied(
    config: &Config,
    stream: std::os::unix::net::UnixStream,
    room: &Path,
) -> Result<Temporary> {
    let folder = Temporary::make(room)?;
    let packed = folder.0.join(".packed");
    let mut progress = Progress::new();
    let mut seal = SealWriter::new(NewFile::create(&packed)?, None)?;
    line::receive(stream, &mut seal, &mut |step| progress.tell(step))?;
    seal.finish()?.finish()?;
    let whole = Temporary(folder.0.join("whole"));
    lay_out(config, &packed, None, &whole.0, progress)?;
    fs::remove_file(&packed)?;
    fs::rename(whole.0.join("store"), folder.0.join("store"))?;
    Ok(folder)
}

/// Runs `parlor import`.
///
/// # Errors
/// When there is a store already, or the lines cannot be believed; then no store is left.
pub fn import(arguments: &ImportArgs) -> Result<ExitCode> {
    let config = arguments.file.load()?;
    let started = Instant::now();
    let store_dir = arguments.to.join("store");
    ensure!(
        !store_dir.exists(),
        "{} has a store already; an import makes a new one",
        arguments.to.display()
    );
    let input: Box<dyn io::Read> = match arguments.export.as_os_str().as_encoded_bytes() {
        b"-" => Box::new(io::stdin().lock()),
        _ => Box::new(
            OpenFile::open(&arguments.export)
                .with_context(|| arguments.export.display().to_string())?,
        ),
    };
    let mut input = BufReader::with_capacity(1 << 20, input);
    let head = Head::read(&mut input)?;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&arguments.to)
        .with_context(|| arguments.to.display().to_string())?;
    // Sealed rows are written as they lay; opened ones are sealed with the key of the new folder.
    let key_file = head.opened.then(|| seals::file(&config, &arguments.to));
    seals::stand_apart(key_file.as_deref(), &arguments.to.canonicalize()?)?;
    let made = fill(&store_dir, options(&config, key_file), &mut input);
    let count = made.inspect_err(|_| {
        let _ = fs::remove_dir_all(&store_dir);
    })?;
    println!(
        "{count} rows were imported in {:.1} s. Files that people sent, pictures and the server's secrets are in \
         no export.",
        started.elapsed().as_secs_f64()
    );
    let place = seals::file(&config, &arguments.to);
    if !head.opened && !place.exists() {
        println!(
            "What is sealed needs its key file: bring it to {} before the server starts.",
            place.display()
        );
    }
    books::verify(&config, Some(arguments.to.clone()))
}

fn fill(store: &Path, options: StoreOptions, input: &mut impl io::BufRead) -> Result<u64> {
    let store = Store::open(store, options)?.store;
    let count = lines::import(&store, input, &mut progress());
    store.close();
    Ok(count?)
}

fn options(config: &Config, key_file: Option<PathBuf>) -> StoreOptions {
    StoreOptions {
        cache_bytes: CACHE_BYTES,
        free_bytes_min: 0,
        key_file,
        ..app::store_options(config, Path::new(&config.server.data_dir))
    }
}

/// Says on a terminal how many rows there were so far.
fn progress() -> impl FnMut(u64) {
    let terminal = io::stderr().is_terminal();
    let mut told_at = Instant::now();
    move |count| {
        if terminal && told_at.elapsed() >= TELL_EVERY {
            told_at = Instant::now();
            eprintln!("{count} rows so far");
        }
    }
}
