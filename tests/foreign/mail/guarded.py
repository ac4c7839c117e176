"""A mail server of somebody else's (aiosmtpd) that protects its line, well or badly:
guarded.py MODE CERTIFICATE KEY. Says its port, then for every mail that arrived its Message-ID, and for
every login that it saw "login" and whether the line was protected. Ends when its standard input does.

tls       TLS from the first byte
starttls  nothing goes before STARTTLS; wants the login ada, "correct horse"
stripped  a way on which somebody took the offer of STARTTLS away; takes everything in the clear
injected  somebody adds words of their own behind the answer to STARTTLS"""

import asyncio
import email
import logging
import socket
import ssl
import sys
import threading

from aiosmtpd.smtp import SMTP, AuthResult

mode, certificate, key = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
# Lines that break are what the tests are about.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)


class Sink:
    async def handle_DATA(self, server, session, envelope):
        print(email.message_from_bytes(envelope.content)["Message-ID"], flush=True)
        return "250 taken"


def login(server, session, envelope, mechanism, auth_data):
    print("login", "protected" if session.ssl else "in the clear", flush=True)
    return AuthResult(success=(auth_data.login, auth_data.password) == (b"ada", b"correct horse"), handled=False)


SETTINGS = {
    "tls": {},
    "starttls": {"tls_context": context, "require_starttls": True, "authenticator": login, "auth_required": True},
    "stripped": {"authenticator": login, "auth_require_tls": False},
}


async def serve():
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Sink(), **SETTINGS[mode]), "127.0.0.1", 0, ssl=context if mode == "tls" else None
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


def talk(line):
    """Up to the handshake; then inside TLS it takes whatever comes and answers nothing any more."""
    line.sendall(b"220 here\r\n")
    line.recv(1000)
    line.sendall(b"250-here\r\n250 STARTTLS\r\n")
    line.recv(1000)
    line.sendall(b"220 go ahead\r\n250-here\r\n250 AUTH PLAIN\r\n235 welcome\r\n")
    try:
        with context.wrap_socket(line, server_side=True) as protected:
            print("handshake", flush=True)
            while protected.recv(1000):
                pass
    except OSError:
        line.close()


def inject():
    server = socket.create_server(("127.0.0.1", 0))
    print(server.getsockname()[1], flush=True)

    def lines():
        while True:
            threading.Thread(target=talk, args=(server.accept()[0],), daemon=True).start()

    threading.Thread(target=lines, daemon=True).start()
    sys.stdin.read()


if mode == "injected":
    inject()
else:
    asyncio.run(serve())
