//! The TLS door: one port, HTTP and STUN told apart by the first decrypted byte or by ALPN.
#![allow(clippy::unwrap_used)]

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use actix_web::{HttpResponse, web};
use parlor_web::{
    forwarded::TrustedProxies,
    leaving::Closing,
    redirect::Redirect,
    secure::Hsts,
    server::{self, Doors, Manners, Size},
    tls_door::{ALPN_ACME, ALPN_TURN, PeekedTls, StunDoor},
};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

struct House {
    address: SocketAddr,
    roots: Arc<RootCertStore>,
    stun: mpsc::UnboundedReceiver<PeekedTls>,
    closing: Closing,
}

fn open() -> House {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls_config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (taken, stun) = mpsc::unbounded_channel();
    let doors = Doors {
        tls: vec![listener],
        tls_config: Some(tls_config),
        stun: Some(StunDoor {
            begins: |first| first == 0,
            take: Arc::new(move |io, _, _| drop(taken.send(io))),
        }),
        ..Doors::default()
    };
    let routes = Arc::new(|config: &mut web::ServiceConfig| {
        config.route(
            "/hello",
            web::get().to(|| async { HttpResponse::Ok().body("good day") }),
        );
    });
    let size = Size {
        workers: 1,
        connections_max: 100,
    };
    let manners = Manners {
        redirect: Redirect {
            to: "https://localhost".into(),
            proof: Arc::new(|_| None),
        },
        hsts: Hsts::new(None, Arc::new(|| true), TrustedProxies::default()),
        proxies: TrustedProxies::default(),
    };
    let (server, closing) =
        server::start(doors, size, routes, Arc::new(|_, _| {}), manners).unwrap();
    actix_web::rt::spawn(server);
    House {
        address,
        roots: Arc::new(roots),
        stun,
        closing,
    }
}

async fn connect(house: &House, alpn: &[&[u8]]) -> TlsStream<TcpStream> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(house.roots.clone())
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    let tcp = TcpStream::connect(house.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, tcp)
        .await
        .unwrap()
}

#[actix_web::test]
async fn http_and_stun_share_the_port() {
    let mut house = open();

    let mut http = connect(&house, &[b"http/1.1"]).await;
    http.write_all(b"GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    http.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("good day"),
        "{answer}"
    );

    // What Chromium sends: no ALPN, an Allocate request first.
    let allocate = [0x00, 0x03, 0x00, 0x08, 0x21, 0x12, 0xa4, 0x42];
    let mut stun = connect(&house, &[]).await;
    stun.write_all(&allocate).await.unwrap();
    let mut taken = house.stun.recv().await.unwrap();
    let mut seen = [0; 8];
    taken.read_exact(&mut seen).await.unwrap();
    assert_eq!(seen, allocate);
    taken.write_all(b"pong").await.unwrap();
    taken.flush().await.unwrap();
    let mut pong = [0; 4];
    stun.read_exact(&mut pong).await.unwrap();
    assert_eq!(&pong, b"pong");

    // A client that names the protocol is known before it says anything.
    let _named = connect(&house, &[ALPN_TURN]).await;
    assert!(house.stun.recv().await.is_some());

    // An authority that looks for its proof has seen it when the handshake is over.
    let mut authority = connect(&house, &[ALPN_ACME]).await;
    let mut rest = Vec::new();
    authority.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty() && house.stun.try_recv().is_err());
    house.closing.close().await;
}

#[actix_web::test]
async fn what_is_not_tls_is_dropped_and_the_door_stays_open() {
    let house = open();
    let mut plain = TcpStream::connect(house.address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut rest = Vec::new();
    let _ = plain.read_to_end(&mut rest).await;
    assert!(!String::from_utf8_lossy(&rest).contains("HTTP/1.1"));
    let mut http = connect(&house, &[]).await;
    http.write_all(b"GET /hello HTTP/1.0\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    http.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("good day"), "{answer}");
    house.closing.close().await;
}
