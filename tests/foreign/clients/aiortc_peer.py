"""One RTCPeerConnection of aiortc, told what to do in lines of JSON and answering in such lines.

Started by aiortc.mjs. Each line in is answered by one line out, in their order; besides,
{"open": true} and {"message": text} tell what comes through the data channel.
"""

import asyncio
import json
import socket
import sys

from aiortc import (
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import AudioStreamTrack
from aiortc.rtcconfiguration import RTCIceTransportPolicy


# aiortc's parser of addresses takes none of IPv6, so that it gets a name for the loopback one; not
# every machine knows that name.
LOOPBACK = "ip6-localhost"
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: resolve(
    "::1" if host == LOOPBACK else host, *rest, **more
)


def say(**words):
    print(json.dumps(words), flush=True)


class Peer:
    def __init__(self):
        self.pc = None
        self.channel = None

    async def configure(self, words):
        servers = [RTCIceServer(**server) for server in words["iceServers"]]
        self.pc = RTCPeerConnection(
            RTCConfiguration(
                iceServers=servers,
                iceTransportPolicy=RTCIceTransportPolicy(words["policy"]),
            )
        )
        self.pc.on("datachannel", self.adopt)
        self.pc.on("track", lambda track: asyncio.ensure_future(drain(track)))
        return {}

    def adopt(self, channel):
        self.channel = channel
        channel.on("message", lambda text: say(message=text))
        if channel.readyState == "open":
            say(open=True)
        else:
            channel.on("open", lambda: say(open=True))

    async def offer(self, words):
        self.adopt(self.pc.createDataChannel("foreign"))
        if words["media"]:
            self.pc.addTrack(AudioStreamTrack())
        await self.pc.setLocalDescription(await self.pc.createOffer())
        return {"sdp": self.pc.localDescription.sdp}

    async def answer(self, words):
        offer = RTCSessionDescription(sdp=words["sdp"], type="offer")
        await self.pc.setRemoteDescription(offer)
        if "m=audio" in words["sdp"]:
            self.pc.addTrack(AudioStreamTrack())
        await self.pc.setLocalDescription(await self.pc.createAnswer())
        return {"sdp": self.pc.localDescription.sdp}

    async def answered(self, words):
        answer = RTCSessionDescription(sdp=words["sdp"], type="answer")
        await self.pc.setRemoteDescription(answer)
        return {}

    async def send(self, text):
        self.channel.send(text)
        return {}

    async def received(self, _):
        stats = (await self.pc.getStats()).values()
        return {
            "packets": sum(
                it.packetsReceived for it in stats if it.type == "inbound-rtp"
            )
        }


async def drain(track):
    """Whoever asks for a track must read it."""
    try:
        while True:
            await track.recv()
    except Exception:  # the track is over
        pass


async def main():
    peer = Peer()
    lines = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    while line := await lines.readline():
        [(name, words)] = json.loads(line).items()
        say(**await getattr(peer, name)(words))
    if peer.pc:
        await peer.pc.close()


asyncio.run(main())
