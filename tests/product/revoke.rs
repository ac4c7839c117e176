//! Whoever is not in the call any more is silent within a second, and their credential is void:
//! through the whole house, from the host's word to the relay's last packet.

use std::time::{Duration, Instant};

use parlor_turn::client::{Client, ClientError, Transport};
use serde_json::json;

use crate::{
    server::Server,
    traffic::{CHANNEL, Pair, meet, relayed, send},
};

/// How long packets may still pass after the word was acknowledged (TURN.md, revocation).
const LATEST: Duration = Duration::from_secs(1);

/// Two relayed people who hear each other until `word` is said; then nobody hears the guest.
fn silent_after(word: impl Fn(&mut Pair)) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "--demo", &[]);
    let mut pair = meet(&server);
    let (mut host, host_at) = relayed(server.relay, &pair.host_login);
    let (mut guest, guest_at) = relayed(server.relay, &pair.guest_login);
    host.bind(CHANNEL, guest_at).unwrap();
    guest.bind(CHANNEL, host_at).unwrap();
    send(&mut guest, &mut host, 20, 172);

    word(&mut pair);
    let said = Instant::now();
    let mut last = said;
    // Speaks on for two seconds; whatever still arrives has a time.
    while said.elapsed() < 2 * LATEST {
        if guest.send(CHANNEL, &[7; 172]).is_err() || host.receive().is_err() {
            break;
        }
        last = Instant::now();
    }
    assert!(last - said < LATEST, "heard {:?} later", last - said);

    let mut again = Client::connect(server.relay, &Transport::Udp).unwrap();
    let refused = again.allocate(&pair.guest_login, false).unwrap_err();
    assert!(
        matches!(refused, ClientError::Refused { code: 401, .. }),
        "{refused}"
    );
}

#[test]
fn a_hang_up_for_all_silences_the_relay() {
    silent_after(|pair| {
        let id = "00000000-0000-4000-8000-000000000002";
        pair.host.ask("end-room", json!({"clientMsgId": id}));
    });
}

#[test]
fn whoever_leaves_is_silent() {
    silent_after(|pair| {
        pair.guest.ask("leave-room", json!({}));
    });
}

#[test]
fn whoever_is_removed_is_silent() {
    silent_after(|pair| {
        let joined = pair.host.event("user-joined");
        let peer = joined["peer"]["peerId"].clone();
        pair.host.ask("remove-participant", json!({"peerId": peer}));
    });
}
