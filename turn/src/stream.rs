//! Clients over TCP and TLS: bytes in, bytes out, and what happens to those who do not read.
//!
//! A slow reader costs a bounded backlog, here and in the system; what does not fit is dropped whole
//! frame by whole frame, as a network would. Nothing here blocks, and nothing knows what a frame means.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use crate::{
    Limits,
    gate::Ticket,
    mailbox::NewStream,
    plane::Now,
    sys::poll::Epoll,
    table::token,
    wire::{
        framer::{Frame, next_frame},
        padded,
    },
};

/// Bytes read from one stream before another gets its turn.
const READ_BYTES_MAX: usize = 64 * 1024;
/// Plain bytes handed to TLS at once; it holds four times as many.
const TLS_BYTES: usize = 16 * 1024;
/// A buffer that has grown beyond this is given back when it is empty.
const KEEP_BYTES: usize = 8 * 1024;
/// Time after which the system gives up a peer that acknowledges nothing.
const SILENCE: Duration = Duration::from_secs(30);

/// One stream.
struct Stream {
    socket: TcpStream,
    tls: Option<Box<rustls::ServerConnection>>,
    client: SocketAddr,
    /// Plain bytes that are no whole frame yet.
    input: Vec<u8>,
    /// Plain bytes that wait to be written; those before `written` are gone.
    output: Vec<u8>,
    written: usize,
    watching_writes: bool,
    dirty: bool,
    authenticated: bool,
    has_allocation: bool,
    since: u64,
    heard: u64,
    _ticket: Ticket,
}

/// What reading gave.
#[derive(Default)]
pub(crate) struct Reading {
    /// Plain bytes to cut into frames; give what is left back with [`Streams::put_back`].
    pub bytes: Vec<u8>,
    /// The other end is gone.
    pub over: bool,
}

/// The streams of one shard.
pub(crate) struct Streams {
    epoll: Arc<Epoll>,
    limits: Limits,
    slots: Vec<Option<Stream>>,
    free: Vec<u32>,
    dirty: Vec<u32>,
    scratch: Box<[u8]>,
}

impl Streams {
    pub fn new(epoll: Arc<Epoll>, limits: Limits) -> Streams {
        Streams {
            epoll,
            limits,
            slots: Vec::new(),
            free: Vec::new(),
            dirty: Vec::new(),
            scratch: vec![0; READ_BYTES_MAX].into(),
        }
    }

    fn get(&mut self, id: u32) -> Option<&mut Stream> {
        self.slots.get_mut(id as usize)?.as_mut()
    }

    /// Takes a stream in and gives its number.
    pub fn add(&mut self, new: NewStream, now: Now) -> io::Result<u32> {
        let NewStream {
            socket,
            peer,
            tls,
            first,
            ticket,
        } = new;
        socket.set_nonblocking(true)?;
        socket.set_nodelay(true)?;
        let options = socket2::SockRef::from(&socket);
        let _ = options.set_tcp_user_timeout(Some(SILENCE));
        // The system would keep megabytes that the reader does not take: old pictures, and memory.
        let unsent = self.limits.stream_backlog_bytes.try_into();
        let _ = options.set_tcp_notsent_lowat(unsent.unwrap_or(u32::MAX));
        let id = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            (self.slots.len() - 1) as u32
        });
        if let Err(error) = self.epoll.add(&socket, token::STREAM | u64::from(id)) {
            self.free.push(id);
            return Err(error);
        }
        self.slots[id as usize] = Some(Stream {
            socket,
            tls,
            client: peer,
            input: first,
            output: Vec::new(),
            written: 0,
            watching_writes: false,
            dirty: false,
            authenticated: false,
            has_allocation: false,
            since: now.seconds,
            heard: now.seconds,
            _ticket: ticket,
        });
        Ok(id)
    }

    /// Who is at the other end.
    pub fn client(&mut self, id: u32) -> Option<SocketAddr> {
        Some(self.get(id)?.client)
    }

    /// The client has proved who it is; and whether it holds an allocation now.
    pub fn proved(&mut self, id: u32, has_allocation: bool) {
        if let Some(stream) = self.get(id) {
            stream.authenticated = true;
            stream.has_allocation = has_allocation;
        }
    }

    /// Reads what is there.
    pub fn read(&mut self, id: u32, now: Now) -> Reading {
        let Some(stream) = self.slots.get_mut(id as usize).and_then(Option::as_mut) else {
            return Reading::default();
        };
        stream.heard = now.seconds;
        let over = match &mut stream.tls {
            None => read_plain(&mut stream.socket, &mut stream.input, &mut self.scratch),
            Some(tls) => read_tls(
                &mut stream.socket,
                tls,
                &mut stream.input,
                &mut self.scratch,
            ),
        };
        if stream.tls.as_ref().is_some_and(|tls| tls.wants_write()) {
            self.mark_dirty(id);
        }
        let bytes = self
            .get(id)
            .map(|stream| std::mem::take(&mut stream.input))
            .unwrap_or_default();
        Reading { bytes, over }
    }

    /// Keeps the bytes after the last whole frame.
    pub fn put_back(&mut self, id: u32, mut rest: Vec<u8>, taken: usize) {
        if let Some(stream) = self.get(id) {
            rest.drain(..taken);
            if rest.is_empty() && rest.capacity() > KEEP_BYTES {
                rest = Vec::new();
            }
            stream.input = rest;
        }
    }

    /// Queues one frame made of parts, padded to four; false when the reader is too slow for it.
    pub fn send(&mut self, id: u32, parts: &[&[u8]]) -> bool {
        let most = self.limits.stream_backlog_bytes;
        let Some(stream) = self.get(id) else {
            return false;
        };
        let length: usize = parts.iter().map(|part| part.len()).sum();
        if stream.output.len() - stream.written + padded(length) > most {
            return false;
        }
        parts
            .iter()
            .for_each(|part| stream.output.extend_from_slice(part));
        stream
            .output
            .extend_from_slice(&[0; 3][..padded(length) - length]);
        self.mark_dirty(id);
        true
    }

    fn mark_dirty(&mut self, id: u32) {
        if let Some(stream) = self.get(id)
            && !std::mem::replace(&mut stream.dirty, true)
        {
            self.dirty.push(id);
        }
    }

    /// Writes what waits, of every stream that got something; gives those that failed.
    pub fn flush_dirty(&mut self) -> Vec<u32> {
        let mut failed = Vec::new();
        while let Some(id) = self.dirty.pop() {
            if let Some(stream) = self.get(id) {
                stream.dirty = false;
            }
            if !self.flush(id) {
                failed.push(id);
            }
        }
        failed
    }

    /// Writes what waits; false when the stream is broken.
    pub fn flush(&mut self, id: u32) -> bool {
        let Some(stream) = self.slots.get_mut(id as usize).and_then(Option::as_mut) else {
            return true;
        };
        let waits = match stream.write_out() {
            Ok(()) => false,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => true,
            Err(_) => return false,
        };
        if waits != stream.watching_writes {
            stream.watching_writes = waits;
            return self
                .epoll
                .watch_writing(&stream.socket, token::STREAM | u64::from(id), waits)
                .is_ok();
        }
        true
    }

    /// Closes a stream; its bytes are gone.
    pub fn close(&mut self, id: u32) {
        if let Some(stream) = self.slots.get_mut(id as usize).and_then(Option::take) {
            drop(stream);
            self.free.push(id);
        }
    }

    /// Streams that were silent or strangers for too long.
    pub fn overdue(&self, now: Now) -> Vec<u32> {
        let (handshake, idle) = (self.limits.handshake.as_secs(), self.limits.idle.as_secs());
        let overdue = |stream: &Stream| {
            !stream.has_allocation
                && (now.seconds > stream.heard + idle
                    || !stream.authenticated && now.seconds > stream.since + handshake)
        };
        (0..)
            .zip(&self.slots)
            .filter(|(_, s)| s.as_ref().is_some_and(overdue))
            .map(|(id, _)| id)
            .collect()
    }
}

impl Stream {
    /// Writes until nothing waits, or the system says `WouldBlock`.
    fn write_out(&mut self) -> io::Result<()> {
        loop {
            if let Some(tls) = &mut self.tls {
                while tls.wants_write() {
                    tls.write_tls(&mut self.socket)?;
                }
            }
            let rest = &self.output[self.written..];
            if rest.is_empty() {
                break;
            }
            let n = match &mut self.tls {
                None => self.socket.write(rest)?,
                Some(tls) if tls.is_handshaking() => return Ok(()),
                Some(tls) => encrypt(tls, rest)?,
            };
            if n == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.written += n;
        }
        self.written = 0;
        if self.output.capacity() > KEEP_BYTES {
            self.output = Vec::new()
        } else {
            self.output.clear()
        }
        Ok(())
    }
}

/// Hands frames to TLS, each as a record of its own: some clients (coturn's among them) take one
/// message from a record and lose the rest. Gives how many bytes went.
fn encrypt(tls: &mut rustls::ServerConnection, frames: &[u8]) -> io::Result<usize> {
    let mut done = 0;
    while done < frames.len().min(TLS_BYTES) {
        let rest = &frames[done..];
        let length = match next_frame(rest, usize::MAX) {
            Frame::Whole { taken, .. } => taken,
            _ => rest.len(),
        };
        let n = tls.writer().write(&rest[..length])?;
        done += n;
        if n < length {
            break;
        }
    }
    Ok(done)
}

/// Appends what is there; true when the stream is over.
fn read_plain(socket: &mut TcpStream, input: &mut Vec<u8>, scratch: &mut [u8]) -> bool {
    match socket.read(scratch) {
        Ok(0) => true,
        Ok(n) => {
            input.extend_from_slice(&scratch[..n]);
            false
        }
        Err(error) => {
            error.kind() != io::ErrorKind::WouldBlock && error.kind() != io::ErrorKind::Interrupted
        }
    }
}

fn read_tls(
    socket: &mut TcpStream,
    tls: &mut rustls::ServerConnection,
    input: &mut Vec<u8>,
    scratch: &mut [u8],
) -> bool {
    let mut over = false;
    let mut taken = 0;
    while taken < READ_BYTES_MAX {
        match tls.read_tls(socket) {
            Ok(0) => {
                over = true;
                break;
            }
            Ok(n) => taken += n,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(_) => {
                over = true;
                break;
            }
        }
        let Ok(state) = tls.process_new_packets() else {
            over = true;
            break;
        };
        over |= state.peer_has_closed();
        while let Ok(n) = tls.reader().read(scratch) {
            if n == 0 {
                break;
            }
            input.extend_from_slice(&scratch[..n]);
        }
    }
    // An adopted stream may hold bytes that were decrypted before it came here.
    while let Ok(n) = tls.reader().read(scratch) {
        if n == 0 {
            break;
        }
        input.extend_from_slice(&scratch[..n]);
    }
    over
}
