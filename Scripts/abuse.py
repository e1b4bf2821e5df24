#!/usr/bin/env python3
"""Attacks and faults against the built executable, over loopback: rows 6-31, 35 and 42-49 of the abuse table.

    Scripts/abuse.py .build/release/control-room            all of it, about four minutes
    Scripts/abuse.py .build/release/control-room frames kill    only what is named
    Scripts/abuse.py .build/release/control-room kill calls     kill -9 at forty places in ten system calls, nine minutes

Each check says what was seen. At the end memory and open files must be back where they were. Exit code 1 if anything failed.
"""
import base64, contextlib, json, os, pty, re, select, shutil, signal, socket, struct, subprocess, sys, tempfile, time, urllib.request

BINARY = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else sys.exit(__doc__)
PORT = int(os.environ.get("ABUSE_PORT", "21520"))
SCRATCH = tempfile.mkdtemp(prefix="control-room-abuse-")
failures, checks = [], []


def check(holds, row, words):
    print(("ok    " if holds else "FAIL  ") + f"{row:>3}  {words}", flush=True)
    if not holds: failures.append(words)


def schedule(gap=1.0, count=62):
    """One live event that changes its stage every `gap` seconds, to real devices only."""
    lines = ["events:", "  - id: abuse", "    title: Abuse", "    code: ABU1", "    tier: low", "    zone: UTC",
             "    audience: {devices: 0}", "    stages:", "      - stage: pre-show", "        at: in 1s"]
    for number in range(count):
        kind = ("live", "intermission")[number % 2]
        lines += [f"      - stage: {kind}", f"        key: s-{number}", f"        at: in {int((2 + number * gap) * 1000)}ms"]
    lines += ["      - stage: ended", f"        at: s-{count - 1} + 1h"]
    path = os.path.join(SCRATCH, f"abuse-{gap}-{count}.yaml")
    with open(path, "w") as file: file.write("\n".join(lines) + "\n")
    return path


class Engine:
    """One `control-room serve` with its files in the scratch folder."""
    def __init__(self, name, gap=1.0, prefix=(), limit=None, files=True, wait=True):
        self.database = os.path.join(SCRATCH, name + ".db")
        command = [*prefix, BINARY, "serve", *([schedule(gap)] if files else []), "--db", self.database,
                   "--edge", f"127.0.0.1:{PORT}", "--http", f"127.0.0.1:{PORT + 1}"]
        if limit: command = ["bash", "-c", f"ulimit -n {limit}; exec \"$@\"", "bash", *command]
        # The engine of the last part may still be saying goodbye.
        for attempt in range(50):
            try: socket.create_connection(("127.0.0.1", PORT), 1).close()
            except OSError: break
            time.sleep(0.1)
        else: sys.exit(f"port {PORT} is taken by another program: set ABUSE_PORT")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if wait and not self.answers(15): raise SystemExit(f"the engine did not start: {self.process.stderr.read()}")

    def answers(self, seconds):
        end = time.time() + seconds
        while time.time() < end and self.process.poll() is None:
            with contextlib.suppress(OSError):
                return bool(socket.create_connection(("127.0.0.1", PORT), 1).close() or True)
            time.sleep(0.02)
        return False

    def files(self): return len(os.listdir(f"/proc/{self.process.pid}/fd"))
    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as file: return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1024
    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as file: fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self, number=signal.SIGTERM, within=15):
        if self.process.poll() is None: self.process.send_signal(number)
        begun = time.time()
        try: return self.process.wait(within), time.time() - begun
        except subprocess.TimeoutExpired:
            self.process.kill()
            return None, within


class Peer:
    """A raw TCP connection that may behave as badly as it likes."""
    def __init__(self, upgraded=True, patience=15, receive=None, extensions="", port=None, protocol="control-room.v1"):
        self.socket = socket.socket()
        if receive: self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        self.socket.settimeout(patience)
        self.socket.connect(("127.0.0.1", port or PORT))
        self.buffer = b""
        if upgraded:
            key = base64.b64encode(os.urandom(16)).decode()
            self.send(f"GET /v1/live HTTP/1.1\r\nHost: edge\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                      f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: {protocol}\r\n{extensions}\r\n".encode())
            while b"\r\n\r\n" not in self.buffer:
                more = self.socket.recv(4096)
                if not more: break
                self.buffer += more
            self.head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
            self.status = int(self.head.split()[1]) if self.head else 0

    def send(self, data):
        with contextlib.suppress(OSError): self.socket.sendall(data)

    def frame(self, first, payload=b"", masked=True, length=None):
        length = len(payload) if length is None else length
        mask = os.urandom(4)
        size = bytes([length]) if length < 126 else b"\x7e" + struct.pack(">H", length) if length < 65536 else b"\x7f" + struct.pack(">Q", length)
        size = bytes([size[0] | (0x80 if masked else 0)]) + size[1:]
        self.send(bytes([first]) + size + (mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload)) if masked else payload))

    def say(self, message): self.frame(0x81, json.dumps(message).encode())
    def hello(self, device): self.say({"type": "hello", "device": device, "topics": [{"topic": "event/abuse"}]})

    def next(self):
        """(opcode, payload), or None at the end of the connection."""
        while True:
            if len(self.buffer) >= 2:
                length, start = self.buffer[1] & 127, 2
                if length == 126 and len(self.buffer) >= 4: length, start = struct.unpack(">H", self.buffer[2:4])[0], 4
                if len(self.buffer) >= start + length and not (self.buffer[1] & 127 == 126 and start == 2):
                    frame = self.buffer[0] & 15, self.buffer[start:start + length]
                    self.buffer = self.buffer[start + length:]
                    return frame
            try: more = self.socket.recv(65536)
            except OSError as fault: return None if not isinstance(fault, TimeoutError) else "timeout"
            if not more: return None
            self.buffer += more

    def code(self):
        """The close code; 0 for an end without one."""
        while True:
            frame = self.next()
            if frame == "timeout": return -1
            if frame is None: return 0
            if frame[0] == 8: return struct.unpack(">H", frame[1][:2])[0] if len(frame[1]) >= 2 else 1005

    def close(self, torn=False):
        if torn: self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def honest(within=2):
    """How long a decent device waits for its welcome."""
    begun = time.time()
    peer = Peer(patience=5)
    peer.hello("honest")
    frame = peer.next()
    peer.close()
    return time.time() - begun if frame and b"welcome" in frame[1] else 99


def fleet(*arguments, **options):
    return subprocess.Popen([BINARY, "devices", "--event", "abuse", "--edge", f"127.0.0.1:{PORT}", "--json", *arguments], stdout=subprocess.PIPE, text=True, **options)


def outcome(process, within=60):
    out, _ = process.communicate(timeout=within)
    return process.returncode, json.loads(out)


# MARK: rows 6-9: whoever takes his time

def slow():
    peers = [Peer(upgraded=False) for _ in range(50)]
    silent = [Peer(upgraded=False) for _ in range(50)]
    idle = Peer(patience=20)
    posting = socket.create_connection(("127.0.0.1", PORT + 1))
    posting.sendall(b"POST /v1/events/abuse/signals HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
    begun, posting_ended, worst, ended = time.time(), None, 0, {}
    text = b"GET /v1/live HTTP/1.1\r\nHost: edge\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"
    for second in range(40):
        if second % 5 == 0: worst = max(worst, honest())
        for number, peer in enumerate(peers + silent):
            if number in ended: continue
            if number < 50: peer.send(text[second:second + 1])
            if select.select([peer.socket], [], [], 0)[0]:
                with contextlib.suppress(OSError):
                    if peer.socket.recv(4096): continue
                ended[number] = time.time() - begun
        if posting_ended is None:
            with contextlib.suppress(OSError): posting.send(b" ")
            if select.select([posting], [], [], 0)[0]:
                with contextlib.suppress(OSError): posting_answer = posting.recv(4096)
                posting_ended = time.time() - begun
        idle.frame(0x89, b"still here")
        if len(ended) == 100 and posting_ended: break
        time.sleep(1)
    check(len(ended) == 100 and max(ended.values()) <= 12, "6-7", f"50 slow and 50 silent handshakes are cut after {max(ended.values(), default=0):.0f} s ({len(ended)} of 100)")
    check(worst < 2, 6, f"an honest device is greeted within {worst * 1000:.0f} ms meanwhile")
    check(posting_ended is not None and posting_ended < 35, 8, f"a slow POST body ends after {posting_ended or 99:.0f} s")
    check(idle.code() == 4408, 9, "who upgrades, pings and never says hello is closed 4408")
    for peer in peers + silent + [idle]: peer.close()
    posting.close()


# MARK: rows 10-19: frames that nobody should send

def frames():
    big = b"x" * 2000
    cases = [
        (10, "an unmasked frame", lambda p: p.frame(0x81, b"{}", masked=False), {1002}),
        (11, "a fragmented ping", lambda p: p.frame(0x09, b"a"), {1002}),
        (11, "a ping of 126 bytes", lambda p: p.frame(0x89, b"a" * 126), {1002}),
        (12, "a reserved opcode", lambda p: p.frame(0x83, b"a"), {1002}),
        (12, "a reserved bit", lambda p: p.frame(0xC1, b"a"), {1002}),
        (13, "a stray continuation", lambda p: p.frame(0x80, b"a"), {1002}),
        (13, "a message inside a message", lambda p: (p.frame(0x01, b"a"), p.frame(0x81, b"b")), {1002}),
        (14, "a close of one byte", lambda p: p.frame(0x88, b"a"), {1002}),
        (14, "close 999", lambda p: p.frame(0x88, struct.pack(">H", 999)), {1002}),
        (14, "close 1006", lambda p: p.frame(0x88, struct.pack(">H", 1006)), {1002}),
        (14, "a close reason that is no UTF-8", lambda p: p.frame(0x88, b"\x03\xe8\xff"), {1007}),
        (15, "bad UTF-8 across fragments", lambda p: (p.frame(0x01, b"\xe2\x82"), p.frame(0x80, b"\x28")), {1007}),
        (16, "a terabyte announced", lambda p: p.send(b"\x81\xff" + struct.pack(">Q", 1 << 40) + b"aaaa"), {1009, 1002}),
        (16, "a length with its top bit", lambda p: p.send(b"\x81\xff" + struct.pack(">Q", 1 << 63) + b"aaaa"), {1009, 1002}),
        (17, "2 000 bytes in one frame", lambda p: p.frame(0x81, big), {1009}),
        (17, "2 000 bytes in fragments", lambda p: [p.frame(0x01 if i == 0 else 0x00, big[:100]) for i in range(20)], {1009}),
        (18, "100 000 empty fragments", lambda p: p.send(b"\x01\x80aaaa" + b"\x00\x80aaaa" * 100_000), {1009, 1002}),
    ]
    for row, words, attack, wanted in cases:
        peer = Peer()
        attack(peer)
        code = peer.code()
        check(code in wanted, row, f"{words}: {code}")
        peer.close()
    peer = Peer(extensions="Sec-WebSocket-Extensions: permessage-deflate\r\n")
    check(peer.status == 101 and b"xtensions" not in peer.head, 19, "compression is not agreed to")
    peer.close()


# MARK: rows 20-22: floods

def floods(engine):
    before = engine.memory()
    deaf = [Peer(receive=2048) for _ in range(50)]
    for number, peer in enumerate(deaf):
        peer.hello(f"deaf-{number}")
        peer.socket.setblocking(False)
        with contextlib.suppress(OSError):
            for _ in range(4000): peer.socket.send(b"\x89\xfd" + b"\0\0\0\0" + b"a" * 125)
    waited, grown = honest(), engine.memory() - before
    check(waited < 2 and grown < 64, 20, f"50 devices that never read, 4 000 pings each: honest device {waited * 1000:.0f} ms, memory +{grown:.0f} MB")
    for peer in deaf: peer.close(torn=True)

    peer = Peer()
    peer.hello("greedy")
    for number in range(10_000): peer.say({"type": "subscribe", "topics": [{"topic": f"event/none-{number}"}]})
    code = peer.code()
    check(code in (4429, 4404), 21, f"10 000 subscribes on one connection: {code}")
    peer.close()

    idle = [Peer() for _ in range(1000)]
    waited = honest()
    check(all(peer.status == 101 for peer in idle) and waited < 2, 22, f"1 000 idle upgrades: honest device {waited * 1000:.0f} ms")
    for peer in idle: peer.close()
    for _ in range(3000):
        peer = Peer(upgraded=False)
        peer.close(torn=True)
    check(honest() < 2, 22, "3 000 connections torn at once after connecting")


# MARK: rows 23-31 and 35: GraphQL over HTTP

class Answer:
    """What one connection to the HTTP port was told: the status (0: cut without a word), the body, and how long it took."""
    def __init__(self, *parts, patience=20, pause=0):
        begun, peer, told = time.time(), Peer(upgraded=False, patience=patience, port=PORT + 1), b""
        for part in parts:
            peer.send(part)
            if pause: time.sleep(pause)
        with contextlib.suppress(OSError):
            while more := peer.socket.recv(65536):
                told += more
                head, _, body = told.partition(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: (\d+)", head)
                if length and len(body) >= int(length[1]): break
        peer.close()
        self.seconds = time.time() - begun
        head, _, body = told.partition(b"\r\n\r\n")
        self.status = int(head.split()[1]) if head.startswith(b"HTTP/1.1 ") else 0
        try: self.json = json.loads(body)
        except ValueError: self.json = None
        self.error = ((self.json or {}).get("errors") or [{}])[0]
        self.place = tuple(self.error.get("locations", [{}])[0].values()) if self.error.get("locations") else None


def request(body, media="application/json", length=None, extra=""):
    return (f"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: {media}\r\nContent-Length: {len(body) if length is None else length}\r\n{extra}\r\n").encode() + body


def asked(document, **members): return request(json.dumps({"query": document, **members}).encode())


def bombs():
    """(row, what, document, where the error stands): documents that no device sends, by HTTP and by WebSocket."""
    doubled = "".join(f"fragment F{i} on LiveEvent {{ ...F{i + 1} ...F{i + 1} }} " for i in range(30)) + "fragment F30 on LiveEvent { id }"
    return [
        (23, "selections 10 000 deep", "{ event(id: 1) " * 10_000, None),
        (23, "selections 20 deep", "{" + "event(id: 1) {" * 20 + "id" + "}" * 21, None),
        (23, "lists 5 000 deep", "{ event(id: " + "[" * 5_000, None),
        (24, "10 000 aliases", "{" + " ".join(f"a{i}: __typename" for i in range(10_000)) + "}", None),
        (24, "200 aliases", "{" + " ".join(f"a{i}: __typename" for i in range(200)) + "}", None),
        (24, "300 directives", "{ __typename " + "@skip(if: false) " * 300 + "}", None),
        (24, "doubled fragments, thirty times", "{ event(id: 1) { ...F0 } } " + doubled, None),
        (24, "a cycle of two fragments", "{ event(id: 1) { ...A } }\nfragment A on LiveEvent { ...B }\nfragment B on LiveEvent { ...A }", (2, 27)),
        (24, "a fragment in itself", "{ event(id: 1) { ...A } }\nfragment A on LiveEvent { id ...A }", (2, 30)),
        (24, "1 200 fields to compare", "{ event(id: 1) {" + " id title" * 600 + "} }", None),
        (26, "a page of 2 147 483 648 events", "{\n  events(first: 2147483648) { id }\n}", (2, 17)),
        ("doc", "a document that ends too early", "{ event(id: 1) {\n  id", (2, 5)),
        ("doc", "a string that does not end", "{ event(id: \"a) { id } }\n", (1, 25)),
        ("doc", "a field that is not there", "{\n event(id: 1) {\n  tilte\n } }", (3, 3)),
        ("doc", "a variable that is not declared", "{ event(id: $e) { id } }", (1, 13)),
        ("doc", "a character that is none", "{ \u0007 }", (1, 3)),
        ("doc", "an empty document", "", (1, 1)),
    ]


def graphql(engine):
    memory = engine.memory()
    for row, words, document, place in bombs():
        answer = Answer(asked(document))
        wanted = answer.status in (400, 422) and answer.seconds < 2 and "message" in answer.error and place in (None, answer.place)
        check(wanted, row, f"{words}: {answer.status} at {answer.place} in {answer.seconds * 1000:.0f} ms: {answer.error.get('message', '')[:90]}")

    nested = b"[" * 100_000
    good = json.dumps({"query": "{ __typename }"}).encode()
    for row, words, parts, statuses in [
        (23, "variables 100 000 deep", [request(b'{"query":"{__typename}","variables":{"a":' + nested)], {400}),
        (24, "a document of 1 MB", [asked("{ __typename }" + " " * 1_000_000)], {413}),
        (24, "a document of 250 KB in one comment", [asked("#" + "x" * 250_000 + "\n{ __typename }")], {200}),
        (24, "a body of 1 TB announced", [request(b"{", length=1 << 40)], {413, 0}),
        (25, "a batch of 1 000", [request(b"[" + b",".join([good] * 1000) + b"]")], {422}),
        (26, "a page of 2 147 483 647 events", [asked("{ events(first: 2147483647) { id } }")], {200}),
        (29, "length and chunks together", [request(good, extra="Transfer-Encoding: chunked\r\n")], {400}),
        (29, "two lengths", [request(good, extra="Content-Length: 5\r\n")], {400}),
        (29, "a negative length", [request(good, length=-1)], {400}),
        (29, "a space before the colon", [request(good, extra="X-Device : tv\r\n")], {400}),
        (29, "NUL in a header", [request(good, extra="X-Device: t\0v\r\n")], {400}),
        (30, "10 000 headers", [request(good, extra="".join(f"x-{i}: 1\r\n" for i in range(10_000)))], {431}),
        (30, "a header of 200 kB", [request(good, extra="x-a: " + "a" * 200_000 + "\r\n")], {431}),
        (30, "an address of 200 kB", [b"GET /graphql?query=" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n"], {414}),
        (31, "a path that leads out", [b"GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n"], {400, 404}),
        (31, "the same, encoded", [b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n"], {400, 404}),
        (35, "a form", [request(b"query=%7B__typename%7D", "application/x-www-form-urlencoded")], {415}),
        (35, "plain text", [request(good, "text/plain")], {415}),
        (35, "a form of parts", [request(good, "multipart/form-data; boundary=a")], {415}),
        ("doc", "another charset", [request(good, "application/json; charset=utf-16")], {415}),
        ("doc", "bytes that are no UTF-8", [request(b'{"query":"{ \xff\xfe }"}')], {400}),
        ("doc", "half of a surrogate pair", [request(b'{"query":"{ event(id: \\"\\ud800\\") { id } }"}')], {400, 422}),
        ("doc", "a body cut short", [request(good[:10])], {400}),
        ("doc", "no body", [request(b"")], {400}),
        (8, "a body that does not come", [request(good[:5], length=len(good))], {408, 0}),
    ]:
        answer = Answer(*parts)
        patience = 15 if row == 8 else 2
        words = f"{words}: {answer.status} in {answer.seconds * 1000:.0f} ms: {json.dumps(answer.json)[:110]}"
        check(answer.status in statuses and answer.seconds < patience, row, words)
    drip = Answer(request(good, length=1000)[:-len(good)], *[b"a"] * 30, pause=0.5)
    check(drip.status in (408, 0) and drip.seconds < 17, 8, f"a body of two bytes a second: {drip.status} after {drip.seconds:.1f} s")

    for row, words, document, _ in bombs():
        told, seconds = overheard(document)
        check(seconds < 2 and told is not None, 28, f"{words}, by WebSocket: {told} in {seconds * 1000:.0f} ms")
    check(Answer(asked("{ __typename }")).status == 200 and engine.memory() < memory + 64, "all", f"memory +{engine.memory() - memory:.0f} MB")


def overheard(document):
    """What a graphql-transport-ws connection is told of a document: the type of the message, or the close code."""
    peer = Peer(protocol="graphql-transport-ws")
    peer.say({"type": "connection_init"})
    peer.next()
    begun = time.time()
    peer.say({"id": "1", "type": "subscribe", "payload": {"query": document}})
    frame = peer.next()
    peer.close()
    if frame in (None, "timeout"): return None, time.time() - begun
    told = struct.unpack(">H", frame[1][:2])[0] if frame[0] == 8 else json.loads(frame[1])["type"]
    return (told if told in ("error", 4400, 1009) else None), time.time() - begun


# MARK: row 42: kill -9 in the middle

def kill():
    shutil.which("strace") or sys.exit("strace is needed: apt install strace")
    points = [("sendto", 90), ("sendto", 230), ("fdatasync,fsync", 3), ("fdatasync,fsync", 14), ("pwrite64", 90), ("accept4", 30)]
    if "calls" in sys.argv[2:]:
        points = [(calls, number) for calls in ("sendto", "recvfrom", "accept4", "epoll_wait", "epoll_ctl", "write", "pwrite64", "fdatasync,fsync", "futex", "close")
                  for number in ((2, 5, 9, 13) if "sync" in calls else (20, 41, 58, 61) if calls == "accept4" else (60, 140, 300, 700))]
    for calls, number in points:
        name = f"kill-{calls.split(',')[0]}-{number}"
        watch = fleet("--count", "60", "--ramp", "500", "--for", "11s", "--name", name)
        traced = Engine(name, gap=0.5, prefix=("strace", "-D", "-f", "-qq", "-e", f"trace={calls}", "-e", f"inject={calls}:signal=SIGKILL:when={number}", "-o", "/dev/null"), wait=False)
        with contextlib.suppress(subprocess.TimeoutExpired): traced.process.wait(8)
        died = traced.process.poll() is not None
        if not died: traced.end(signal.SIGKILL)
        again = Engine(name, gap=0.5)
        code, seen = outcome(watch)
        figures = seen["figures"]
        check(code == 0 and figures["connected"] == 60, 42,
              f"kill -9 {'at' if died else 'after'} {calls} {number}: {figures['live']} live, {figures['caughtUp']} caught up, {figures['missing']} missing, "
              f"{figures['outOfOrder']} out of order, {figures['duplicated']} copies {seen['brokenPromises']}")
        again.end()


# MARK: row 43: SIGTERM

def term():
    engine = Engine("term", gap=0.3)
    watch = fleet("--count", "300", "--ramp", "2000", "--for", "7s", "--name", "term")
    time.sleep(3)
    code, took = engine.end()
    again = Engine("term", gap=0.3)
    status, seen = outcome(watch)
    ends = {entry["code"]: entry["count"] for entry in seen["figures"]["ended"]}
    check(code == 143 and took <= 10, 43, f"TERM in the middle of fan-outs: exit {code} after {took:.1f} s")
    check(ends.get(1012, 0) == 300 and status == 0, 43, f"every device was told 1012 and missed nothing: {ends} {seen['brokenPromises']}")
    again.process.send_signal(signal.SIGTERM)
    time.sleep(0.05)
    code, took = again.end()
    check(code == 143 and took < 2, 43, f"a second TERM means now: exit {code} after {took:.1f} s")
    for delay in (0.01, 0.05, 0.1):
        early = Engine(f"early-{delay}", wait=False)
        time.sleep(delay)
        code, took = early.end()
        check(code is not None and took <= 10, 43, f"TERM {delay * 1000:.0f} ms after the start: exit {code} after {took:.1f} s")


# MARK: row 44: two engines

def two():
    first = Engine("two")
    for stopped in (False, True):
        if stopped: first.process.send_signal(signal.SIGSTOP)
        second = subprocess.run([BINARY, "serve", "--db", first.database, "--edge", "off", "--http", "off"], capture_output=True, text=True, timeout=20)
        check(second.returncode == 69 and str(first.process.pid) in second.stderr, 44,
              f"a second engine{' while the first is stopped' if stopped else ''}: exit {second.returncode}, {second.stderr.strip()[:110]}")
    first.process.send_signal(signal.SIGCONT)
    check(honest() < 2, 44, "the first goes on after SIGCONT")
    first.end(signal.SIGKILL)
    again = Engine("two", files=False)
    check(again.process.poll() is None, 44, "the lock of a dead engine is taken over")
    again.end()


# MARK: row 45: no terminal any more

def hangup():
    master, slave = pty.openpty()
    database = os.path.join(SCRATCH, "hangup.db")
    room = subprocess.Popen([BINARY, "run", schedule(1.0), "--db", database, "--edge", f"127.0.0.1:{PORT}", "--http", "off"],
                            stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env={**os.environ, "TERM": "xterm-256color"})
    os.close(slave)
    end = time.time() + 4
    while time.time() < end:
        if select.select([master], [], [], 0.2)[0]:
            with contextlib.suppress(OSError): os.read(master, 65536)
    os.close(master)
    with contextlib.suppress(ProcessLookupError): os.kill(room.pid, signal.SIGHUP)
    time.sleep(1)
    check(room.poll() is None and honest() < 2, 45, "the terminal is gone; the engine goes on and greets devices")
    room.send_signal(signal.SIGTERM)
    check(room.wait(15) == 143, 45, "and ends by TERM")
    piped = subprocess.Popen(f"'{BINARY}' serve '{schedule(1.0)}' --db '{SCRATCH}/pipe.db' --edge 127.0.0.1:{PORT} --http off | head -1 & echo $!; wait",
                             shell=True, stdout=subprocess.PIPE, text=True, start_new_session=True)
    time.sleep(3)
    check(honest() < 2, 45, "nobody reads standard output any more; the engine goes on")
    os.killpg(piped.pid, signal.SIGTERM)
    piped.wait(15)


# MARK: row 46: the wall clock

def clock():
    library = os.path.join(SCRATCH, "wallclock.so")
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", library, os.path.join(os.path.dirname(os.path.abspath(__file__)), "wallclock.c")], check=True)
    control = os.path.join(SCRATCH, "clock")
    for jump in ("-3600", "+3600", "-1700000000"):
        with open(control, "w") as file: file.write("0")
        engine = Engine("clock" + jump, gap=0.5, prefix=("env", "LD_PRELOAD=" + library, "WALLCLOCK_FILE=" + control, "timeout", "60"))
        watch = fleet("--count", "20", "--for", "7s", "--name", "clock" + jump)
        time.sleep(3)
        with open(control, "w") as file: file.write(jump)
        code, seen = outcome(watch)
        number = len(seen["figures"]["broadcasts"])
        check(code == 0 and 10 <= number <= 16, 46, f"the wall clock jumps by {jump} s: {number} stages in 7 s, one every half second, in order {seen['brokenPromises']}")
        engine.end()


# MARK: row 47: few open files

def descriptors():
    engine = Engine("few", limit=256)
    # HTTP opens its own after the edge answers.
    time.sleep(1)
    start = engine.files()
    code, seen = outcome(fleet("--count", "300", "--ramp", "1000", "--for", "8s", "--name", "few", "--reconnect", "jittered"))
    figures = seen["figures"]
    busy = engine.cpu()
    time.sleep(2)
    busy = engine.cpu() - busy
    refused = sum(entry["count"] for entry in figures["refused"])
    check(0 < figures["connected"] < 256 and refused > 0 and code == 0, 47, f"256 files, 300 devices: {figures['connected']} connected, {refused} refused, nothing missing there")
    check(engine.process.poll() is None and busy < 0.5 and honest() < 2, 47, f"it does not spin ({busy:.2f} s of CPU in 2 s) and takes devices again")
    time.sleep(1)
    check(engine.files() <= start + 4, 47, f"open files {start} before, {engine.files()} after")
    engine.end()


# MARK: row 48: little memory

def memory():
    engine = Engine("memory", gap=0.5)
    inside = fleet("--count", "100", "--for", "14s", "--name", "inside")
    time.sleep(3)
    with open(f"/proc/{engine.process.pid}/status") as file: size = int(re.search(r"VmSize:\s+(\d+)", file.read()).group(1)) << 10
    limit = lambda bytes: subprocess.run(["prlimit", f"--pid={engine.process.pid}", f"--as={bytes}:"], check=True)
    limit(size + (32 << 20))
    outside = fleet("--count", "50", "--for", "10s", "--name", "outside")
    time.sleep(4)
    refused = Peer()
    check(refused.status == 503 and b"Retry-After" in refused.head, 48, f"32 MB of address space left: a newcomer is told {refused.status}, the engine {'lives' if engine.process.poll() is None else 'has died'}")
    limit("unlimited")
    for name, count, watch in (("inside", 100, inside), ("outside", 50, outside)):
        code, seen = outcome(watch)
        figures = seen["figures"]
        told = sum(entry["count"] for entry in figures["refused"])
        check(code == 0 and figures["connected"] == count and (told > 0) == (name == "outside"), 48,
              f"devices {name}: {figures['connected']} of {count} connected at the end, {told} times refused, {figures['missing']} missing {seen['brokenPromises']}")
    engine.end()


# MARK: row 49: everyone comes back at once

def storm():
    engine = Engine("storm", gap=1.0)
    watch = fleet("--count", "2000", "--ramp", "2000", "--for", "14s", "--name", "storm")
    time.sleep(5)
    engine.end(signal.SIGKILL)
    again = Engine("storm", gap=1.0)
    code, seen = outcome(watch)
    figures = seen["figures"]
    check(code == 0 and figures["connected"] == 2000, 49,
          f"2 000 devices after kill -9 and restart: {figures['connected']} back, {figures['caughtUp']} caught up, missing {figures['missing']} {seen['brokenPromises']}")
    again.end()


def attacks():
    """Rows 6-31 and 35 against one engine, with its memory and open files before and after."""
    engine = Engine("attacks")
    honest()
    time.sleep(1)
    files, memory = engine.files(), engine.memory()
    if wants("frames"): frames()
    if wants("floods"): floods(engine)
    if wants("graphql"): graphql(engine)
    if wants("slow"): slow()
    # Close frames that nobody answers wait 5 s.
    time.sleep(6)
    check(engine.files() <= files + 2, "all", f"open files {files} before, {engine.files()} after")
    check(engine.memory() <= memory + 32, "all", f"memory {memory:.0f} MB before, {engine.memory():.0f} MB after")
    code, _ = engine.end()
    check(code == 143, "all", "the engine is well to the end")


def wants(name): return not sys.argv[2:] or name in sys.argv[2:]


if any(wants(name) for name in ("frames", "floods", "graphql", "slow")): attacks()
for name, part in (("kill", kill), ("term", term), ("two", two), ("hangup", hangup), ("clock", clock), ("descriptors", descriptors), ("memory", memory), ("storm", storm)):
    if wants(name): part()
shutil.rmtree(SCRATCH, ignore_errors=True)
print(f"{len(failures)} failed")
sys.exit(1 if failures else 0)
