//! A mail server for tests that behaves as it is told: at each step of the conversation it says what a
//! good server says, something else, nothing for ever, or hangs up. Uses threads and nothing but the
//! standard library, so that a test in another process may run it too.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{
        Arc,
        mpsc::{self, Receiver, Sender},
    },
    thread,
};

/// Where a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The first line, which is the server's.
    Greeting,
    /// EHLO.
    Hello,
    /// MAIL FROM.
    From,
    /// RCPT TO.
    To,
    /// DATA.
    Data,
    /// The text was handed over.
    Dot,
}

/// What the server does there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// Says this.
    Say(&'static str),
    /// Hangs up.
    Close,
    /// Says nothing until the other side hangs up.
    Stall,
}

/// What to do at a step of the `n`th letter (from 0) of all; `None` is what a good server does.
pub type Script = Arc<dyn Fn(Step, usize) -> Option<Reply> + Send + Sync>;

/// The server; its thread ends with the process.
pub struct StandIn {
    /// Where it listens, on loopback.
    pub port: u16,
    /// Every text that was handed over, whatever the answer was.
    pub received: Receiver<String>,
}

impl StandIn {
    /// Starts one on a free port.
    pub fn start(script: Script) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("its number").port();
        let (sender, received) = mpsc::channel();
        let letters = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let talk = Talk {
                    script: Arc::clone(&script),
                    sender: sender.clone(),
                    letters: Arc::clone(&letters),
                };
                thread::spawn(move || talk.run(stream));
            }
        });
        Self { port, received }
    }

    /// One that takes everything.
    pub fn good() -> Self {
        Self::start(Arc::new(|_, _| None))
    }
}

struct Talk {
    script: Script,
    sender: Sender<String>,
    letters: Arc<std::sync::atomic::AtomicUsize>,
}

impl Talk {
    /// Ends with the connection; `None` is how that is said.
    fn run(&self, stream: TcpStream) -> Option<()> {
        stream.set_nodelay(true).ok()?;
        let mut lines = BufReader::new(stream.try_clone().ok()?);
        let mut out = stream;
        self.answer(Step::Greeting, "220 stand-in", &mut out, &mut lines)?;
        let mut line = String::new();
        loop {
            line.clear();
            if lines.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let word = line.split([' ', ':', '\r']).next().unwrap_or("");
            match word.to_ascii_uppercase().as_str() {
                "EHLO" => self.answer(Step::Hello, "250 stand-in", &mut out, &mut lines)?,
                "MAIL" => self.answer(Step::From, "250 fine", &mut out, &mut lines)?,
                "RCPT" => self.answer(Step::To, "250 fine", &mut out, &mut lines)?,
                "DATA" => self.take(&mut out, &mut lines)?,
                "QUIT" => {
                    out.write_all(b"221 bye\r\n").ok()?;
                    return None;
                }
                _ => out.write_all(b"250 fine\r\n").ok()?,
            }
        }
    }

    fn take(&self, out: &mut TcpStream, lines: &mut BufReader<TcpStream>) -> Option<()> {
        let number = self.letters.load(std::sync::atomic::Ordering::SeqCst);
        let asked = (self.script)(Step::Data, number);
        self.act(asked, "354 go on", out, lines)?;
        if asked.is_some() {
            return Some(());
        }
        let mut text = String::new();
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line == ".\r\n" {
                break;
            }
            text.push_str(line.strip_prefix('.').unwrap_or(&line));
        }
        self.sender.send(text).ok()?;
        let done = (self.script)(Step::Dot, number);
        self.letters
            .fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        self.act(done, "250 taken", out, lines)
    }

    fn answer(
        &self,
        step: Step,
        good: &str,
        out: &mut TcpStream,
        lines: &mut BufReader<TcpStream>,
    ) -> Option<()> {
        let number = self.letters.load(std::sync::atomic::Ordering::SeqCst);
        self.act((self.script)(step, number), good, out, lines)
    }

    fn act(
        &self,
        reply: Option<Reply>,
        good: &str,
        out: &mut TcpStream,
        lines: &mut BufReader<TcpStream>,
    ) -> Option<()> {
        let said = match reply {
            None => good,
            Some(Reply::Say(other)) => other,
            Some(Reply::Close) => return None,
            Some(Reply::Stall) => {
                drop(lines.read_to_end(&mut Vec::new()));
                return None;
            }
        };
        out.write_all(format!("{said}\r\n").as_bytes()).ok()?;
        // "Closing" is followed by that.
        (!said.starts_with("421")).then_some(())
    }
}
