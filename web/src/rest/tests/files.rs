//! Files of conversations over REST, with the conversations' actors behind it: given, sent, fetched by
//! who may read the message and by nobody else, and gone with it.

use actix_web::{http::header::HeaderMap, web::Bytes};
use parlor_actors::{
    conversation::memory::StoreConversations,
    ports::Reach,
    registry::{Ports, Realtime, RealtimeConfig},
    testing,
};
use parlor_domain::conversation::ConversationId;

use super::*;

struct Talking {
    house: House,
    host: Answer,
    ada: Answer,
    eve: Answer,
    id: ConversationId,
    _dir: tempfile::TempDir,
}

/// What came back of a file.
struct Fetched {
    status: u16,
    headers: HeaderMap,
    bytes: Bytes,
}

impl Fetched {
    fn header(&self, name: &str) -> &str {
        let found = self.headers.get(name);
        found.map_or("", |it| it.to_str().unwrap())
    }
}

const SIZE_MAX: usize = 200_000;

async fn talking() -> Talking {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(NOW));
    let mut config = ServicesConfig {
        public_url: "http://localhost".into(),
        host_approval: HostApproval::Open,
        ..light_services()
    };
    config.files.dir = dir.path().join("files");
    config.files.bytes_max = SIZE_MAX as u64;
    config.files.person_bytes_max = 5 * 64 * 1024;
    let store = Store::in_memory();
    let services = Services::new(
        store.clone(),
        Keys::derive(&[7; 32]),
        config,
        Arc::clone(&clock) as Arc<dyn Clock>,
    );
    let ports = Ports {
        identify: Arc::new(services.clone()),
        attendance: Arc::new(services.clone()),
        conversations: Arc::new(StoreConversations(store)),
        ..testing::ports(&Arc::default(), Arc::new(testing::NoWords))
    };
    let realtime = RealtimeConfig {
        arbiters: 0,
        ..RealtimeConfig::default()
    };
    let now = Arc::clone(&clock) as Arc<dyn Clock>;
    let realtime = Realtime::start(ports, realtime, now, "epoch".into());
    services.connect(Arc::new(realtime) as Arc<dyn Reach>);
    let rest = Rest::new(
        services,
        Arc::new(Limiter::new(Limits::default())),
        Arc::new(NoRelay),
        Arc::new(MailTexts::load(None).unwrap()),
        RestConfig {
            development: true,
            ..RestConfig::default()
        },
    );
    let house = House { rest, clock };
    let host = member(&house, "host@example.org").await;
    let ada = member(&house, "ada@example.org").await;
    let eve = member(&house, "eve@example.org").await;
    let apply = "/api/me/host-application";
    post(&house, apply, host.text("accessToken"), json!({})).await;
    let user = |it: &Answer| {
        let id = it.body["user"]["userId"].as_str().unwrap();
        id.parse::<UserId>().unwrap()
    };
    let id = ConversationId::pair(user(&ada), user(&host)).unwrap();
    Talking {
        house,
        host,
        ada,
        eve,
        id,
        _dir: dir,
    }
}

impl Talking {
    async fn gives(&self, who: &Answer, name: &str, bytes: &[u8]) -> Answer {
        let path = format!("/api/conversations/{}/files?name={name}", self.id);
        let request = with(request(Method::POST, &path), who.text("accessToken"));
        call(&self.house, request.set_payload(bytes.to_vec())).await
    }

    async fn says(&self, who: &Answer, key: u128, body: Value) -> Answer {
        let path = format!("/api/conversations/{}/messages", self.id);
        let key = uuid::Uuid::from_u128(key).to_string();
        let request = with(request(Method::POST, &path), who.text("accessToken"));
        let request = request.insert_header(("idempotency-key", key));
        call(&self.house, request.set_json(body)).await
    }

    async fn fetches(&self, who: &Answer, seq: u64, file: &str) -> Fetched {
        let path = format!("/api/conversations/{}/messages/{seq}/files/{file}", self.id);
        let rest = self.house.rest.clone();
        let app = App::new().configure(|config| configure(config, &rest));
        let app = test::init_service(app).await;
        let request = with(request(Method::GET, &path), who.text("accessToken"));
        let request = request.peer_addr("192.0.2.1:5000".parse().unwrap());
        let response = test::call_service(&app, request.to_request()).await;
        Fetched {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            bytes: test::read_body(response).await,
        }
    }

    async fn messages(&self, who: &Answer) -> Value {
        let path = format!("/api/conversations/{}/messages", self.id);
        get(&self.house, &path, who.text("accessToken")).await.body
    }
}

/// A PNG of one colour.
fn png(width: u32, height: u32) -> Vec<u8> {
    // The smallest encoder there is: stored blocks, no compression.
    let row = [&[0][..], &vec![90; width as usize * 3]].concat();
    let raw = row.repeat(height as usize);
    let mut zlib = vec![0x78, 0x01];
    let mut blocks = raw.chunks(60_000).peekable();
    while let Some(block) = blocks.next() {
        let len = block.len() as u16;
        zlib.push(u8::from(blocks.peek().is_none()));
        zlib.extend(len.to_le_bytes());
        zlib.extend((!len).to_le_bytes());
        zlib.extend(block);
    }
    let (low, high) = raw.iter().fold((1u32, 0u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    zlib.extend((high << 16 | low).to_be_bytes());
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let head = [
        &width.to_be_bytes()[..],
        &height.to_be_bytes(),
        &[8, 2, 0, 0, 0],
    ]
    .concat();
    for (kind, body) in [(b"IHDR", head), (b"IDAT", zlib), (b"IEND", vec![])] {
        let chunk = [&kind[..], &body].concat();
        out.extend((body.len() as u32).to_be_bytes());
        out.extend(&chunk);
        let sum = !chunk.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ (0xedb8_8320 * (crc & 1))
            })
        });
        out.extend(sum.to_be_bytes());
    }
    out
}

#[actix_web::test]
async fn a_file_is_fetched_by_who_may_read_its_message_and_by_nobody_else() {
    let it = talking().await;
    let upload = b"%PDF-1.7 <script>alert(1)</script>";
    let given = it
        .gives(&it.ada, "r%C3%A9sum%C3%A9%20%22x%22.pdf", upload)
        .await;
    assert_eq!(given.status, 201, "{}", given.body);
    assert_eq!(given.text("kind"), "file");
    let file = given.text("fileId").to_owned();
    let empty = it.says(&it.ada, 1, json!({"text": ""})).await;
    assert_eq!((empty.status, empty.text("field")), (400, "text"));
    // Not the other's to send, and not seen before it is sent.
    let stolen = it
        .says(&it.host, 1, json!({"text": "", "files": [file]}))
        .await;
    assert_eq!((stolen.status, stolen.text("field")), (409, "files"));
    let body = json!({"text": "", "files": [file]});
    let sent = it.says(&it.ada, 1, body.clone()).await;
    assert_eq!(sent.status, 200, "{}", sent.body);
    let again = it.says(&it.ada, 1, body.clone()).await;
    assert_eq!(again.body["duplicate"], true, "{}", again.body);
    let second = it.says(&it.ada, 2, body).await;
    assert_eq!(second.status, 409, "one message, once");

    let said = it.messages(&it.host).await;
    assert_eq!(said["fileBytesMax"], SIZE_MAX);
    assert_eq!(said["messages"][0]["files"][0]["fileId"], file);
    for who in [&it.ada, &it.host] {
        let fetched = it.fetches(who, 1, &file).await;
        assert_eq!((fetched.status, &fetched.bytes[..]), (200, &upload[..]));
        assert_eq!(fetched.header("content-type"), "application/octet-stream");
        assert_eq!(fetched.header("x-content-type-options"), "nosniff");
        let policy = fetched.header("content-security-policy");
        assert_eq!(policy, "sandbox; default-src 'none'");
        let named = fetched.header("content-disposition");
        assert!(named.starts_with("attachment;"), "{named}");
        assert!(
            named.contains("filename*=UTF-8''r%C3%A9sum%C3%A9"),
            "{named}"
        );
    }
    assert_eq!(it.fetches(&it.eve, 1, &file).await.status, 404);
    let nobody = Answer {
        status: 0,
        body: Value::Null,
        cookies: vec![],
    };
    assert_eq!(it.fetches(&nobody, 1, &file).await.status, 401);
    let other = uuid::Uuid::from_u128(9).to_string();
    assert_eq!(it.fetches(&it.ada, 1, &other).await.status, 404);
    assert_eq!(it.fetches(&it.ada, 2, &file).await.status, 404);
    let outside = it.gives(&it.eve, "a.txt", b"a").await;
    assert_eq!(outside.status, 404, "a stranger gives nothing here");

    // It stands in the copy, and goes with its message.
    let token = it.ada.text("accessToken");
    let path = format!("/api/conversations/{}", it.id);
    let copy = get(&it.house, &format!("{path}/export"), token).await.body;
    assert_eq!(copy["messages"][0]["files"][0]["fileId"], file);
    let gone = request(Method::DELETE, &format!("{path}/messages/1"));
    let key = uuid::Uuid::from_u128(7).to_string();
    let gone = with(gone, token).insert_header(("idempotency-key", key));
    assert_eq!(call(&it.house, gone).await.status, 200);
    for who in [&it.ada, &it.host] {
        assert_eq!(it.fetches(who, 1, &file).await.status, 404);
    }
    assert!(it.messages(&it.host).await["messages"][0]["files"].is_null());
}

#[actix_web::test]
async fn a_picture_is_shown_as_what_was_made_of_it() {
    let it = talking().await;
    let given = it.gives(&it.ada, "shot.png", &png(90, 60)).await;
    assert_eq!(given.status, 201, "{}", given.body);
    let facts = (&given.body["width"], &given.body["height"]);
    assert_eq!(facts, (&json!(90), &json!(60)));
    assert_eq!(given.text("kind"), "picture");
    let file = given.text("fileId").to_owned();
    it.says(&it.ada, 1, json!({"text": "look", "files": [file]}))
        .await;
    for (size, kind) in [("", "image/png"), ("?size=small", "image/jpeg")] {
        let fetched = it.fetches(&it.host, 1, &format!("{file}{size}")).await;
        assert_eq!(
            (fetched.status, fetched.header("content-type")),
            (200, kind)
        );
        assert!(fetched.header("content-disposition").starts_with("inline;"));
        assert_eq!(fetched.header("x-content-type-options"), "nosniff");
    }
}

#[actix_web::test]
async fn what_is_not_taken_is_refused_in_words() {
    let it = talking().await;
    let html = b"<!doctype html><script>alert(1)</script>";
    let fake = it.gives(&it.ada, "cat.png", html).await;
    assert_eq!((fake.status, fake.text("field")), (400, "file"));
    assert!(fake.text("message").contains("not the picture"));
    let large = it.gives(&it.ada, "a.bin", &vec![1; SIZE_MAX + 1]).await;
    assert_eq!(
        (large.status, large.text("code")),
        (413, "payload_too_large")
    );
    assert!(large.text("message").contains("larger than"));
    let exact = it.gives(&it.ada, "a.bin", &vec![1; SIZE_MAX]).await;
    assert_eq!(exact.status, 201, "{}", exact.body);
    it.gives(&it.ada, "b.txt", b"b").await;
    let full = it.gives(&it.ada, "c.txt", &vec![1; 70_000]).await;
    assert_eq!((full.status, full.text("code")), (409, "files_full"));
    // What one does not want to send after all makes space again.
    let path = format!(
        "/api/conversations/{}/files/{}",
        it.id,
        exact.text("fileId")
    );
    let back = with(request(Method::DELETE, &path), it.ada.text("accessToken"));
    assert_eq!(call(&it.house, back).await.status, 204);
    assert_eq!(
        it.gives(&it.ada, "c.txt", &vec![1; 70_000]).await.status,
        201
    );
}
