// Other people's WebRTC against the real binary: each client with itself over every way to the relay that
// it knows, and with each other client; relay only, peer policy `call`, signaled over our socket. Words
// go both ways through a data channel, sound as RTP where the client has it, and the server's record of
// the call has counted them.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as aiortc from "./clients/aiortc.mjs";
import * as nodeDatachannel from "./clients/node-datachannel.mjs";
import * as werift from "./clients/werift.mjs";
import { connect } from "./call.mjs";
import { Parlor } from "./parlor.mjs";

const clients = [aiortc, werift, nodeDatachannel];
/** What clients are told, and where the page is served: this machine's two loopback addresses. */
const hosts = { IPv4: ["127.0.0.1", "127.0.0.1"], IPv6: ["::1", "[::1]"] };
/** Messages in each direction, and letters of each. */
const ECHOES = 20;
const WORDS = 300;
const PACKETS = 25;

/** Only the address of the relay that belongs to a way; the second `turns:` is the port of the page. */
function only(way) {
  return (servers) => {
    const turn = servers.find((server) => server.credential);
    const tls = turn.urls.filter((url) => url.startsWith("turns:"));
    const urls = {
      udp: turn.urls.filter((url) => url.endsWith("transport=udp")),
      tcp: turn.urls.filter((url) => url.startsWith("turn:") && url.endsWith("transport=tcp")),
      tls: tls.slice(0, 1),
      shared: tls.slice(1, 2),
    }[way];
    assert.equal(urls.length, 1, `${way} in ${turn.urls}`);
    return [{ ...turn, urls }];
  };
}

async function talk(parlor, pair, way) {
  const meeting = await parlor.meet();
  const media = pair.every((client) => client.media);
  const ends = await connect(parlor, meeting, pair, only(way), media);
  try {
    for (const [from, to] of [ends, [...ends].reverse()]) {
      for (let n = 0; n < ECHOES; n++) {
        const words = String(n).padEnd(WORDS, " word");
        from.link.send(words);
        assert.equal(await to.hear(), words);
      }
    }
    if (media) await Promise.all(ends.map((end) => until(async () => (await end.link.received()) >= PACKETS)));
    // Between two clients of one relay each byte counts on both sides.
    const carried = ({ up, down }) => Math.min(up.bytes, down.bytes) >= ECHOES * WORDS;
    const call = await until(async () => {
      const [call] = await parlor.calls(meeting);
      return call?.participants.length === 2 && call.participants.every(carried) && call;
    });
    assert.equal(call.path, "relay");
  } finally {
    await Promise.allSettled(ends.flatMap((end) => [end.link.close(), end.seat.leave()]));
  }
}

/** Asks again and again until it is so. */
async function until(so, patience = 30_000) {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await so();
    if (answer) return answer;
    assert.ok(Date.now() < end, `never: ${so}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

for (const [family, [host, door]] of Object.entries(hosts)) {
  describe(`relayed over ${family}`, { concurrency: 2 }, () => {
    let parlor;
    before(async () => {
      parlor = await Parlor.start({ RELAY__PUBLIC_HOST: host, SERVER__TLS_LISTEN: `${door}:0` });
    });
    // Until the process ends: werift keeps sockets to the relay open after its connections are closed,
    // and tries forever, loudly, to open them again when the server is gone.
    after(() => parlor.stopWithProcess());

    for (const client of clients) {
      for (const way of client.ways) {
        test(`${client.name} over ${way}`, () => talk(parlor, [client, client], way));
      }
    }
    for (const [one, other] of [[aiortc, werift], [werift, nodeDatachannel], [nodeDatachannel, aiortc]]) {
      test(`${one.name} with ${other.name}`, () => talk(parlor, [one, other], "udp"));
    }
  });
}

after(() => nodeDatachannel.end());
