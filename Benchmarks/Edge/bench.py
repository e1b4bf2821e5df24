#!/usr/bin/env python3
"""Measures the edge beside a C loop, nchan and mosquitto on this machine, in turn, and prints ratios to the C loop.

usage: bench.py FOLDER [--counts 1000,10000,18000] [--rounds 3] [--servers ...] [--quick]
FOLDER holds the built programs: loop, devices, EdgeNode. Everything is started here, on ports from 21460 on, and ended here.

A server of one thread has the first core and the devices the second, so that what is measured is not where the kernel happened to put
them; what has two threads shares both cores with the devices.

CPU is the time the server's threads ran (/proc/PID/task/*/schedstat); memory is RssAnon of the server. Of several rounds the
median counts, and rounds of different servers take turns, so that a slow minute of the machine touches all of them.
"""
import argparse, glob, os, signal, socket, statistics, subprocess, sys, tempfile, time, urllib.request

PORT = 21460


class Program:
    """A child that answers commands by lines."""

    def __init__(self, *words, core=None):
        pin = ["taskset", "-c", core] if core is not None else []
        words = [str(word) for word in [*pin, *words]]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def ask(self, line):
        self.tell(line)
        return self.hear()

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self):
        answer = self.process.stdout.readline().split()
        if not answer:
            raise SystemExit(f"{self.process.args[0]} ended: see above")
        return answer

    def end(self):
        self.process.kill()
        self.process.wait()


class Server:
    """What is measured: how it starts, how a broadcast is sent, who does the work."""

    mode = "plain"
    topics = 1
    threads = 1
    storms = False

    def __init__(self, name, folder, port):
        self.name, self.folder, self.port = name, folder, port

    def start(self):
        self.program = Program(*self.command(), core=0 if self.threads == 1 else None)
        self.program.hear()

    def pids(self):
        return [self.program.process.pid]

    def send(self, count):
        """Returns when it began, by the monotonic clock, or nothing if `began` says it."""
        self.program.tell(f"send {count}")

    def began(self):
        """Read only when all is over: nothing but server and devices should run meanwhile."""
        return float(self.program.hear()[1])

    def end(self):
        self.program.end()

    def cpu(self):
        """Seconds its threads have run."""
        total = 0
        for pid in self.pids():
            for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
                try:
                    total += int(open(path).read().split()[0])
                except OSError:
                    pass
        return total / 1e9

    def memory(self):
        total = 0
        for pid in self.pids():
            for line in open(f"/proc/{pid}/status"):
                if line.startswith("RssAnon:"):
                    total += int(line.split()[1]) * 1024
        return total


class Loop(Server):
    def __init__(self, name, folder, port, threads=1, joined=False):
        super().__init__(name, folder, port)
        self.threads, self.joined = threads, joined

    def command(self):
        return [f"{self.folder}/loop", *(["-j"] if self.joined else []), self.port, self.threads]


class Edge(Server):
    mode = "edge"

    def __init__(self, name, folder, port, loops=1, topics=1, connects=1000000):
        super().__init__(name, folder, port)
        self.threads, self.topics, self.connects = loops, topics, connects
        self.storms = connects < 1000000

    def command(self):
        return [f"{self.folder}/EdgeNode", self.port, self.threads, self.topics, self.connects]


class Foreign(Server):
    """A server of Debian's, with a configuration written here."""

    def start(self):
        self.place = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(["taskset", "-c", "0", *self.command()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"{self.name} does not listen on {self.port}")

    def write(self, name, text):
        path = f"{self.place.name}/{name}"
        open(path, "w").write(text)
        return path

    def pids(self):
        children = open(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read().split()
        return [self.process.pid, *map(int, children)]

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.place.cleanup()


class Nchan(Foreign):
    mode = "nchan"

    def command(self):
        folder = self.place.name
        return ["nginx", "-p", folder, "-e", "stderr", "-c", self.write("nginx.conf", f"""
load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
daemon off; worker_processes 1; worker_rlimit_nofile 20000; pid {folder}/pid; error_log stderr crit; user root;
events {{ worker_connections 19900; }}
http {{ access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e; nchan_shared_memory_size 512M; keepalive_requests 100000;
  server {{ listen 127.0.0.1:{self.port} backlog=4096;
    location /sub {{ nchan_subscriber websocket; nchan_channel_id bench; nchan_subscriber_first_message newest; }}
    location /pub {{ nchan_publisher; nchan_channel_id bench; nchan_message_buffer_length 100; }} }} }}""")]

    def send(self, count):
        start = time.monotonic()
        link = socket.create_connection(("127.0.0.1", self.port))
        body = "x" * 98
        link.sendall((f"POST /pub HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n{body}" * count).encode())
        answer = b""
        while answer.count(b"HTTP/1.1 20") < count:
            answer += link.recv(65536)
        link.close()
        return start


class Mosquitto(Foreign):
    mode = "mqtt"

    def command(self):
        return ["mosquitto", "-c", self.write("mosquitto.conf", f"""
listener {self.port + 1} 127.0.0.1
allow_anonymous true
listener {self.port} 127.0.0.1
protocol websockets
allow_anonymous true
max_queued_messages 10000
set_tcp_nodelay true
user root
""")]

    def send(self, count):
        link = socket.create_connection(("127.0.0.1", self.port + 1))
        link.sendall(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01p")
        link.recv(4)
        start = time.monotonic()
        body = b"\x00\x05bench" + b"x" * 91
        link.sendall((bytes([0x30, len(body)]) + body) * count)
        link.close()
        return start


def servers(folder, wanted):
    every = {
        "loop": lambda port: Loop("C loop", folder, port),
        "loop2": lambda port: Loop("C loop, 2 threads", folder, port, threads=2),
        "joined": lambda port: Loop("C loop, joined writes", folder, port, joined=True),
        "edge": lambda port: Edge("edge", folder, port),
        "edge2": lambda port: Edge("edge, 2 loops", folder, port, loops=2),
        "edge10": lambda port: Edge("edge, 10 topics each", folder, port, topics=10),
        "storm": lambda port: Edge("edge, 10 000 connects a second", folder, port, connects=10000),
        "nchan": lambda port: Nchan("nchan", folder, port),
        "mosquitto": lambda port: Mosquitto("mosquitto", folder, port),
    }
    return [every[name](PORT + 2 * place) for place, name in enumerate(wanted)]


class Run:
    """One server with its devices connected."""

    def __init__(self, server, folder, count):
        self.server, self.count = server, count
        server.start()
        self.devices = Program(f"{folder}/devices", server.mode, server.port, server.topics, core=1 if server.threads == 1 else None)
        self.devices.ask("pace 256")
        time.sleep(0.3)
        memory, cpu = server.memory(), server.cpu()
        self.devices.ask(f"connect {count}")
        time.sleep(0.5)
        self.figures = {"connect": [(server.cpu() - cpu) / count * 1e6], "memory": [(server.memory() - memory) / count]}

    def note(self, name, value):
        self.figures.setdefault(name, []).append(value)

    def broadcast(self, count, name):
        self.devices.ask(f"expect {count}")
        cpu = self.server.cpu()
        start = self.server.send(count)
        got, _, last, reads = self.devices.hear()[1:]
        start = start or self.server.began()
        if int(got) != self.count:
            raise SystemExit(f"{self.server.name}: {got} of {self.count} devices had {count} publications")
        time.sleep(0.05)
        self.note(name, (self.server.cpu() - cpu) / (self.count * count) * 1e6)
        self.note(name + " done", (float(last) - start) * 1e3)
        self.note(name + " reads", int(reads) / self.count)
        if self.server.mode == "edge":
            cpu = self.server.cpu()
            self.devices.ask("ack")
            time.sleep(0.4)
            self.note(name + " ack", (self.server.cpu() - cpu) / self.count * 1e6)

    def storm(self):
        cpu = self.server.cpu()
        self.devices.ask("pace 0")
        _, seconds, refused, retries = self.devices.ask("again 500")
        self.figures["storm"] = [float(seconds)]
        self.figures["storm refused"] = [int(refused)]
        self.figures["storm cpu"] = [(self.server.cpu() - cpu) / self.count * 1e6]

    def broadcast_in_storm(self, folder):
        """A broadcast to those who are connected, while as many as there is room for come in all at once."""
        newcomers = Program(f"{folder}/devices", self.server.mode, self.server.port, self.server.topics, core=1)
        newcomers.ask("pace 0")
        newcomers.tell(f"connect {min(self.count, 18000 - self.count)}")
        time.sleep(0.1)
        self.broadcast(1, "in storm")
        newcomers.hear()
        newcomers.end()

    def end(self):
        self.devices.end()
        self.server.end()


def measure(folder, wanted, count, rounds):
    """Servers whose devices fit into one another's memory stay connected, and broadcasts take turns."""
    runs = [Run(server, folder, count) for server in servers(folder, wanted)]
    try:
        for round in range(rounds + 1):
            for run in runs:
                run.broadcast(1, "one")
                run.broadcast(10, "ten")
            if round == 0:  # The first fills caches and grows tables.
                for run in runs:
                    run.figures = {key: value if key in ("connect", "memory") else [] for key, value in run.figures.items()}
        for run in runs:
            if run.server.storms:
                run.storm()
                if count < 18000:
                    run.broadcast_in_storm(folder)
        return {run.server.name: {name: statistics.median(values) for name, values in run.figures.items() if values} for run in runs}
    finally:
        for run in runs:
            run.end()


def table(count, found):
    base = found.get("C loop")
    print(f"\n{count} connections" + (f": C loop {base['one']:.2f} µs a delivery, {base['one done']:.1f} ms a broadcast, {base['ten']:.2f} µs a delivery in bursts of ten" if base else ""))
    print(f"{'':32}{'CPU a':>9}{'comple-':>9}{'CPU in':>9}{'bursts':>9}{'writes':>9}{'memory':>9}{'connect':>9}{'ack':>7}")
    print(f"{'':32}{'delivery':>9}{'tion':>9}{'bursts':>9}{'done':>9}{'a burst':>9}{'KB':>9}{'µs':>9}{'µs':>7}")
    for name, figures in found.items():
        ratio = lambda key: f"{figures[key] / base[key]:9.2f}" if base and key in figures else f"{figures.get(key, 0):9.2f}"
        print(f"{name:32}" + "".join(map(ratio, ["one", "one done", "ten", "ten done"]))
              + f"{figures['ten reads']:9.1f}{figures['memory'] / 1024:9.2f}{figures['connect']:9.1f}{figures.get('one ack', 0):7.1f}")
    for name, figures in found.items():
        if "storm" in figures:
            print(f"{name}: {count} devices dropped at once were all back and caught up after {figures['storm']:.2f} s; "
                  f"{figures['storm refused']:.0f} were told 503, {figures['storm cpu']:.0f} µs each"
                  + (f"; a broadcast while others stormed in: {figures['in storm done']:.0f} ms, {figures['one done']:.0f} in calm"
                     if "in storm done" in figures else ""))
    sys.stdout.flush()


def check(found, count):
    """The budgets; what is broken, in words."""
    problems, base = [], found.get("C loop")
    def limit(server, key, most, against=None):
        if server not in found or key not in found[server]:
            return
        value = found[server][key] / (found[against][key] if against else 1)
        if value > most:
            problems.append(f"{count} connections, {server}: {key} is {value:.2f}, at most {most}")
    if base:
        limit("edge", "one", 1.05, "C loop")
        limit("edge", "one done", 1.10, "C loop")
        limit("edge", "ten", 0.2, "C loop")
        limit("edge, 10 topics each", "ten", 0.2, "C loop")
    limit("edge, 2 loops", "one done", 0.7, "edge")
    limit("edge", "memory", 2048)
    limit("edge", "connect", 45)
    limit("edge, 10 000 connects a second", "storm", 5)
    return problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--counts", default="1000,10000,18000")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--servers", default="loop,edge,joined,edge10,loop2,edge2,storm,nchan,mosquitto")
    options = parser.parse_args()
    problems = []
    for count in map(int, options.counts.split(",")):
        found = measure(options.folder, options.servers.split(","), count, options.rounds)
        table(count, found)
        problems += check(found, count)
    print("\n" + ("\n".join(problems) if problems else "Every budget is kept."))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
