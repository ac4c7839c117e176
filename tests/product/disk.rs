//! The real binary on a small disk of its own that fills up, or takes no writes any more: what is
//! refused is refused in words, what is read and said goes on, and it mends itself.
//!
//! The disk is an ext4 in a file, mounted in a mount namespace of the test's own; that takes root.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::{Value, json};

use crate::{
    place::Known,
    server::{Server, eventually, said, set, settings},
    traffic::{Pair, meet},
};

const OWN: [(&str, &str); 2] = [
    ("LIMITS__ACCOUNT_PER_MIN", "100000"),
    ("STORE__FREE_DISK_MIB_MIN", "8"),
];

/// A disk of 96 MiB; gone, with its namespace, when dropped.
pub struct Disk {
    holder: Child,
    at: PathBuf,
    _folder: tempfile::TempDir,
}

impl Disk {
    /// `None`, loudly, where this is not allowed.
    pub fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let (image, at) = (folder.path().join("image"), folder.path().join("disk"));
        File::create(&image).unwrap().set_len(96 << 20).unwrap();
        fs::create_dir(&at).unwrap();
        let script = "mkfs.ext4 -q -m 0 \"$0\" && mount -o loop \"$0\" \"$1\" && echo mounted && exec sleep 100000";
        let mut holder = Command::new("unshare")
            .args(["--mount", "--propagation", "private", "sh", "-c", script])
            .args([&image, &at])
            .env("PATH", "/usr/sbin:/sbin:/usr/bin:/bin")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(holder.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        if line.trim() != "mounted" {
            let _ = holder.wait();
            eprintln!("THE TEST OF THE FULL DISK WAS NOT RUN: this machine mounts no disk for it");
            return None;
        }
        Some(Self {
            holder,
            at,
            _folder: folder,
        })
    }

    /// A command that sees the disk.
    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("/usr/bin/nsenter");
        command
            .arg(format!("--mount=/proc/{}/ns/mnt", self.holder.id()))
            .args(["/bin/sh", "-c", "cd \"$0\" && exec \"$@\""])
            .arg(&self.at)
            .arg(program)
            .args(arguments);
        command
    }

    /// What the command said there.
    pub fn parlor(&self, arguments: &[&str]) -> Output {
        let command = self.command(env!("CARGO_BIN_EXE_parlor"), arguments);
        set(command, &settings(&OWN)).output().unwrap()
    }

    /// A server that keeps everything there.
    pub fn serve(&self) -> Server {
        let command = self.command(env!("CARGO_BIN_EXE_parlor"), &["serve", "--demo"]);
        Server::launch(set(command, &settings(&OWN)))
    }

    /// The disk, seen from outside.
    fn root(&self) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.id()));
        root.join(self.at.strip_prefix("/").unwrap())
    }

    /// Writes until nothing more goes in.
    pub fn fill(&self) -> PathBuf {
        let path = self.root().join("ballast");
        let mut ballast = File::create(&path).unwrap();
        for block in [vec![7; 1 << 20], vec![7; 1 << 12], vec![7; 1]] {
            while ballast.write_all(&block).is_ok() {}
        }
        ballast.sync_all().unwrap();
        path
    }

    /// Makes files and folders of the store unchangeable, or changeable again.
    fn freeze(&self, frozen: bool) {
        let flag = if frozen { "+i" } else { "-i" };
        let store = self.at.join("parlor-data/store");
        let changed = self
            .command("chattr", &["-R", flag, store.to_str().unwrap()])
            .env("PATH", "/usr/sbin:/sbin:/usr/bin:/bin")
            .output()
            .unwrap();
        assert!(changed.status.success(), "{changed:?}");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// Two people who talk, in a room and in messages.
struct Talk {
    server: Server,
    client: Known,
    path: String,
    pair: Pair,
    written: u64,
}

impl Talk {
    fn begin(disk: &Disk) -> Self {
        let server = disk.serve();
        let host = Known::of(&server, "Log in as host:");
        let client = Known::of(&server, "Log in as client:");
        let (one, other) = (&host.id, &client.id);
        let path = format!(
            "/api/conversations/{}_{}/messages",
            one.min(other),
            one.max(other)
        );
        let pair = meet(&server);
        Self {
            server,
            client,
            path,
            pair,
            written: 0,
        }
    }

    /// Says the next thing in writing.
    fn write(&mut self) -> (u16, Value) {
        let key = format!("00000000-0000-4000-8000-{:012x}", self.written);
        let body = json!({"text": format!("message {}", self.written)});
        let answer = self
            .server
            .try_post(&self.path, &self.client.token, &key, &body);
        if answer.0 == 200 {
            self.written += 1;
        }
        answer
    }

    fn writes(&mut self, count: u64) {
        for _ in 0..count {
            let (status, body) = self.write();
            assert_eq!(status, 200, "{body}");
        }
    }

    /// All that was acknowledged is there, and nothing else.
    fn is_whole(&self) {
        let page = format!("{}?after=0&limit=200", self.path);
        let page = self.server.get(&page, &self.client.token);
        let texts = page["messages"].as_array().unwrap().iter();
        let texts: Vec<_> = texts
            .map(|it| it["text"].as_str().unwrap().to_owned())
            .collect();
        let expected: Vec<_> = (0..self.written).map(|n| format!("message {n}")).collect();
        assert_eq!(texts, expected);
    }

    /// What people say to each other in the call still arrives.
    fn calls_go_on(&mut self) {
        for audio in [false, true] {
            let state = json!({"audio": audio, "video": true});
            self.pair.guest.ask("media-state", state);
            assert_eq!(self.pair.host.event("media-state")["audio"], audio);
        }
    }

    /// Until writes are refused; then everything that is promised of such a time.
    fn only_reads(&mut self, word: &str) {
        let refused = eventually("writes are refused", || {
            let (status, body) = self.write();
            (status != 200).then_some((status, body))
        });
        assert!(
            refused.0 == 503 && refused.1["retryable"] == true,
            "{refused:?}"
        );
        let health = eventually("health says it", || {
            let (status, health) = self.server.try_get("/health");
            (status == 503).then_some(health)
        });
        assert_eq!(health["services"]["database"], "failed");
        let problem = health["problems"][0].as_str().unwrap();
        assert!(problem.contains(word), "{problem}");
        assert!(self.server.metrics().contains("parlor_store_read_only 1"));
        let wanted = json!({"package": "100-inr-9900", "gateway": "demo"});
        let path = "/api/payment/create-order";
        let order = self.server.try_post(path, &self.client.token, "k", &wanted);
        assert_eq!((order.0, &order.1["code"]), (503, &json!("read_only")));
        let words = order.1["message"].as_str().unwrap();
        assert!(words.contains("cannot save anything"), "{words}");
        self.is_whole();
        self.calls_go_on();
    }

    /// Without anybody doing anything but making the disk take writes again.
    fn writes_again(&mut self) {
        eventually("it mends itself", || (self.write().0 == 200).then_some(()));
        self.writes(5);
        let well = eventually("health says it", || {
            let (status, health) = self.server.try_get("/health");
            (status == 200).then_some(health)
        });
        assert_eq!(well["services"]["database"], "ok");
        self.is_whole();
        self.calls_go_on();
    }

    /// The same after kill -9, and the books are true.
    fn stays_whole_after_a_kill(self, disk: &Disk) {
        drop(self.server);
        let verified = disk.parlor(&["ledger", "verify"]);
        assert!(verified.status.success(), "{}", said(&verified));
        let server = disk.serve();
        let client = self.client.again(&server);
        Talk {
            server,
            client,
            ..self
        }
        .is_whole();
    }
}

#[test]
fn a_disk_that_fills_up_is_survived_and_used_again_when_there_is_room() {
    let Some(disk) = Disk::mount() else {
        return;
    };
    let mut talk = Talk::begin(&disk);
    talk.writes(10);
    for _ in 0..2 {
        let ballast = disk.fill();
        talk.only_reads("make room on the disk");
        let backup = disk.parlor(&["backup", "--to", "."]);
        let words = said(&backup);
        assert!(
            !backup.status.success() && words.contains("No space left"),
            "{words}"
        );
        let all = fs::read_dir(disk.root()).unwrap();
        let names: Vec<_> = all.map(|it| it.unwrap().file_name()).collect();
        let half = names
            .iter()
            .any(|it| it.to_string_lossy().contains("backup"));
        assert!(!half, "{names:?}");
        fs::remove_file(ballast).unwrap();
        talk.writes_again();
    }
    talk.stays_whole_after_a_kill(&disk);
}

#[test]
fn a_disk_that_takes_no_writes_is_survived_and_used_again_when_it_does() {
    let Some(disk) = Disk::mount() else {
        return;
    };
    let mut talk = Talk::begin(&disk);
    for _ in 0..2 {
        talk.writes(10);
        disk.freeze(true);
        talk.only_reads("look at the disk");
        disk.freeze(false);
        talk.writes_again();
    }
    talk.stays_whole_after_a_kill(&disk);
}

#[test]
fn a_disk_that_the_system_mounts_read_only_is_told_and_nothing_acknowledged_is_lost() {
    let Some(disk) = Disk::mount() else {
        return;
    };
    let mut talk = Talk::begin(&disk);
    talk.writes(10);
    // What the kernel does when it finds an ext4 damaged.
    let aborted = disk
        .command("mount", &["-o", "remount,abort", disk.at.to_str().unwrap()])
        .env("PATH", "/usr/sbin:/sbin:/usr/bin:/bin")
        .output()
        .unwrap();
    assert!(aborted.status.success(), "{aborted:?}");
    talk.only_reads("disk");
    drop(talk);
    let refused = disk.parlor(&["serve", "--demo"]);
    let words = said(&refused);
    assert!(
        !refused.status.success() && words.contains("store"),
        "{words}"
    );
    assert!(Path::new(&disk.at).is_dir());
}
