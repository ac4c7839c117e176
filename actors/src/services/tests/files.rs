//! Files of conversations: what is taken, what is refused, how much, and what the sweeps leave.

use std::{io::Cursor, path::Path};

use parlor_data::nouns::{conversation, file as rows};
use parlor_domain::{
    conversation::{Change, ClientMsgId, ConversationId, Message, MsgSeq},
    file::{Attachment, COUNTED_BYTES_MIN, PictureFormat, WAITING_MAX},
    id::UserId,
};

use super::*;
use crate::services::FileConfig;

struct Desk {
    house: House,
    dir: tempfile::TempDir,
    pair: ConversationId,
}

const ADA: UserId = UserId(Uuid::from_u128(1));
const BOB: UserId = UserId(Uuid::from_u128(2));
const HTML: &[u8] = b"<!doctype html><script>alert(document.cookie)</script>";

fn desk_with(change: impl FnOnce(&mut FileConfig)) -> Desk {
    let dir = tempfile::tempdir().unwrap();
    let house = house_with(|config| {
        config.files.dir = dir.path().join("files");
        config.files.bytes_max = 300_000;
        change(&mut config.files);
    });
    let pair = ConversationId::pair(ADA, BOB).unwrap();
    Desk { house, dir, pair }
}

fn desk() -> Desk {
    desk_with(|_| {})
}

fn png(side: u32) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(side, side, |x, y| image::Rgb([x as u8, y as u8, 9]));
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}

impl Desk {
    async fn gives_in(
        &self,
        id: ConversationId,
        name: &str,
        bytes: &[u8],
    ) -> Result<Attachment, ServiceError> {
        let s = &self.house.services;
        let mut upload = s.begin_upload(ADA, id, name, None).await?;
        for piece in bytes.chunks(1_000) {
            upload.take(piece).await?;
        }
        let kept = s.keep_upload(upload).await;
        self.house.clock.advance(Millis(1));
        kept
    }

    async fn gives(&self, name: &str, bytes: &[u8]) -> Result<Attachment, ServiceError> {
        self.gives_in(self.pair, name, bytes).await
    }

    async fn refuses(&self, name: &str, bytes: &[u8]) -> &'static str {
        match self.gives(name, bytes).await {
            Err(ServiceError::BadField(bad)) => bad.why,
            other => panic!("{name}: {other:?}"),
        }
    }

    /// Says something with these files, as the conversation's actor does.
    fn says(&self, seq: u64, files: &[&Attachment]) -> Message {
        let message = Message {
            seq: MsgSeq(seq),
            sender: ADA,
            key: ClientMsgId(Uuid::from_u128(seq.into())),
            at: NOW,
            text: String::new(),
            reply_to: None,
            edited_at: None,
            deleted: false,
            files: files.iter().map(|it| (*it).clone()).collect(),
        };
        self.writes(&[Change::New(message.clone())]);
        message
    }

    fn writes(&self, changes: &[Change]) {
        let store = self.house.services.store();
        let head = conversation::load(store, self.pair).unwrap();
        let head = head.unwrap_or_default().0;
        let (batch, _) = conversation::commit(self.pair, &head, changes, NOW).unwrap();
        store.write_blocking(batch).unwrap();
    }

    /// What lies in the folder, without what is on its way.
    fn on_disk(&self) -> Vec<String> {
        let mut all = Vec::new();
        list(&self.dir.path().join("files"), &mut all);
        all.retain(|it| !it.contains("incoming"));
        all
    }

    fn on_its_way(&self) -> usize {
        let mut all = Vec::new();
        list(&self.dir.path().join("files/incoming"), &mut all);
        all.len()
    }

    async fn sweeps(&self) -> (u64, u64) {
        let swept = self.house.services.sweep_old().await.unwrap();
        (swept.count("uploads"), swept.count("file_contents"))
    }
}

fn list(dir: &Path, into: &mut Vec<String>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => list(&path, into),
            false => into.push(path.to_string_lossy().into_owned()),
        }
    }
}

#[actix::test]
async fn what_a_file_is_its_bytes_say() {
    let desk = desk();
    let page = desk.gives("notes.html", HTML).await.unwrap();
    assert_eq!((page.name.as_str(), page.picture), ("notes.html", None));
    assert_eq!(page.bytes, HTML.len() as u64);
    let picture = desk.gives("../x/shot.webp", &png(40)).await.unwrap();
    let facts = picture.picture.unwrap();
    assert_eq!(picture.name, "shot.png", "named by what it became");
    assert_eq!((facts.width, facts.height), (40, 40));
    assert_eq!(facts.format, PictureFormat::Png);
    for (name, bytes, why) in [
        ("cat.png", HTML, "not the picture"),
        (
            "cat.svg.jpg",
            &b"<svg onload=alert(1)>"[..],
            "not the picture",
        ),
        ("cat.png", b"\x89PNG\r\n\x1a\n<script>", "cannot be read"),
        ("x.gif", b"GIF89a=1;alert(1)//", "too many pixels"),
        ("setup.exe", b"MZ\x90\0", "Programs"),
        ("notes.txt", b"\x7fELF\x02\x01", "Programs"),
        ("empty.txt", b"", "empty"),
    ] {
        let said = desk.refuses(name, bytes).await;
        assert!(said.contains(why), "{name}: {said}");
    }
    assert_eq!(
        desk.on_disk().len(),
        3,
        "one page, one picture and its small one"
    );
    assert_eq!(desk.on_its_way(), 0);
}

#[actix::test]
async fn the_first_byte_too_much_is_refused_and_leaves_nothing() {
    let desk = desk();
    let exact = vec![b'x'; 300_000];
    assert_eq!(desk.gives("a.txt", &exact).await.unwrap().bytes, 300_000);
    let more = [&exact[..], b"x"].concat();
    let refused = desk.gives("a.txt", &more).await;
    assert_eq!(refused, Err(ServiceError::FileTooLarge(300_000)));
    let s = &desk.house.services;
    let announced = s.begin_upload(ADA, desk.pair, "a.txt", Some(300_001)).await;
    assert_eq!(announced.err(), Some(ServiceError::FileTooLarge(300_000)));
    // Given up in the middle.
    let mut upload = s.begin_upload(ADA, desk.pair, "a", None).await.unwrap();
    upload.take(&exact).await.unwrap();
    assert_eq!(desk.on_its_way(), 1);
    drop(upload);
    assert_eq!((desk.on_its_way(), desk.on_disk().len()), (0, 1));
}

#[actix::test]
async fn a_person_has_so_much_space_and_nobody_has_any_before_a_door() {
    let desk = desk_with(|it| it.person_bytes_max = 2 * COUNTED_BYTES_MIN);
    let first = desk.gives("a.txt", b"a").await.unwrap();
    desk.gives("b.txt", b"b").await.unwrap();
    let full = Err(ServiceError::FilesFull(2 * COUNTED_BYTES_MIN));
    assert_eq!(desk.gives("c.txt", b"c").await, full);
    let s = &desk.house.services;
    s.take_upload_back(ADA, desk.pair, first.id).await.unwrap();
    desk.gives("c.txt", b"c").await.unwrap();

    let room = RoomId(Uuid::from_u128(7));
    let before = ConversationId::Lobby(room, ADA);
    let refused = desk.gives_in(before, "a.txt", b"a").await;
    assert_eq!(refused, Err(ServiceError::NotFound));
    let none = desk_with(|it| it.person_bytes_max = 0);
    assert_eq!(none.gives("a.txt", b"a").await, Err(ServiceError::NotFound));
}

#[actix::test]
async fn one_person_uploads_so_many_at_once() {
    let desk = desk();
    let s = &desk.house.services;
    let begin = |who| s.begin_upload(who, desk.pair, "a", None);
    let mut open = Vec::new();
    for _ in 0..4 {
        open.push(begin(ADA).await.unwrap());
    }
    assert_eq!(begin(ADA).await.err(), Some(ServiceError::Overloaded));
    assert!(begin(BOB).await.is_ok(), "somebody else may");
    open.pop();
    assert!(begin(ADA).await.is_ok());
}

#[actix::test]
async fn what_waits_too_long_or_is_too_much_goes_and_what_was_sent_stays() {
    let desk = desk();
    let store = desk.house.services.store();
    let sent = desk.gives("sent.txt", b"sent").await.unwrap();
    desk.says(1, &[&sent]);
    let oldest = desk.gives("0", b"0").await.unwrap();
    for n in 1..=WAITING_MAX {
        desk.gives(&n.to_string(), n.to_string().as_bytes())
            .await
            .unwrap();
    }
    let waiting = rows::waiting(store, ADA).unwrap();
    assert_eq!(waiting.len(), WAITING_MAX);
    assert_eq!(rows::load(store, ADA, oldest.id).unwrap(), None);
    assert_eq!(desk.sweeps().await, (0, 1), "its content is nobody's");
    desk.house.clock.advance(Millis::from_days(2));
    let count = WAITING_MAX as u64;
    assert_eq!(desk.sweeps().await, (count, count));
    assert_eq!(desk.on_disk().len(), 1);
    assert!(rows::load(store, ADA, sent.id).unwrap().is_some());
}

#[actix::test]
async fn content_goes_when_the_last_message_with_it_was_deleted() {
    let desk = desk();
    let one = desk.gives("a.txt", b"the same").await.unwrap();
    let two = desk.gives("b.txt", b"the same").await.unwrap();
    assert_eq!((one.blob, desk.on_disk().len()), (two.blob, 1));
    let [first, second] = [desk.says(1, &[&one]), desk.says(2, &[&two])];
    let delete = |mut message: Message| {
        let files = std::mem::take(&mut message.files);
        message.deleted = true;
        desk.writes(&[Change::Released(ADA, files), Change::Changed(message)]);
    };
    delete(first);
    assert_eq!((desk.sweeps().await, desk.on_disk().len()), ((0, 0), 1));
    delete(second);
    let s = &desk.house.services;
    assert!(s.open_content(one.blob).await.unwrap().is_some());
    assert_eq!((desk.sweeps().await, desk.on_disk().len()), ((0, 1), 0));
    assert!(s.open_content(one.blob).await.unwrap().is_none());
    assert_eq!(rows::taken(s.store(), ADA).unwrap(), 0);
    let lines = s.retention(money::admin()).await.unwrap().lines;
    let removed = lines.iter().find(|it| it.class == "file_contents");
    assert_eq!(removed.unwrap().removed, Some(1));
}

#[actix::test]
async fn a_kill_between_content_and_row_leaves_only_what_a_sweep_removes() {
    let desk = desk();
    let kept = desk.gives("kept.txt", b"kept").await.unwrap();
    desk.says(1, &[&kept]);
    // The content got its place, and the row was never written.
    let shelf = desk.dir.path().join("files/ab");
    std::fs::create_dir_all(&shelf).unwrap();
    std::fs::write(shelf.join("c".repeat(62)), "no row").unwrap();
    // Another upload was cut off before that.
    let incoming = desk.dir.path().join("files/incoming");
    std::fs::write(incoming.join("half"), "half").unwrap();
    let s = &desk.house.services;
    assert_eq!((s.tidy_uploads().unwrap(), desk.on_its_way()), (1, 0));
    assert_eq!((desk.sweeps().await, desk.on_disk().len()), ((0, 1), 1));
    assert!(s.open_content(kept.blob).await.unwrap().is_some());
}
