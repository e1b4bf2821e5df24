#!/usr/bin/env python3
"""Proves in headless Chromium that the device page fetches ahead and then flips without a request.

usage: Scripts/device-page-check.py [path of control-room]     (needs chromium; nothing else, no packages)

It starts an engine of its own on free ports with a show that goes LIVE a few seconds later, opens the device page in Chromium, and
counts every request the browser makes, by Chromium's own network log (DevTools protocol). Exit 1 if the page asked for anything from
one second before the broadcast until two seconds after it had flipped, or did not flip."""
import base64, json, os, pathlib, shutil, socket, struct, subprocess, sys, tempfile, time, urllib.request

BINARY = sys.argv[1] if len(sys.argv) > 1 else ".build/release/control-room"
SCHEDULE = """events:
  - id: check
    title: Page check
    tier: low
    stages:
      - {stage: countdown, at: in 1s, experience: {badge: Soon, row: Tonight, position: 2}}
      - {stage: live, at: in 12s, experience: {badge: LIVE, row: Live now, position: 1, autoplay: true}}
      - {stage: ended, at: on cue}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class DevTools:
    """The few words of the DevTools protocol that are needed, over a WebSocket of our own."""

    def __init__(self, url):
        host, path = url.removeprefix("ws://").split("/", 1)
        name, port = host.split(":")
        self.socket = socket.create_connection((name, int(port)), timeout=30)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        self.bytes = b""
        while b"\r\n\r\n" not in self.bytes: self.bytes += self.socket.recv(4096)
        self.bytes = self.bytes.split(b"\r\n\r\n", 1)[1]
        self.number, self.requests, self.frames = 0, [], []

    def take(self, count):
        while len(self.bytes) < count:
            more = self.socket.recv(65536)
            if not more: raise EOFError("Chromium closed the connection")
            self.bytes += more
        taken, self.bytes = self.bytes[:count], self.bytes[count:]
        return taken

    def receive(self):
        text = b""
        while True:
            first, second = self.take(2)
            length = second & 127
            if length == 126: length = struct.unpack(">H", self.take(2))[0]
            elif length == 127: length = struct.unpack(">Q", self.take(8))[0]
            payload = self.take(length)
            if first & 15 in (0, 1): text += payload
            if first & 128 and first & 15 in (0, 1): return json.loads(text)

    def ask(self, method, **parameters):
        self.number += 1
        payload = json.dumps({"id": self.number, "method": method, "params": parameters}).encode()
        mask = os.urandom(4)
        head = bytes([0x81]) + (bytes([0x80 | len(payload)]) if len(payload) < 126 else bytes([0xFE]) + struct.pack(">H", len(payload)))
        self.socket.sendall(head + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload)))
        while True:
            message = self.receive()
            if message.get("id") == self.number: return message.get("result", {})
            self.note(message)

    def note(self, message):
        parameters = message.get("params", {})
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append((time.time(), parameters["request"]["method"], parameters["request"]["url"]))
        elif message.get("method") == "Network.webSocketFrameReceived":
            self.frames.append((time.time(), parameters["response"]["payloadData"]))

    def value(self, expression):
        return self.ask("Runtime.evaluate", expression=expression).get("result", {}).get("value")


def wait(what, seconds, condition):
    end = time.time() + seconds
    while time.time() < end:
        found = condition()
        if found: return found
        time.sleep(0.1)
    sys.exit(f"FAILED: {what} did not come within {seconds} s")


def fetch(url, method="GET"):
    try: return json.load(urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=5))
    except OSError: return None


def main():
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or sys.exit("Install chromium first: apt-get install chromium")
    folder = pathlib.Path(tempfile.mkdtemp())
    (folder / "check.yaml").write_text(SCHEDULE)
    http, edge, tools = free_port(), free_port(), free_port()
    engine = subprocess.Popen([BINARY, "serve", str(folder / "check.yaml"), "--db", str(folder / "check.db"), "--http", f"127.0.0.1:{http}",
                               "--edge", f"127.0.0.1:{edge}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    browser = subprocess.Popen([chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                                "--disable-component-update", "--disable-background-networking", f"--user-data-dir={folder / 'profile'}",
                                f"--remote-debugging-port={tools}", "--remote-allow-origins=*", "about:blank"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait("the engine", 10, lambda: fetch(f"http://127.0.0.1:{http}/graphql?query=%7Bevents%7Bid%7D%7D"))
        pages = wait("Chromium", 20, lambda: fetch(f"http://127.0.0.1:{tools}/json/list"))
        page = DevTools(next(one["webSocketDebuggerUrl"] for one in pages if one["type"] == "page"))
        page.ask("Network.enable")
        page.ask("Page.enable")
        page.ask("Page.navigate", url=f"http://127.0.0.1:{http}/?event=check")
        wait("the connection", 9, lambda: page.value("document.getElementById('link').dataset.state") == "on")
        before = wait("the first stage", 5, lambda: page.value("document.getElementById('badge').textContent"))
        wait("the flip", 20, lambda: page.value("document.getElementById('badge').textContent == 'LIVE'"))
        time.sleep(2)
        badge, player = page.value("document.getElementById('badge').textContent"), page.value("!document.getElementById('player').hidden")
        flip = next((at for at, text in page.frames if '"stage":"live"' in text), None)
        for at, method, url in page.requests: print(f"{at - page.requests[0][0]:8.3f} s  {method} {url}")
        if flip is None: sys.exit("FAILED: no broadcast of live arrived")
        late = [request for request in page.requests if request[0] >= flip - 1]
        print(f"{flip - page.requests[0][0]:8.3f} s  broadcast of live; badge {before!r} became {badge!r}")
        print(f"requests from 1 s before the broadcast to 2 s after the flip: {len(late)}")
        posts = [request for request in page.requests if request[1] == "POST" and request[2].endswith("/graphql")]
        if late or badge != "LIVE" or not player or len(posts) != 1: sys.exit("FAILED")
        print("passed: one prefetch, then a flip without a request")
    finally:
        for process in (browser, engine):
            process.terminate()
            try: process.wait(timeout=10)
            except subprocess.TimeoutExpired: process.kill()
        shutil.rmtree(folder, ignore_errors=True)


main()
