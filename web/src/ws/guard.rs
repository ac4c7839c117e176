//! The header guard: reads frame headers as bytes pass by and stops the stream before a forbidden
//! frame is received. The codec behind it would first take in all of a declared 200 MiB.

use std::{
    cell::Cell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{error::PayloadError, web::Bytes};
use futures_util::Stream;

use super::MESSAGE_BYTES_MAX;

/// What is wrong with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// Longer than allowed.
    TooBig,
    /// Against RFC 6455: reserved bits, no mask, unknown opcode, bad control frame.
    Protocol,
}

/// Where the guard and the actor meet: what broke, and whether to swallow the rest.
#[derive(Clone, Default)]
pub(super) struct Verdict {
    broken: Rc<Cell<Option<Broken>>>,
    deaf: Rc<Cell<bool>>,
}

impl Verdict {
    /// What broke, if anything.
    pub fn broken(&self) -> Option<Broken> {
        self.broken.get()
    }

    /// From now on bytes are swallowed, so that closing does not reset the connection before the
    /// close frame was read.
    pub fn go_deaf(&self) {
        self.deaf.set(true);
    }
}

/// Follows frame boundaries through a stream of bytes.
#[derive(Debug, Default)]
pub(super) struct Headers {
    head: [u8; 14],
    filled: usize,
    /// Payload bytes of the present frame still to come.
    payload: u64,
}

impl Headers {
    /// Looks at the next bytes; stops at the first forbidden header.
    pub fn pass(&mut self, mut bytes: &[u8]) -> Result<(), Broken> {
        while !bytes.is_empty() {
            if self.payload > 0 {
                let skip = bytes
                    .len()
                    .min(usize::try_from(self.payload).unwrap_or(usize::MAX));
                self.payload -= skip as u64;
                bytes = &bytes[skip..];
                continue;
            }
            self.head[self.filled] = bytes[0];
            self.filled += 1;
            bytes = &bytes[1..];
            self.check()?;
        }
        Ok(())
    }

    /// Judges the header as far as it is known (RFC 6455 section 5.2).
    fn check(&mut self) -> Result<(), Broken> {
        let first = self.head[0];
        let (control, opcode) = (first & 0x08 != 0, first & 0x0f);
        if first & 0x70 != 0 || !matches!(opcode, 0..=2 | 8..=10) {
            return Err(Broken::Protocol);
        }
        if self.filled < 2 {
            return Ok(());
        }
        let (masked, short) = (self.head[1] & 0x80 != 0, self.head[1] & 0x7f);
        if !masked || (control && (short > 125 || first & 0x80 == 0)) {
            return Err(Broken::Protocol);
        }
        let length_bytes = match short {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        if self.filled < 2 + length_bytes {
            return Ok(());
        }
        let length = match length_bytes {
            0 => u64::from(short),
            n => self.head[2..2 + n]
                .iter()
                .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        };
        if length > MESSAGE_BYTES_MAX as u64 {
            return Err(Broken::TooBig);
        }
        if self.filled == 2 + length_bytes + 4 {
            self.filled = 0;
            self.payload = length;
        }
        Ok(())
    }
}

/// A payload behind the guard.
pub(super) struct Guarded<S> {
    inner: S,
    headers: Headers,
    verdict: Verdict,
}

impl<S> Guarded<S> {
    pub fn new(inner: S, verdict: Verdict) -> Self {
        Self {
            inner,
            headers: Headers::default(),
            verdict,
        }
    }
}

impl<S> Stream for Guarded<S>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let chunk = match Pin::new(&mut self.inner).poll_next(cx) {
                Poll::Ready(Some(Ok(chunk))) => chunk,
                other => return other,
            };
            if self.verdict.deaf.get() {
                continue;
            }
            if let Err(broken) = self.headers.pass(&chunk) {
                self.verdict.broken.set(Some(broken));
                self.verdict.go_deaf();
                return Poll::Ready(Some(Err(PayloadError::Overflow)));
            }
            return Poll::Ready(Some(Ok(chunk)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn header(first: u8, masked: bool, length: u64) -> Vec<u8> {
        let mask = if masked { 0x80 } else { 0 };
        let mut bytes = vec![first];
        match length {
            0..=125 => bytes.push(mask | length as u8),
            126..=0xffff => {
                bytes.push(mask | 126);
                bytes.extend_from_slice(&(length as u16).to_be_bytes());
            }
            _ => {
                bytes.push(mask | 127);
                bytes.extend_from_slice(&length.to_be_bytes());
            }
        }
        if masked {
            bytes.extend_from_slice(&[1, 2, 3, 4]);
        }
        bytes
    }

    fn judge(bytes: &[u8]) -> Result<(), Broken> {
        Headers::default().pass(bytes)
    }

    #[test]
    fn headers_are_judged_before_their_payload() {
        let cases: &[(&str, Vec<u8>, Result<(), Broken>)] = &[
            ("text", header(0x81, true, 5), Ok(())),
            ("as long as allowed", header(0x82, true, 65_536), Ok(())),
            ("one more", header(0x81, true, 65_537), Err(Broken::TooBig)),
            (
                "200 MiB",
                header(0x81, true, 200 << 20),
                Err(Broken::TooBig),
            ),
            ("2^63", header(0x81, true, 1 << 63), Err(Broken::TooBig)),
            ("not masked", header(0x81, false, 5), Err(Broken::Protocol)),
            ("reserved bit", header(0xc1, true, 5), Err(Broken::Protocol)),
            ("opcode 3", header(0x83, true, 5), Err(Broken::Protocol)),
            ("opcode 11", header(0x8b, true, 5), Err(Broken::Protocol)),
            ("long ping", header(0x89, true, 126), Err(Broken::Protocol)),
            (
                "fragmented ping",
                header(0x09, true, 1),
                Err(Broken::Protocol),
            ),
            ("close", header(0x88, true, 2), Ok(())),
        ];
        for (name, bytes, wanted) in cases {
            assert_eq!(judge(bytes), *wanted, "{name}");
        }
    }

    proptest! {
        /// However the bytes are cut, the same frame is found at fault, and never an innocent one.
        #[test]
        fn cuts_do_not_matter(
            lengths in prop::collection::vec(0u64..300, 1..8),
            cuts in prop::collection::vec(1usize..40, 1..60),
            bad in any::<bool>(),
        ) {
            let mut bytes = Vec::new();
            for length in &lengths {
                bytes.extend(header(0x81, true, *length));
                bytes.extend(vec![0xff; *length as usize]);
            }
            if bad {
                bytes.extend(header(0x81, true, 1 << 40));
            }
            let mut guard = Headers::default();
            let mut rest = bytes.as_slice();
            let mut verdict = Ok(());
            for cut in cuts.iter().cycle() {
                if rest.is_empty() || verdict.is_err() {
                    break;
                }
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                verdict = guard.pass(now);
                rest = later;
            }
            prop_assert_eq!(verdict, if bad { Err(Broken::TooBig) } else { Ok(()) });
        }

        #[test]
        fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
            let _ = judge(&bytes);
        }
    }
}
