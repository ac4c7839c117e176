//! How soon the scheduler lets a thread run that has something to do.

use std::{io, mem, time::Duration};

/// Asks that the calling thread runs soon after it wakes, before threads that compute.
///
/// A short time slice alone needs no privilege: under EEVDF (Linux 6.12 and later) it lets a thread
/// run sooner, while its share of the processor stays the same; older kernels change nothing. A
/// negative `nice` needs the right to it (`RLIMIT_NICE`, `LimitNICE=` of systemd); without the right
/// the thread keeps the one it has. A `slice` of zero leaves the system's own. Source:
/// sched_setattr(2), the kernel's Documentation/scheduler/sched-eevdf.
///
/// # Errors
/// What the kernel or a system call filter answered; the thread then runs as before.
pub(crate) fn prefer(slice: Duration, nice: i32) -> io::Result<()> {
    let mut attributes = get()?;
    attributes.sched_policy = libc::SCHED_OTHER as u32;
    attributes.sched_priority = 0;
    if !slice.is_zero() {
        attributes.sched_runtime = u64::try_from(slice.as_nanos()).unwrap_or(u64::MAX);
    }
    let own = mem::replace(&mut attributes.sched_nice, nice);
    set(&attributes).or_else(|_| {
        attributes.sched_nice = own;
        set(&attributes)
    })
}

/// Lets the calling thread run before all that is not realtime (SCHED_RR, its lowest priority): it
/// does not wait for anybody's slice. EEVDF alone cannot promise that, since who has had a little more
/// than its share is not let in again before the scheduler next looks. Needs root or `RLIMIT_RTPRIO`
/// (`LimitRTPRIO=` of systemd); the kernel keeps 5 % of the processor for the rest. Source: sched(7).
///
/// # Errors
/// What the kernel or a system call filter answered; the thread then runs as before.
pub(crate) fn go_first() -> io::Result<()> {
    let mut attributes = get()?;
    attributes.sched_policy = libc::SCHED_RR as u32;
    attributes.sched_priority = 1;
    set(&attributes)
}

/// Asks that the calling thread, when it wakes, lets whoever runs go on first (SCHED_BATCH): for those
/// who share processors with the relay. Without it a web server that wakes all the time takes the
/// processor from a relay in the middle of its batch, and keeps it until the kernel next looks, which
/// was seen to take half a millisecond. Its share of the processor stays the same. Source: sched(7).
///
/// # Errors
/// What the kernel or a system call filter answered; the thread then runs as before.
pub fn make_way() -> io::Result<()> {
    let mut attributes = get()?;
    attributes.sched_policy = libc::SCHED_BATCH as u32;
    set(&attributes)
}

fn get() -> io::Result<libc::sched_attr> {
    const BYTES: u32 = size_of::<libc::sched_attr>() as u32;
    // SAFETY: all zeroes are a valid `sched_attr`: SCHED_OTHER, nice 0.
    let mut attributes: libc::sched_attr = unsafe { mem::zeroed() };
    // SAFETY: the structure lives for the call and is as long as is said; 0 is the calling thread.
    match unsafe { libc::syscall(libc::SYS_sched_getattr, 0, &mut attributes, BYTES, 0) } {
        0 => Ok(attributes),
        _ => Err(io::Error::last_os_error()),
    }
}

fn set(attributes: &libc::sched_attr) -> io::Result<()> {
    // SAFETY: the structure lives for the call and says its own size; 0 is the calling thread.
    match unsafe { libc::syscall(libc::SYS_sched_setattr, 0, attributes, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_preferred_with_or_without_the_right_to_a_better_nice_value() {
        std::thread::spawn(|| {
            prefer(Duration::from_micros(100), -10).expect("the kernel takes at least the slice");
        })
        .join()
        .expect("no panic");
    }

    #[test]
    fn who_goes_first_does_so_or_is_told_why_not() {
        std::thread::spawn(|| match go_first() {
            Ok(()) => assert_eq!(get().expect("readable").sched_policy, libc::SCHED_RR as u32),
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::PermissionDenied),
        })
        .join()
        .expect("no panic");
    }

    #[test]
    fn who_makes_way_can_be_preferred_again() {
        std::thread::spawn(|| {
            make_way().expect("needs no right");
            assert_eq!(
                get().expect("readable").sched_policy,
                libc::SCHED_BATCH as u32
            );
            prefer(Duration::ZERO, 0).expect("needs no right");
            assert_eq!(
                get().expect("readable").sched_policy,
                libc::SCHED_OTHER as u32
            );
        })
        .join()
        .expect("no panic");
    }
}
