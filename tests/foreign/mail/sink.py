"""A mail server of somebody else's (aiosmtpd) that takes everything. Says its port, then for every mail
its Message-ID and the instant, in epoch ms. Ends when its standard input does."""

import email
import socket
import sys
import time

from aiosmtpd.controller import Controller


class Sink:
    async def handle_DATA(self, server, session, envelope):
        name = email.message_from_bytes(envelope.content)["Message-ID"]
        print(name, int(time.time() * 1000), flush=True)
        return "250 taken"


# Its start tries the port itself, so that it must be told one.
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
controller = Controller(Sink(), hostname="127.0.0.1", port=port)
controller.start()
print(port, flush=True)
sys.stdin.read()
controller.stop()
