//! Looks at a process from outside (`/proc`), and ends the ones that a proof has started.

use std::{
    net::{TcpListener, UdpSocket},
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A child process that ends with its owner, also when that one is killed.
pub struct Process(Child);

impl Process {
    /// Starts it with its output thrown away.
    pub fn start(command: &mut Command) -> std::io::Result<Process> {
        command.stdin(Stdio::null()).stderr(Stdio::null());
        // SAFETY: prctl is async-signal-safe and touches nothing of ours.
        unsafe {
            command.pre_exec(|| {
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                Ok(())
            });
        }
        command.spawn().map(Process)
    }

    /// Its id.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Its standard output, if that was piped.
    pub fn stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.0.stdout.take()
    }

    /// Whether it has ended by itself.
    pub fn ended(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // SAFETY: the child has not been waited for, so the id is still its own.
        unsafe { libc::kill(self.0.id() as libc::pid_t, libc::SIGTERM) };
        let deadline = Instant::now() + Duration::from_secs(3);
        while Instant::now() < deadline && matches!(self.0.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Resident memory of a process in kB.
pub fn resident_kb(pid: u32) -> u64 {
    status_field(pid, "VmRSS:")
}

/// Open descriptors of a process.
pub fn descriptors(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count)
}

fn status_field(pid: u32, name: &str) -> u64 {
    std::fs::read_to_string(format!("/proc/{pid}/status"))
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// Whether a program can be found.
pub fn installed(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

/// A port that is free for UDP and TCP on loopback, for programs that cannot take 0. Another
/// process may snatch it meanwhile, so the caller retries.
pub fn free_port() -> u16 {
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = udp.local_addr().unwrap().port();
        if port < 49152 && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
