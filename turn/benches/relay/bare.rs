//! The least that a packet can do: a process on the servers' processor, preferred by the scheduler as
//! the relay is, that hands every datagram on. What a packet waits here is the machine's, not ours.

use std::{
    io::{self, BufRead, BufReader, Write},
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    process::Stdio,
};

use super::{process::Process, servers::pinned};

/// One that runs, and where it takes datagrams.
pub struct Bare {
    pub at: SocketAddr,
    _process: Process,
}

impl Bare {
    /// Starts this program again, in that role, for a receiver on loopback.
    pub fn start(receiver: SocketAddr) -> io::Result<Bare> {
        let mut command = pinned(&std::env::current_exe()?);
        command
            .args(["bare", &receiver.port().to_string()])
            .stdout(Stdio::piped());
        let mut process = Process::start(&mut command)?;
        let mut line = String::new();
        if let Some(out) = process.stdout() {
            BufReader::new(out).read_line(&mut line)?;
        }
        let at = line.trim().parse().map_err(io::Error::other)?;
        Ok(Bare {
            at,
            _process: process,
        })
    }
}

/// Runs for ever: what comes goes to that port. Prints its address.
pub fn run(receiver: u16) -> io::Result<()> {
    super::prefer_this_thread();
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("{}", socket.local_addr()?);
    io::stdout().flush()?;
    let mut bytes = [0; 2048];
    loop {
        let (length, _) = socket.recv_from(&mut bytes)?;
        socket.send_to(&bytes[..length], (Ipv4Addr::LOCALHOST, receiver))?;
    }
}
