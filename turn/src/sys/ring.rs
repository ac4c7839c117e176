//! Sends to many sockets with one system call, by io_uring.
//!
//! Only the submission is used: every send is asked not to wait, so that it has happened, or failed,
//! when the call returns, and nothing that was handed over is touched afterwards. Where the kernel
//! or a sandbox forbids io_uring, there is no ring, and sockets are written one by one.

use std::{io, os::fd::RawFd};

use io_uring::{IoUring, opcode, squeue::Flags, types::Fd};
use libc::{MSG_DONTWAIT, MSG_NOSIGNAL, msghdr};

use super::send::ENTRIES;

/// A ring that belongs to the thread that made it.
pub(crate) struct Ring(IoUring);

impl Ring {
    /// `None` where there is no io_uring.
    pub fn new() -> Option<Ring> {
        // Completions are taken by the same thread inside the call: no interrupts of it by others.
        let made = IoUring::builder()
            .setup_single_issuer()
            .setup_defer_taskrun()
            .build(ENTRIES as u32);
        match made {
            Ok(ring) => Some(Ring(ring)),
            Err(error) => {
                tracing::debug!(%error, "no io_uring here: sockets are written one by one");
                None
            }
        }
    }

    /// Queues one send; its number comes back when it fails.
    ///
    /// # Safety
    /// The header and all that it points to must stay, and `fd` must be open, until
    /// [`submit`](Self::submit) has returned; at most [`ENTRIES`] may be queued.
    #[inline]
    pub unsafe fn push_send(&mut self, fd: RawFd, header: &msghdr, number: usize) {
        let send = opcode::SendMsg::new(Fd(fd), header)
            .flags((MSG_DONTWAIT | MSG_NOSIGNAL) as u32)
            .build()
            .flags(Flags::SKIP_SUCCESS)
            .user_data(number as u64);
        // SAFETY: the caller keeps what the entry points to; the queue has room for all of them.
        let pushed = unsafe { self.0.submission().push(&send) };
        debug_assert!(pushed.is_ok(), "more sends than the ring has room for");
    }

    /// Sends what is queued and writes the numbers and errors of those that failed to the front of
    /// `failed`; gives how many. An error means that the ring is of no more use.
    pub fn submit(&mut self, failed: &mut [(usize, i32)]) -> io::Result<usize> {
        while !self.0.submission().is_empty() {
            match self.0.submit() {
                Err(error) if error.raw_os_error() != Some(libc::EINTR) => return Err(error),
                _ => {}
            }
        }
        let mut count = 0;
        for (done, room) in self.0.completion().zip(failed) {
            *room = (done.user_data() as usize, -done.result());
            count += 1;
        }
        Ok(count)
    }
}
