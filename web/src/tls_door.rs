//! The door that HTTPS, WSS and TURN over TLS share.
//!
//! Chromium's `turns:` client sends SNI but offers no ALPN, so the port cannot be told apart before
//! the handshake. After it one decrypted byte is enough: an HTTP request begins with a letter, and
//! what begins STUN the relay itself says ([`StunDoor::begins`]). A client that does offer the ALPN
//! protocol `stun.turn` (RFC 7443) is decided by that, before it sends anything; so is an authority
//! that looks for its proof.
//!
//! Must never hold a connection that says nothing: handshake and first byte have one deadline.

use std::{
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use actix_service::{Service, ServiceFactory};
use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::leaving::Leaving;

/// A TLS connection whose first byte was read already.
pub struct PeekedTls {
    first: Option<u8>,
    /// The connection below.
    pub stream: TlsStream<TcpStream>,
}

impl AsyncRead for PeekedTls {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if buf.remaining() > 0
            && let Some(byte) = self.first.take()
        {
            buf.put_slice(&[byte]);
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for PeekedTls {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// Takes the connections that speak STUN. The roof hands them to the relay.
#[derive(Clone)]
pub struct StunDoor {
    /// Whether the first decrypted byte of a connection begins STUN.
    pub begins: fn(u8) -> bool,
    /// Takes a connection; the addresses are the client's and ours.
    pub take: Arc<dyn Fn(PeekedTls, SocketAddr, SocketAddr) + Send + Sync>,
}

/// ALPN protocol of STUN and TURN over TLS (RFC 7443).
pub const ALPN_TURN: &[u8] = b"stun.turn";
/// ALPN protocol of HTTP/1.1.
pub const ALPN_HTTP: &[u8] = b"http/1.1";
/// ALPN protocol of an authority that looks whether a name leads here (RFC 8737). It is answered by
/// the handshake alone.
pub const ALPN_ACME: &[u8] = b"acme-tls/1";

/// What the door speaks, for the handshake.
pub fn protocols() -> Vec<Vec<u8>> {
    [ALPN_HTTP, ALPN_TURN, ALPN_ACME].map(<[u8]>::to_vec).into()
}

/// Makes the service of one worker: TLS, one byte, then HTTP or the relay.
pub struct TlsDoor<H> {
    /// Does the handshakes.
    pub acceptor: TlsAcceptor,
    /// Where STUN goes; without one it is closed.
    pub stun: Option<StunDoor>,
    /// What answers HTTP.
    pub http: H,
    /// For handshake and first byte together.
    pub deadline: Duration,
    /// Ends before that who has said nothing at a stop.
    pub leaving: Leaving,
}

impl<H> ServiceFactory<TcpStream> for TlsDoor<H>
where
    H: ServiceFactory<(PeekedTls, Option<SocketAddr>), Config = (), Response = (), InitError = ()>
        + 'static,
    H::Service: 'static,
{
    type Response = ();
    type Error = ();
    type Config = ();
    type Service = OpenTlsDoor<H::Service>;
    type InitError = ();
    type Future = Pin<Box<dyn Future<Output = Result<Self::Service, ()>>>>;

    fn new_service(&self, (): ()) -> Self::Future {
        let http = self.http.new_service(());
        let (acceptor, stun, deadline) = (self.acceptor.clone(), self.stun.clone(), self.deadline);
        let leaving = self.leaving.clone();
        Box::pin(async move {
            Ok(OpenTlsDoor {
                acceptor,
                stun,
                http: Rc::new(http.await?),
                deadline,
                leaving,
            })
        })
    }
}

/// The door of one worker.
pub struct OpenTlsDoor<S> {
    acceptor: TlsAcceptor,
    stun: Option<StunDoor>,
    http: Rc<S>,
    deadline: Duration,
    leaving: Leaving,
}

impl<S> Service<TcpStream> for OpenTlsDoor<S>
where
    S: Service<(PeekedTls, Option<SocketAddr>), Response = ()> + 'static,
{
    type Response = ();
    type Error = ();
    type Future = Pin<Box<dyn Future<Output = Result<(), ()>>>>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), ()>> {
        self.http.poll_ready(cx).map_err(drop)
    }

    fn call(&self, tcp: TcpStream) -> Self::Future {
        let (acceptor, stun, http) = (self.acceptor.clone(), self.stun.clone(), self.http.clone());
        let (deadline, leaving) = (self.deadline, self.leaving.clone());
        Box::pin(async move {
            let peer = tcp.peer_addr().map_err(drop)?;
            let local = tcp.local_addr().map_err(drop)?;
            let opened = tokio::select! {
                opened = tokio::time::timeout(deadline, open(acceptor, tcp)) => opened,
                () = leaving.told() => return Ok(()),
            };
            let Some(io) = opened.map_err(drop)?.map_err(drop)? else {
                return Ok(());
            };
            let begins = stun.as_ref().map(|stun| stun.begins);
            if io
                .first
                .is_none_or(|first| begins.is_some_and(|it| it(first)))
            {
                if let Some(stun) = stun {
                    (stun.take)(io, peer, local);
                }
                return Ok(());
            }
            http.call((io, Some(peer))).await.map_err(drop)
        })
    }
}

/// Shakes hands and looks at the first byte, unless the client has named STUN as its protocol. An
/// authority has seen all it wants when the handshake is over: nothing is left then.
async fn open(acceptor: TlsAcceptor, tcp: TcpStream) -> io::Result<Option<PeekedTls>> {
    let mut stream = acceptor.accept(tcp).await?;
    let named = stream.get_ref().1.alpn_protocol();
    if named == Some(ALPN_ACME) {
        stream.shutdown().await?;
        return Ok(None);
    }
    let first = if named == Some(ALPN_TURN) {
        None
    } else {
        Some(stream.read_u8().await?)
    };
    Ok(Some(PeekedTls { first, stream }))
}

impl PeekedTls {
    /// The socket, its TLS state, and the byte that was looked at.
    pub fn into_parts(self) -> (TcpStream, rustls::ServerConnection, Option<u8>) {
        let (socket, tls) = self.stream.into_inner();
        (socket, tls, self.first)
    }
}
