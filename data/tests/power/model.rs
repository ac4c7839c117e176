//! A disk that forgets what was not synced.
//!
//! Contents: each file has its durable bytes and the writes since, of which any 4 KiB block may or
//! may not have arrived, or only some of its sectors. Names: each folder has its durable names and
//! the changes since, of which a beginning may have arrived (file systems log them in order); a
//! sync of the folder makes them durable, a sync of the file does not.

use std::{
    collections::{BTreeMap, HashMap},
    fs, io,
    path::Path,
};

use super::trace::Event;
use crate::crash::Random;

const BLOCK: u64 = 4096;
const SECTOR: u64 = 512;

/// What becomes of what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// All of it is lost.
    Dropped,
    /// Each block arrives or not.
    Scattered,
    /// Each block arrives, or not, or in part.
    Torn,
    /// All of it arrives.
    Kept,
}

/// Every fate.
pub const FATES: [Fate; 4] = [Fate::Dropped, Fate::Scattered, Fate::Torn, Fate::Kept];

#[derive(Clone)]
enum Change {
    Write(u64, Vec<u8>),
    Truncate(u64),
}

#[derive(Clone, Default)]
struct File {
    durable: Vec<u8>,
    /// With the number of the event.
    pending: Vec<(u64, Change)>,
}

#[derive(Clone, PartialEq, Eq)]
enum Node {
    Dir,
    File(usize),
}

#[derive(Clone)]
enum Naming {
    Add(String, Node),
    Remove(String),
    Rename(String, String),
}

impl Naming {
    fn dir(&self) -> &str {
        let (Naming::Add(path, _) | Naming::Remove(path) | Naming::Rename(path, _)) = self;
        parent(path)
    }
}

type Names = BTreeMap<String, Node>;

/// The disk at one moment of a recording.
#[derive(Clone, Default)]
pub struct Disk {
    files: Vec<File>,
    /// Names as the process sees them.
    names: Names,
    durable_names: Names,
    /// With the number of the event.
    pending_names: Vec<(u64, Naming)>,
    by_inode: HashMap<u64, usize>,
    dir_inodes: HashMap<u64, String>,
    syncs: HashMap<u64, (u64, u64)>,
    now: u64,
}

impl Disk {
    /// The folder as it lies there, all of it durable.
    pub fn of(root: &Path) -> io::Result<Self> {
        let mut disk = Self::default();
        disk.take_in(root, root)?;
        Ok(disk)
    }

    fn take_in(&mut self, root: &Path, dir: &Path) -> io::Result<()> {
        use std::os::unix::fs::MetadataExt;
        let below = |path: &Path| {
            let below = path.strip_prefix(root).expect("below the root");
            below.to_str().expect("utf-8").to_owned()
        };
        self.dir_inodes.insert(fs::metadata(dir)?.ino(), below(dir));
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            let node = if path.is_dir() {
                self.take_in(root, &path)?;
                Node::Dir
            } else {
                self.by_inode
                    .insert(fs::metadata(&path)?.ino(), self.files.len());
                self.files.push(File {
                    durable: fs::read(&path)?,
                    pending: Vec::new(),
                });
                Node::File(self.files.len() - 1)
            };
            self.names.insert(below(&path), node.clone());
            self.durable_names.insert(below(&path), node);
        }
        Ok(())
    }

    /// One thing more happened.
    pub fn apply(&mut self, event: &Event) {
        self.now += 1;
        match event {
            Event::Create { path, inode } => {
                self.by_inode.insert(*inode, self.files.len());
                self.dir_inodes.remove(inode);
                self.files.push(File::default());
                self.add_name(path, Node::File(self.files.len() - 1));
            }
            Event::MakeDir { path, inode } => {
                self.by_inode.remove(inode);
                self.dir_inodes.insert(*inode, path.clone());
                self.add_name(path, Node::Dir);
            }
            Event::Unlink { path } | Event::RemoveDir { path } => {
                self.names.remove(path);
                self.pending_names
                    .push((self.now, Naming::Remove(path.clone())));
            }
            Event::Rename { from, to } => {
                let naming = Naming::Rename(from.clone(), to.clone());
                carry_out(&mut self.names, &naming);
                for dir in self.dir_inodes.values_mut() {
                    if dir == from || dir.starts_with(&format!("{from}/")) {
                        *dir = format!("{to}{}", &dir[from.len()..]);
                    }
                }
                self.pending_names.push((self.now, naming));
            }
            Event::Write {
                inode,
                offset,
                bytes,
            } => {
                self.change(*inode, Change::Write(*offset, bytes.clone()));
            }
            Event::Truncate { inode, len } => self.change(*inode, Change::Truncate(*len)),
            Event::SyncBegin { inode, token } => {
                self.syncs.insert(*token, (*inode, self.now));
            }
            Event::SyncEnd { token } => {
                if let Some((inode, begun)) = self.syncs.remove(token) {
                    self.sync(inode, begun);
                }
            }
            Event::Acked { .. } => {}
        }
    }

    fn add_name(&mut self, path: &str, node: Node) {
        let naming = Naming::Add(path.to_owned(), node);
        carry_out(&mut self.names, &naming);
        self.pending_names.push((self.now, naming));
    }

    fn change(&mut self, inode: u64, change: Change) {
        let file = self.by_inode[&inode];
        self.files[file].pending.push((self.now, change));
    }

    fn sync(&mut self, inode: u64, begun: u64) {
        if let Some(file) = self.by_inode.get(&inode)
            && !self.dir_inodes.contains_key(&inode)
        {
            let file = &mut self.files[*file];
            let later = file.pending.partition_point(|(at, _)| *at <= begun);
            for (_, change) in file.pending.drain(..later) {
                write_down(&mut file.durable, &change);
            }
            return;
        }
        let Some(dir) = self.dir_inodes.get(&inode).cloned() else {
            return;
        };
        for (at, naming) in std::mem::take(&mut self.pending_names) {
            if at <= begun && naming.dir() == dir {
                carry_out(&mut self.durable_names, &naming);
            } else {
                self.pending_names.push((at, naming));
            }
        }
    }

    /// Builds the folder as a power cut at this moment could have left it.
    pub fn build(&self, to: &Path, fate: Fate, random: &mut Random) -> io::Result<()> {
        fs::create_dir_all(to)?;
        let names = self.names_after(fate, random);
        for (path, node) in &names {
            let lost_parent =
                !parent(path).is_empty() && names.get(parent(path)) != Some(&Node::Dir);
            match node {
                _ if lost_parent => {}
                Node::Dir => fs::create_dir_all(to.join(path))?,
                Node::File(file) => {
                    fs::write(to.join(path), self.content_after(*file, fate, random))?;
                }
            }
        }
        Ok(())
    }

    fn names_after(&self, fate: Fate, random: &mut Random) -> Names {
        let mut names = self.durable_names.clone();
        let mut arrives: HashMap<&str, bool> = HashMap::new();
        for (_, naming) in &self.pending_names {
            let arrives = arrives.entry(naming.dir()).or_insert(fate != Fate::Dropped);
            let stops = matches!(fate, Fate::Scattered | Fate::Torn) && random.below(4) == 0;
            *arrives &= !stops;
            if *arrives {
                carry_out(&mut names, naming);
            }
        }
        names
    }

    fn content_after(&self, file: usize, fate: Fate, random: &mut Random) -> Vec<u8> {
        let file = &self.files[file];
        let mut content = file.durable.clone();
        for (_, change) in &file.pending {
            match (fate, change) {
                (Fate::Dropped, _) => {}
                (Fate::Kept, change) => write_down(&mut content, change),
                (_, Change::Truncate(_)) => {
                    if random.below(2) == 0 {
                        write_down(&mut content, change);
                    }
                }
                (_, Change::Write(offset, bytes)) => {
                    for (at, block) in blocks(*offset, bytes) {
                        if random.below(2) == 0 {
                            continue;
                        }
                        let torn = fate == Fate::Torn && random.below(2) == 0;
                        let sectors = random.below(BLOCK / SECTOR) * SECTOR;
                        let len = if torn {
                            block.len().min(sectors as usize)
                        } else {
                            block.len()
                        };
                        write_down(&mut content, &Change::Write(at, block[..len].to_vec()));
                    }
                }
            }
        }
        content
    }

    /// Whether the folder is what the recording says: proof that the recorder misses nothing.
    pub fn is_like(&self, root: &Path) -> io::Result<Result<(), String>> {
        let there = Self::of(root)?;
        let here: Vec<_> = self.names.keys().collect();
        let names: Vec<_> = there.names.keys().collect();
        if here != names {
            return Ok(Err(format!("recorded {here:?}, found {names:?}")));
        }
        for (path, node) in &self.names {
            if let (Node::File(here), Some(Node::File(there_file))) = (node, there.names.get(path))
            {
                let expected = self.content_after(*here, Fate::Kept, &mut Random(0));
                if expected != there.files[*there_file].durable {
                    return Ok(Err(format!("{path} has other bytes")));
                }
            }
        }
        Ok(Ok(()))
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

fn carry_out(names: &mut Names, naming: &Naming) {
    match naming {
        Naming::Add(path, node) => {
            names.insert(path.clone(), node.clone());
        }
        Naming::Remove(path) => {
            names.remove(path);
        }
        Naming::Rename(from, to) => {
            let below = format!("{from}/");
            let moved: Vec<_> = names
                .keys()
                .filter(|path| *path == from || path.starts_with(&below))
                .cloned()
                .collect();
            for path in moved {
                if let Some(node) = names.remove(&path) {
                    names.insert(format!("{to}{}", &path[from.len()..]), node);
                }
            }
        }
    }
}

fn write_down(content: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Truncate(len) => content.resize(*len as usize, 0),
        Change::Write(offset, bytes) => {
            let (start, end) = (*offset as usize, *offset as usize + bytes.len());
            if content.len() < end {
                content.resize(end, 0);
            }
            content[start..end].copy_from_slice(bytes);
        }
    }
}

/// The parts of a write that share a block of the disk.
fn blocks(offset: u64, bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let mut at = offset;
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let len = ((BLOCK - at % BLOCK) as usize).min(rest.len());
        let (block, later) = rest.split_at(len);
        let found = (at, block);
        at += len as u64;
        rest = later;
        Some(found)
    })
}
