"""Watches a Maildir: maildir.py FOLDER. Says for every mail that was delivered its Message-ID and the
instant of its last byte, in epoch ms. Ends when its standard input does."""

import email.parser
import os
import select
import sys
import time

[folder] = sys.argv[1:]


def look():
    try:
        found = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for entry in found:
        at = int(entry.stat().st_mtime * 1000)
        with open(entry.path, "rb") as mail:
            name = email.parser.BytesHeaderParser().parse(mail)["Message-ID"]
        os.unlink(entry.path)
        print(name, at, flush=True)


while not select.select([sys.stdin], [], [], 0.05)[0]:
    look()
# What is on its way through the queue.
time.sleep(1)
look()
