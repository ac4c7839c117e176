//! How soon the scheduler lets a thread run that has something to do.

use std::{io, mem, time::Duration};

/// Asks for a short time slice for the calling thread: under EEVDF (Linux 6.12 and later) a thread
/// with a shorter slice runs sooner after it wakes, before threads of equal weight that compute,
/// while its share of the processor stays the same. Needs no privilege; older kernels take the
/// call and change nothing. Source: sched_setattr(2), the kernel's Documentation/scheduler/sched-eevdf.
///
/// # Errors
/// What the kernel or a system call filter answered; the thread then runs as before.
pub(crate) fn shorten(slice: Duration) -> io::Result<()> {
    const BYTES: u32 = size_of::<libc::sched_attr>() as u32;
    // SAFETY: all zeroes are a valid `sched_attr`: SCHED_OTHER, nice 0.
    let mut attributes: libc::sched_attr = unsafe { mem::zeroed() };
    // SAFETY: the structure lives for the call and is as long as is said; 0 is the calling thread.
    let read = unsafe { libc::syscall(libc::SYS_sched_getattr, 0, &mut attributes, BYTES, 0) };
    if read < 0 {
        return Err(io::Error::last_os_error());
    }
    attributes.sched_runtime = u64::try_from(slice.as_nanos()).unwrap_or(u64::MAX);
    // SAFETY: as above; policy and nice value stay what they were.
    match unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &attributes, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_gets_what_it_asks_for_and_no_privilege_is_needed() {
        std::thread::spawn(|| {
            shorten(Duration::from_micros(100)).expect("the kernel takes it");
        })
        .join()
        .expect("no panic");
    }
}
