"""A mail server of somebody else's (aiosmtpd) that takes everything. Says its port, then for every mail
its Message-ID and the instant, in epoch ms. Ends when its standard input does."""

import email
import sys
import time

from aiosmtpd.controller import Controller


class Sink:
    async def handle_DATA(self, server, session, envelope):
        name = email.message_from_bytes(envelope.content)["Message-ID"]
        print(name, int(time.time() * 1000), flush=True)
        return "250 taken"


controller = Controller(Sink(), hostname="127.0.0.1", port=0)
controller.start()
print(controller.server.sockets[0].getsockname()[1], flush=True)
sys.stdin.read()
controller.stop()
