"""Counts the readings of a sensor: what was lost, what came twice, and what came out of order.

    python3 receiver.py 127.0.0.1:7001           listens there
    python3 receiver.py --ask 127.0.0.1:7000     asks a sensor that serves, and takes its answers

It is told how many were sent (--sent), and ends when none has come for a while (--silence SECONDS), or by Ctrl+C. Who
asked and gets no answer at all gives up (--patience SECONDS).
"""

import argparse
import json
import signal
import socket
import struct
import sys
import time


def address(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("listen", nargs="?", type=address)
    parser.add_argument("--ask", type=address)
    parser.add_argument("--sent", type=int, default=1000)
    parser.add_argument("--silence", type=float, default=2.0)
    parser.add_argument("--patience", type=float, default=30.0)
    given = parser.parse_args()
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.settimeout(0.1)
    stopped = []
    signal.signal(signal.SIGINT, lambda *_: stopped.append(True))
    if given.ask is not None:
        receiver.sendto(b"?", given.ask)
    else:
        receiver.bind(given.listen)
        print("listening", flush=True)
    seen = set()
    highest = duplicates = reordered = 0
    heard = None
    asked = time.monotonic()
    while True:
        try:
            reading = receiver.recv(2048)
        except TimeoutError:
            # Nothing is left to read.
            if stopped or (heard is not None and time.monotonic() - heard > given.silence):
                break
            if heard is None and given.ask is not None and time.monotonic() - asked > given.patience:
                sys.exit(f"no reading came within {given.patience} s: does a sensor serve there?")
            continue
        heard = time.monotonic()
        (number,) = struct.unpack_from(">I", reading)
        if number in seen:
            duplicates += 1
            continue
        seen.add(number)
        if number < highest:
            reordered += 1
        highest = max(highest, number)
    lost = given.sent - len(seen)
    print(json.dumps({"lost": lost, "duplicates": duplicates, "reordered": reordered}))


main()
