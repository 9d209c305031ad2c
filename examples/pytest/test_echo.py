"""An echo server behind a lossy network, with pytest: `pytest`.

One fixture is the command `matchstream proxy`: a network that stays as it is. The other is `matchstream control`: proxies that are made
and changed while they run, by the calls that toxiproxy's clients make; with one of those, `toxiproxy` below is `Toxiproxy()`.
"""

import json
import os
import re
import shlex
import socket
import subprocess
import threading
import urllib.request

import pytest

MATCHSTREAM = shlex.split(os.environ.get("MATCHSTREAM", "npx matchstream"))


@pytest.fixture
def server():
    """An echo server of the test's own; its address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as echo:
        echo.bind(("127.0.0.1", 0))

        def answer():
            while True:
                payload, client = echo.recvfrom(65535)
                if not payload:
                    return
                echo.sendto(payload, client)

        thread = threading.Thread(target=answer)
        thread.start()
        yield "127.0.0.1:%d" % echo.getsockname()[1]
        echo.sendto(b"", echo.getsockname())
        thread.join()


@pytest.fixture
def matchstream():
    """Starts a command, and returns the address that it says it listens on."""
    started = []

    def start(*words):
        process = subprocess.Popen([*MATCHSTREAM, *words, "--log", "none"], stdout=subprocess.PIPE, text=True)
        started.append(process)
        for line in process.stdout:
            if found := re.search(r"(?:listening on |http://)([\d.]+:\d+)", line):
                return found[1]
        raise RuntimeError(f"it ended with {process.wait()}")

    yield start
    for process in started:
        process.terminate()
        process.stdout.read()
        process.wait(timeout=20)


@pytest.fixture
def toxiproxy(matchstream):
    """Sends a request to the control API, and returns what it answers."""
    address = matchstream("control", "127.0.0.1:0")

    def request(method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(f"http://{address}{path}", data, method=method)) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    return request


def ask(address, count, patience=1):
    """Sends so many pings, one after the other, and returns the numbers of those that were answered in time."""
    host, port = address.split(":")
    answered = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(patience)
        for number in range(1, count + 1):
            client.sendto(b"%d" % number, (host, int(port)))
            try:
                answered.append(int(client.recv(65535)))
            except socket.timeout:
                pass
    return answered


def test_the_second_and_the_fifth_answer_are_lost(server, matchstream):
    proxy = matchstream("proxy", "127.0.0.1:0", server, "--protocol", "any", "--drop-list", "2,5")
    assert ask(proxy, 6) == [1, 3, 4, 6]


def test_the_network_fails_and_comes_back(server, toxiproxy):
    proxy = toxiproxy("POST", "/proxies", {"name": "echo", "listen": "127.0.0.1:0", "upstream": server})
    assert ask(proxy["listen"], 2, patience=10) == [1, 2]
    toxiproxy("POST", "/proxies/echo/toxics", {"name": "gone", "type": "drop", "attributes": {"drop": "100%"}})
    assert ask(proxy["listen"], 1) == []
    toxiproxy("DELETE", "/proxies/echo/toxics/gone")
    assert ask(proxy["listen"], 2, patience=10) == [1, 2]
