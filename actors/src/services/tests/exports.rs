//! Copies of somebody who used everything: what is in one, who gets it, and until when.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read as _},
};

use parlor_data::personal::{Erasure as Fate, Export as Told, MAP, Whose};
use parlor_domain::{booking::Reader, export::State as Copied};

use super::{
    booking::{Desk, guest},
    erasures::{ADDRESS, NAME, Scene, used},
    *,
};

/// Tables of which an erasure changes something though nothing of a person's own is in them.
fn is_an_index(fate: Fate) -> bool {
    matches!(fate, Fate::IndexOf(_) | Fate::WayTo(_))
}

/// What is in a file, by name.
fn opened(file: ExportFile) -> BTreeMap<String, Vec<u8>> {
    let (mut content, mut zip) = (file.content, Vec::new());
    content.read_to_end(&mut zip).unwrap();
    assert_eq!(zip.len() as u64, file.bytes);
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    (0..archive.len())
        .map(|n| {
            let (mut entry, mut bytes) = (archive.by_index(n).unwrap(), Vec::new());
            entry.read_to_end(&mut bytes).unwrap();
            (entry.name().to_owned(), bytes)
        })
        .collect()
}

async fn made(scene: &Scene) -> BTreeMap<String, Vec<u8>> {
    let s = &scene.house.services;
    s.ask_export(scene.person, "correct horse").await.unwrap();
    assert_eq!(s.sweep_exports().await.unwrap(), 1);
    opened(s.take_export(scene.person).await.unwrap())
}

/// The last link of each mail that says so, newest first.
fn links(scene: &Scene) -> Vec<String> {
    let house = &scene.house;
    let mails = house.services.mailbox(&house.texts).unwrap();
    let said = mails
        .iter()
        .filter(|it| it.mail.kind.word() == "data_ready");
    let link = |text: &str| {
        let mut words = text.split_whitespace().filter(|it| it.starts_with("http"));
        words.next_back().map(str::to_owned)
    };
    said.filter_map(|it| link(&it.rendered.text)).collect()
}

fn all(files: &BTreeMap<String, Vec<u8>>) -> String {
    let lists = files.iter().filter(|(name, _)| name.ends_with(".jsonl"));
    lists
        .map(|(_, bytes)| String::from_utf8(bytes.clone()).unwrap())
        .collect()
}

#[actix::test]
async fn a_copy_has_something_of_every_table_that_has_something_of_the_person() {
    let scene = used().await;
    let s = &scene.house.services;
    let words = "what others said among themselves";
    let (third, _) = scene.house.member("third@example.org").await;
    scene.house.says(third, scene.other, words);
    let files = made(&scene).await;
    let person = scene.known();
    let readme = String::from_utf8(files["README.txt"].clone()).unwrap();
    for entry in MAP.iter().filter(|it| it.whose != Whose::Nobody) {
        let name = entry.table.info().name;
        let has = !is_an_index(entry.erasure) && scene.changes(entry, &person) > 0;
        match entry.export {
            Told::Told { list, .. } if has => {
                let rows = files.get(&format!("{list}.jsonl"));
                let rows = rows.unwrap_or_else(|| panic!("nothing of {name} is in the copy"));
                for line in rows.split(|it| *it == b'\n').filter(|it| !it.is_empty()) {
                    let row: serde_json::Value = serde_json::from_slice(line).unwrap();
                    assert!(
                        row["row"].is_object() || row["row"].is_array(),
                        "{name}: {row}"
                    );
                }
                assert!(readme.contains(&format!("{list}.jsonl (")), "{name}");
            }
            Told::Kept(why) => assert!(readme.contains(why), "{name}"),
            _ => {}
        }
    }
    let text = all(&files);
    for mine in [NAME, ADDRESS, "+254 700 314159", "mark-of-words"] {
        assert!(text.contains(mine), "{mine} is missing");
    }
    let given = files.keys().filter(|it| it.starts_with("files/")).count();
    assert_eq!(given, 2);
    assert!(files.values().any(|it| it.starts_with(b"mark-of-a-file")));
    // What is nobody's but the server's or another's.
    let account = s.account_of(scene.person.user).unwrap();
    assert!(!text.contains(&account.password_hash) && !text.contains("argon2"));
    for secret in ["password_hash", "token_hash", "\"current\"", "\"retired\""] {
        assert!(!text.contains(secret), "{secret}");
    }
    let others = ["third@example.org", words, "is right", "spoke with"];
    for other in others {
        assert!(!text.contains(other), "{other}");
    }
    for (token, _) in [("verify", 0), ("reset", 0)] {
        let token = scene.house.token(token);
        assert!(!text.contains(&token));
    }
}

#[actix::test]
async fn on_the_disk_it_is_sealed_and_gone_with_its_person() {
    let scene = used().await;
    let s = &scene.house.services;
    made(&scene).await;
    let dir = scene.dir.path().join("exports");
    let on_disk = || -> Vec<_> {
        let files = std::fs::read_dir(&dir).unwrap();
        files
            .map(|it| std::fs::read(it.unwrap().path()).unwrap())
            .collect()
    };
    let sealed = on_disk();
    assert_eq!(sealed.len(), 1);
    assert!(!String::from_utf8_lossy(&sealed[0]).contains("README"));
    let done = s.erase_now(money::admin(), scene.person.user, true).await;
    done.unwrap();
    assert_eq!(on_disk(), Vec::<Vec<u8>>::new());
    assert!(s.take_export(scene.person).await.is_err());
}

#[actix::test]
async fn it_is_asked_for_with_the_password_once_a_day_and_taken_some_times() {
    let scene = used().await;
    let (s, who, clock) = (&scene.house.services, scene.person, &scene.house.clock);
    let ask = async || s.ask_export(who, "correct horse").await;
    let wrong = s.ask_export(who, "wrong").await;
    assert!(matches!(wrong, Err(ServiceError::BadField(bad)) if bad.field == "password"));
    assert!(s.take_export(who).await.is_err(), "there is none");
    let asked = ask().await.unwrap();
    assert_eq!(asked.export.as_ref().unwrap().state, Copied::Asked);
    assert_eq!(ask().await.unwrap(), asked, "one at a time");
    s.sweep_exports().await.unwrap();
    assert_eq!(s.sweep_exports().await.unwrap(), 0, "once");
    assert!(matches!(ask().await, Err(ServiceError::OutOfTurn(_))));
    let again_at = s.export(who).unwrap().again_at;
    assert_eq!(again_at, Some(s.now() + Millis::from_days(1)));
    for _ in 0..5 {
        opened(s.take_export(who).await.unwrap());
    }
    assert!(s.take_export(who).await.is_err(), "five times");
    // The other has nothing of it.
    assert!(s.take_export(scene.other).await.is_err());
    s.deliver_notices().await;
    let told = s.notices(who, None, 10).unwrap();
    let ready = parlor_domain::notification::About::DataReady;
    assert_eq!(told.all.iter().filter(|it| it.about == ready).count(), 1);
    assert_eq!(links(&scene).len(), 0, "it cannot be taken any more");
    clock.advance(Millis::from_days(1));
    ask().await.unwrap();
    s.sweep_exports().await.unwrap();
    assert_eq!(links(&scene)[0], "http://localhost/account");
    clock.advance(Millis::from_days(7));
    assert!(s.take_export(who).await.is_err(), "its days are over");
    s.sweep_exports().await.unwrap();
    assert_eq!(s.export(who).unwrap().export, None);
    let left = std::fs::read_dir(scene.dir.path().join("exports")).unwrap();
    assert_eq!(left.count(), 0);
}

#[actix::test]
async fn what_was_stopped_half_way_is_made_again() {
    let scene = used().await;
    let s = &scene.house.services;
    s.ask_export(scene.person, "correct horse").await.unwrap();
    let id = s.export(scene.person).unwrap().export.unwrap().id;
    let dir = scene.dir.path().join("exports");
    std::fs::create_dir_all(&dir).unwrap();
    // Of a server that was killed while it wrote, after it wrote, and of a copy that nobody has.
    std::fs::write(dir.join(format!(".{id}.part")), "half").unwrap();
    std::fs::write(dir.join(id.to_string()), "whole, without its row").unwrap();
    std::fs::write(dir.join(Uuid::from_u128(1).to_string()), "nobody's").unwrap();
    s.sweep_exports().await.unwrap();
    let names = std::fs::read_dir(&dir)
        .unwrap()
        .map(|it| it.unwrap().file_name());
    assert_eq!(names.collect::<Vec<_>>(), [id.to_string().as_str()]);
    assert!(opened(s.take_export(scene.person).await.unwrap()).contains_key("README.txt"));
}

#[actix::test]
async fn one_that_cannot_be_made_is_said_and_may_be_asked_for_again() {
    let scene = used().await;
    let s = &scene.house.services;
    let dir = scene.dir.path().join("exports");
    std::fs::write(&dir, "in the way").unwrap();
    s.ask_export(scene.person, "correct horse").await.unwrap();
    assert!(s.sweep_exports().await.is_err(), "the folder is none");
    let view = s.export(scene.person).unwrap();
    let state = view.export.unwrap().state;
    assert!(matches!(state, Copied::Failed { full: false, .. }));
    std::fs::remove_file(&dir).unwrap();
    made(&scene).await;
}

#[actix::test]
async fn an_admin_makes_one_and_the_person_alone_gets_it_by_a_link() {
    let scene = used().await;
    let s = &scene.house.services;
    let (admin, who) = (money::admin(), scene.person);
    let nobody = s.make_export(admin, UserId(Uuid::from_u128(404))).await;
    assert_eq!(nobody.err(), Some(ServiceError::NotFound));
    s.make_export(admin, who.user).await.unwrap();
    s.sweep_exports().await.unwrap();
    let link = links(&scene).remove(0);
    let token = link.strip_prefix("http://localhost/my-data/").unwrap();
    assert_eq!(s.export_by_link(token).unwrap().user, who.user);
    let files = opened(s.take_export_by_link(token).await.unwrap());
    assert!(all(&files).contains(NAME));
    let mut wrong = token.to_owned();
    wrong.replace_range(..1, if token.starts_with('A') { "B" } else { "A" });
    for token in [wrong.as_str(), "", "x"] {
        let void = s.take_export_by_link(token).await;
        assert_eq!(void.err(), Some(ServiceError::LinkVoid));
    }
    // An admin may make another at once; the link of the one before is void then.
    s.make_export(admin, who.user).await.unwrap();
    assert!(s.export_by_link(token).is_err());
    s.sweep_exports().await.unwrap();
    assert!(s.export_by_link(token).is_err());
    opened(s.take_export(who).await.unwrap());
}

#[actix::test]
async fn a_guest_gets_a_copy_by_mail_and_is_erased_once_all_is_over() {
    let dir = tempfile::tempdir().unwrap();
    let house = house_with(|config| {
        config.files.dir = dir.path().join("files");
        config.exports.dir = dir.path().join("exports");
    });
    let (s, admin) = (&house.services, money::admin());
    let (host, _) = house.host("host@example.org").await;
    let address = "guest@example.org";
    let mut new = new_meeting(s.now() + Millis::from_mins(600));
    new.client = ClientRef::Email(address.into());
    new.client_name = Some("Gundula Guest".into());
    let (made, _) = s.create_meeting(host, &new, None).await.unwrap();
    assert_eq!(s.known_address(admin, address).unwrap().unfinished, 1);
    assert!(s.known_address(admin, "no address").is_err());
    let known = s.known_address(admin, "host@example.org").unwrap();
    assert_eq!(known.user, Some(host.user));
    let account = s.make_guest_export(admin, "host@example.org").await;
    assert!(matches!(account, Err(ServiceError::OutOfTurn(_))));

    s.make_guest_export(admin, address).await.unwrap();
    s.sweep_exports().await.unwrap();
    let scene = Scene {
        house,
        dir,
        person: host,
        other: host,
    };
    let s = &scene.house.services;
    let link = links(&scene).remove(0);
    let token = link.strip_prefix("http://localhost/my-data/").unwrap();
    let files = opened(s.take_export_by_link(token).await.unwrap());
    assert!(files.contains_key("meetings.jsonl") && files.contains_key("invitations.jsonl"));
    let text = all(&files);
    assert!(text.contains(address) && text.contains("Gundula Guest"));
    assert!(!text.contains("host@example.org"));

    let early = s.erase_guest(admin, address).await;
    assert!(matches!(early, Err(ServiceError::OutOfTurn(_))));
    let off = s.cancel_appointment(admin, made.meeting.id, "Asked for.");
    off.await.unwrap();
    assert!(s.erase_guest(admin, address).await.unwrap() > 0);
    assert!(s.export_by_link(token).is_err());
    for table in parlor_data::Table::ALL {
        let rows = s.store().scan(*table, parlor_data::KeyRange::all(), 10_000);
        for (key, row) in rows.unwrap() {
            let said = String::from_utf8_lossy(&[&key[..], &row].concat()).to_lowercase();
            let left = said.contains(address) || said.contains("gundula");
            assert!(!left, "{}", table.info().name);
        }
    }
    assert_eq!(s.erase_guest(admin, address).await, Ok(0), "once");
}

#[actix::test]
async fn a_guest_reads_of_the_copy_as_they_read_of_their_latest_meeting() {
    let dir = tempfile::tempdir().unwrap();
    let house = house_with(|config| config.exports.dir = dir.path().join("exports"));
    let desk = Desk::in_house(house, |_| {}).await;
    let free = desk.free();
    // Asked for later and held earlier: the language of the last one counts.
    for (start, language) in [(free[5], "de"), (free[3], "fr")] {
        let wish = NewBooking {
            reader: Some(Reader {
                language: Some(language.into()),
                time_zone: None,
            }),
            ..desk.wish(start)
        };
        desk.s().book(&guest(1), &wish, None).await.unwrap();
    }
    let made = desk
        .s()
        .make_guest_export(money::admin(), "guest1@example.org");
    made.await.unwrap();
    desk.s().sweep_exports().await.unwrap();
    let mails = desk.s().mailbox(&desk.house.texts).unwrap();
    let mut told = mails
        .iter()
        .filter(|it| it.mail.kind.word() == "data_ready")
        .map(|it| it.rendered.language);
    assert_eq!((told.next(), told.next()), (Some("de"), None));
}
