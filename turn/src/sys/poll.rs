//! Readiness: epoll, and a descriptor to wake its waiter from another thread.

use std::{
    io,
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
    time::Duration,
};

use libc::{EPOLL_CTL_ADD, EPOLL_CTL_MOD, c_int, epoll_event};

/// One epoll instance.
pub(crate) struct Epoll(OwnedFd);

/// A word that comes back with each event.
pub(crate) type Token = u64;

impl Epoll {
    pub fn new() -> io::Result<Epoll> {
        // SAFETY: plain call; the result is checked before it is owned.
        let fd = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: a fresh descriptor that nobody else owns.
        Ok(Epoll(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    fn control(&self, operation: c_int, fd: c_int, events: c_int, token: Token) -> io::Result<()> {
        let mut event = epoll_event {
            events: events as u32,
            u64: token,
        };
        // SAFETY: the event lives for the call; bad descriptors give an error.
        match unsafe { libc::epoll_ctl(self.0.as_raw_fd(), operation, fd, &mut event) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Watches for reading. A closed descriptor leaves by itself.
    pub fn add(&self, fd: &impl AsRawFd, token: Token) -> io::Result<()> {
        self.control(EPOLL_CTL_ADD, fd.as_raw_fd(), libc::EPOLLIN, token)
    }

    /// Watches for reading, and tells only of what came since it was last told: whoever asks must
    /// read until nothing is left. Saves the kernel a second look at each socket.
    pub fn add_edge(&self, fd: &impl AsRawFd, token: Token) -> io::Result<()> {
        self.control(
            EPOLL_CTL_ADD,
            fd.as_raw_fd(),
            libc::EPOLLIN | libc::EPOLLET,
            token,
        )
    }

    /// Watches for reading, and for writing too if asked.
    pub fn watch_writing(&self, fd: &impl AsRawFd, token: Token, writing: bool) -> io::Result<()> {
        let events = if writing {
            libc::EPOLLIN | libc::EPOLLOUT
        } else {
            libc::EPOLLIN
        };
        self.control(EPOLL_CTL_MOD, fd.as_raw_fd(), events, token)
    }

    /// Waits for events and gives how many were written to the front of `events`.
    pub fn wait(&self, events: &mut [epoll_event], timeout: Duration) -> usize {
        let ms = timeout.as_millis().min(60_000) as c_int;
        // SAFETY: the slice bounds what the kernel writes.
        let n = unsafe {
            libc::epoll_wait(
                self.0.as_raw_fd(),
                events.as_mut_ptr(),
                events.len() as c_int,
                ms,
            )
        };
        usize::try_from(n).unwrap_or(0)
    }
}

/// An eventfd: many writes, one wake.
pub(crate) struct Waker(OwnedFd);

impl Waker {
    pub fn new() -> io::Result<Waker> {
        // SAFETY: plain call; the result is checked before it is owned.
        let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: a fresh descriptor that nobody else owns.
        Ok(Waker(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    pub fn wake(&self) {
        let one = 1u64.to_ne_bytes();
        // SAFETY: eight bytes from a live array. A full counter means that a wake is pending.
        unsafe { libc::write(self.0.as_raw_fd(), one.as_ptr().cast(), 8) };
    }

    pub fn clear(&self) {
        let mut count = [0u8; 8];
        // SAFETY: eight bytes into a live array.
        unsafe { libc::read(self.0.as_raw_fd(), count.as_mut_ptr().cast(), 8) };
    }
}

impl AsRawFd for Waker {
    fn as_raw_fd(&self) -> c_int {
        self.0.as_raw_fd()
    }
}

/// Milliseconds of a clock that never goes back. The coarse clock of the kernel is exact to a few
/// milliseconds and costs no system call; one reading serves a whole batch of packets.
pub(crate) fn monotonic_ms() -> u64 {
    let mut t = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: writes one timespec.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &mut t) };
    t.tv_sec as u64 * 1000 + t.tv_nsec as u64 / 1_000_000
}
