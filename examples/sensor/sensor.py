"""A sensor: sends readings, each with a counter from 1 in its first 4 bytes (big-endian), one a millisecond.

    python3 sensor.py 127.0.0.1:7000             pushes them to an address
    python3 sensor.py --serve 127.0.0.1:7001     waits for a request, and answers it with them

--count N and --interval SECONDS say how many, and how far apart.
"""

import argparse
import random
import socket
import struct
import time


def address(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("to", nargs="?", type=address)
    parser.add_argument("--serve", type=address)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--interval", type=float, default=0.001)
    given = parser.parse_args()
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    to = given.to
    if given.serve is not None:
        sender.bind(given.serve)
        print("serving", flush=True)
        _, to = sender.recvfrom(2048)
    start = time.monotonic()
    for number in range(1, given.count + 1):
        time.sleep(max(0.0, start + number * given.interval - time.monotonic()))
        degrees = 20.0 + random.random()
        sender.sendto(struct.pack(">If", number, degrees), to)
    print(f"sent 1 to {given.count}")


main()
