//! A WebSocket by hand: little enough that the other end is what is measured.

use std::{
    cell::RefCell,
    io,
    net::{IpAddr, SocketAddr},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

/// Any four bytes: what goes out must be masked (RFC 6455 5.3).
const MASK: [u8; 4] = [0x5a, 0x0f, 0xc3, 0x96];

/// One connection.
pub struct Wire {
    pub stream: TcpStream,
    /// What was read and is no whole frame yet.
    rest: RefCell<Vec<u8>>,
}

/// A masked text frame.
pub fn frame(text: &str) -> Vec<u8> {
    let len = text.len();
    let mut frame = Vec::with_capacity(len + 8);
    frame.push(0x81);
    match u8::try_from(len) {
        Ok(short) if short < 126 => frame.push(0x80 | short),
        _ => {
            frame.push(0x80 | 126);
            frame.extend(u16::try_from(len).unwrap().to_be_bytes());
        }
    }
    frame.extend(MASK);
    frame.extend(text.bytes().zip(MASK.iter().cycle()).map(|(b, m)| b ^ m));
    frame
}

impl Wire {
    /// Connects from an address of this machine and upgrades.
    pub async fn open(from: IpAddr, to: SocketAddr, path: &str, more: &str) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(from, 0))?;
        let mut stream = socket.connect(to).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n",
            to.port()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut head = Vec::new();
        let end = loop {
            if stream.read_buf(&mut head).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(end) = head.windows(4).position(|it| it == b"\r\n\r\n") {
                break end + 4;
            }
        };
        if !head.starts_with(b"HTTP/1.1 101") {
            let head = String::from_utf8_lossy(&head).into_owned();
            return Err(io::Error::other(head));
        }
        Ok(Self {
            stream,
            rest: RefCell::new(head.split_off(end)),
        })
    }

    /// Says something at once; what the kernel does not take is an error, because then the other end
    /// does not keep up.
    pub fn say(&self, text: &str) -> io::Result<()> {
        let frame = frame(text);
        match self.stream.try_write(&frame) {
            Ok(n) if n == frame.len() => Ok(()),
            Ok(_) => Err(io::ErrorKind::WriteZero.into()),
            Err(error) => Err(error),
        }
    }

    /// Waits for bytes and hands every whole text frame to `hear`; false at the end.
    pub async fn listen(&self, mut hear: impl FnMut(&str)) -> io::Result<bool> {
        let mut rest = self.rest.take();
        let mut at = 0;
        while let Some((from, to)) = whole(&rest[at..]) {
            // 0x88 is a close; everything else that is no text is ignored.
            match rest[at] {
                0x81 => hear(std::str::from_utf8(&rest[at + from..at + to]).unwrap()),
                0x88 => return Ok(false),
                _ => {}
            }
            at += to;
        }
        rest.drain(..at);
        self.rest.replace(rest);
        if at > 0 {
            return Ok(true);
        }
        loop {
            self.stream.readable().await?;
            let mut buffer = [0; 16 * 1024];
            match self.stream.try_read(&mut buffer) {
                Ok(0) => return Ok(false),
                Ok(n) => {
                    self.rest.borrow_mut().extend(&buffer[..n]);
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The next text frame for which `wanted` has an answer.
    pub async fn find<T>(&self, wanted: impl Fn(&str) -> Option<T>) -> io::Result<T> {
        let mut found = None;
        while found.is_none() {
            let on = self.listen(|text| {
                found = found.take().or_else(|| wanted(text));
            });
            if !on.await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(found.unwrap())
    }
}

/// Where the payload of the first frame begins and ends, when all of it is there.
fn whole(bytes: &[u8]) -> Option<(usize, usize)> {
    let (from, len) = match *bytes.get(1)? {
        126 => {
            let len = bytes.get(2..4)?.try_into().ok()?;
            (4, usize::from(u16::from_be_bytes(len)))
        }
        127 => {
            let len = bytes.get(2..10)?.try_into().ok()?;
            (10, usize::try_from(u64::from_be_bytes(len)).ok()?)
        }
        len => (2, usize::from(len)),
    };
    (bytes.len() >= from + len).then_some((from, from + len))
}
