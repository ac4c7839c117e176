//! Stands between this program and the C library: every call that changes a file of the recorded
//! folder is carried out and written down. Rust's standard library and sled call these functions by
//! name, and a definition in the program comes before the library's.
//!
//! Writes are carried out under one lock, so that the order written down is the order that
//! happened. Syncs are not; their begin and end are written down.

use std::{
    ffi::{CStr, c_char, c_int, c_uint, c_void},
    path::Path,
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use super::trace::Event;

struct Recording {
    root: String,
    trace: c_int,
}

static RECORDING: OnceLock<Recording> = OnceLock::new();
static ORDER: Mutex<()> = Mutex::new(());
static TOKEN: AtomicU64 = AtomicU64::new(1);
/// Which descriptors belong to the recorded folder.
static OURS: [AtomicBool; 4096] = [const { AtomicBool::new(false) }; 4096];

/// Records everything below `root` into the file `trace` from now on.
pub fn start(root: &Path, trace: &Path) {
    let text = trace.to_str().expect("utf-8").to_owned() + "\0";
    let flags = libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC | libc::O_CLOEXEC;
    let trace = sys_open(text.as_ptr().cast(), flags, 0o600);
    assert!(trace >= 0);
    let root = root.to_str().expect("utf-8").to_owned();
    assert!(RECORDING.set(Recording { root, trace }).is_ok());
}

/// Writes down that a batch was acknowledged.
pub fn acked(writer: usize, n: u64) {
    let _order = order();
    note(&Event::Acked {
        writer: writer as u64,
        n,
    });
}

fn order() -> MutexGuard<'static, ()> {
    ORDER.lock().unwrap_or_else(PoisonError::into_inner)
}

fn note(event: &Event) {
    let Some(recording) = RECORDING.get() else {
        return;
    };
    let bytes = event.encode();
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        // SAFETY: the slice is valid for its length.
        let wrote =
            unsafe { libc::syscall(libc::SYS_write, recording.trace, rest.as_ptr(), rest.len()) };
        assert!(wrote > 0, "the recording cannot be written");
        rest = &rest[wrote as usize..];
    }
}

/// The path below the root, if it is there. `None` for everything else.
fn below_root(path: *const c_char) -> Option<String> {
    let root = &RECORDING.get()?.root;
    // SAFETY: callers of the C library pass C strings.
    let path = unsafe { CStr::from_ptr(path) }.to_str().ok()?;
    let below = path.strip_prefix(root.as_str())?;
    Some(below.trim_start_matches('/').to_owned())
}

fn is_ours(fd: c_int) -> bool {
    OURS.get(fd as usize)
        .is_some_and(|ours| ours.load(Ordering::Relaxed))
}

fn inode(fd: c_int) -> u64 {
    let mut stat = std::mem::MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the kernel fills the struct when it returns 0, which it does for an open descriptor.
    unsafe {
        assert_eq!(libc::fstat(fd, stat.as_mut_ptr()), 0);
        stat.assume_init().st_ino
    }
}

fn sys_open(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    // SAFETY: the caller's arguments, passed on.
    unsafe { libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path, flags, mode) as c_int }
}

fn open_and_note(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    let Some(below) = below_root(path) else {
        return sys_open(path, flags, mode);
    };
    let _order = order();
    // SAFETY: a C string.
    let existed = unsafe { libc::access(path, libc::F_OK) == 0 };
    let fd = sys_open(path, flags, mode);
    if fd < 0 {
        return fd;
    }
    OURS[fd as usize].store(true, Ordering::Relaxed);
    if flags & libc::O_CREAT != 0 && !existed {
        note(&Event::Create {
            path: below,
            inode: inode(fd),
        });
    } else if flags & libc::O_TRUNC != 0 {
        note(&Event::Truncate {
            inode: inode(fd),
            len: 0,
        });
    }
    fd
}

fn write_and_note(fd: c_int, from: *const c_void, len: usize, at: Option<i64>) -> isize {
    let ours = is_ours(fd);
    let order = ours.then(order);
    // SAFETY: the caller's arguments, passed on.
    let (offset, wrote) = unsafe {
        match at {
            Some(at) => (at, libc::syscall(libc::SYS_pwrite64, fd, from, len, at)),
            None => {
                let at = if ours {
                    libc::lseek(fd, 0, libc::SEEK_CUR)
                } else {
                    0
                };
                (at, libc::syscall(libc::SYS_write, fd, from, len))
            }
        }
    };
    if ours && wrote > 0 {
        // SAFETY: the kernel has read that many bytes from there.
        let bytes = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), wrote as usize) };
        note(&Event::Write {
            inode: inode(fd),
            offset: offset as u64,
            bytes: bytes.to_vec(),
        });
    }
    drop(order);
    wrote as isize
}

fn truncate_and_note(fd: c_int, len: i64) -> c_int {
    let _order = order();
    // SAFETY: the caller's arguments, passed on.
    let done = unsafe { libc::syscall(libc::SYS_ftruncate, fd, len) as c_int };
    if done == 0 && is_ours(fd) {
        note(&Event::Truncate {
            inode: inode(fd),
            len: len as u64,
        });
    }
    done
}

fn sync_and_note(fd: c_int, call: i64) -> c_int {
    let token = TOKEN.fetch_add(1, Ordering::Relaxed);
    let ours = is_ours(fd);
    if ours {
        let _order = order();
        note(&Event::SyncBegin {
            inode: inode(fd),
            token,
        });
    }
    // SAFETY: the caller's argument, passed on.
    let done = unsafe { libc::syscall(call, fd) as c_int };
    if ours && done == 0 {
        let _order = order();
        note(&Event::SyncEnd { token });
    }
    done
}

/// Carries out a call that changes names, and writes it down if it was one of ours and worked.
fn name_and_note(event: Option<Event>, call: impl FnOnce() -> i64) -> c_int {
    let _order = order();
    let done = call() as c_int;
    if done == 0
        && let Some(event) = event
    {
        note(&event);
    }
    done
}

// The names that the standard library and sled link to. SAFETY of all: the C library's contracts,
// passed on unchanged.

#[unsafe(no_mangle)]
unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    open_and_note(path, flags, mode)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    open_and_note(path, flags, mode)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn close(fd: c_int) -> c_int {
    if let Some(ours) = OURS.get(fd as usize) {
        ours.store(false, Ordering::Relaxed);
    }
    unsafe { libc::syscall(libc::SYS_close, fd) as c_int }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn write(fd: c_int, from: *const c_void, len: usize) -> isize {
    write_and_note(fd, from, len, None)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite(fd: c_int, from: *const c_void, len: usize, at: i64) -> isize {
    write_and_note(fd, from, len, Some(at))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite64(fd: c_int, from: *const c_void, len: usize, at: i64) -> isize {
    write_and_note(fd, from, len, Some(at))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn ftruncate(fd: c_int, len: i64) -> c_int {
    truncate_and_note(fd, len)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn ftruncate64(fd: c_int, len: i64) -> c_int {
    truncate_and_note(fd, len)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fsync(fd: c_int) -> c_int {
    sync_and_note(fd, libc::SYS_fsync)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn fdatasync(fd: c_int) -> c_int {
    sync_and_note(fd, libc::SYS_fdatasync)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mkdir(path: *const c_char, mode: c_uint) -> c_int {
    let _order = order();
    let done = unsafe { libc::syscall(libc::SYS_mkdirat, libc::AT_FDCWD, path, mode) as c_int };
    if done == 0
        && let Some(below) = below_root(path)
    {
        let fd = sys_open(path, libc::O_RDONLY | libc::O_CLOEXEC, 0);
        note(&Event::MakeDir {
            path: below,
            inode: inode(fd),
        });
        unsafe { libc::syscall(libc::SYS_close, fd) };
    }
    done
}

#[unsafe(no_mangle)]
unsafe extern "C" fn rmdir(path: *const c_char) -> c_int {
    let event = below_root(path).map(|path| Event::RemoveDir { path });
    name_and_note(event, || unsafe {
        libc::syscall(libc::SYS_unlinkat, libc::AT_FDCWD, path, libc::AT_REMOVEDIR)
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    let event = below_root(path).map(|path| Event::Unlink { path });
    name_and_note(event, || unsafe {
        libc::syscall(libc::SYS_unlinkat, libc::AT_FDCWD, path, 0)
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    let event = below_root(from)
        .zip(below_root(to))
        .map(|(from, to)| Event::Rename { from, to });
    name_and_note(event, || unsafe {
        let here = libc::AT_FDCWD;
        libc::syscall(libc::SYS_renameat2, here, from, here, to, 0)
    })
}

// `remove_dir_all` walks with descriptors; the walked folder's path is asked of the kernel.
#[unsafe(no_mangle)]
unsafe extern "C" fn unlinkat(dir: c_int, name: *const c_char, flags: c_int) -> c_int {
    let event = path_of(dir, name).map(|path| {
        if flags & libc::AT_REMOVEDIR != 0 {
            Event::RemoveDir { path }
        } else {
            Event::Unlink { path }
        }
    });
    name_and_note(event, || unsafe {
        libc::syscall(libc::SYS_unlinkat, dir, name, flags)
    })
}

fn path_of(dir: c_int, name: *const c_char) -> Option<String> {
    let root = &RECORDING.get()?.root;
    // SAFETY: a C string.
    let name = unsafe { CStr::from_ptr(name) }.to_str().ok()?;
    let whole = if dir == libc::AT_FDCWD {
        name.to_owned()
    } else {
        let dir = std::fs::read_link(format!("/proc/self/fd/{dir}")).ok()?;
        dir.join(name).to_str()?.to_owned()
    };
    let below = whole.strip_prefix(root.as_str())?;
    Some(below.trim_start_matches('/').to_owned())
}
