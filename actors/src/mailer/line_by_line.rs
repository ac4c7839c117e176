//! A connection that reads no further than it was asked to, until TLS begins.
//!
//! Before STARTTLS everybody on the way may add to what the server says. Words that come in one packet
//! with "220 go ahead" would wait in the reader's buffer and be taken, inside TLS, for the server's: a
//! login that worked, a mail that was taken. So every read ends with its line, and what somebody put
//! behind the last one meets the TLS handshake, which does not understand it. Must never be asked to
//! read far ahead: it looks at the bytes twice.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// First byte of a TLS record with a handshake (RFC 8446, 5.1); no SMTP command begins with it.
const HANDSHAKE: u8 = 22;
/// Bytes that are looked at for the end of a line.
const LOOK: usize = 1_024;

/// See the module's words.
#[derive(Debug)]
pub(super) struct LineByLine {
    stream: TcpStream,
    tls_began: bool,
}

impl LineByLine {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            tls_began: false,
        }
    }
}

impl AsyncTokioStream for LineByLine {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

impl AsyncRead for LineByLine {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.tls_began {
            return Pin::new(&mut self.stream).poll_read(cx, out);
        }
        let mut room = [0; LOOK];
        let mut seen = ReadBuf::new(&mut room);
        ready!(self.stream.poll_peek(cx, &mut seen))?;
        let ahead = seen.filled();
        let line = ahead.iter().position(|it| *it == b'\n');
        let length = line.map_or(ahead.len(), |end| end + 1).min(out.remaining());
        // Those bytes are there, so this neither waits nor gets others.
        let mut taken = ReadBuf::new(&mut room[..length]);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut taken))?;
        out.put_slice(taken.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for LineByLine {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.tls_began |= bytes.first() == Some(&HANDSHAKE);
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
