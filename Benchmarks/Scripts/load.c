// Mixed traffic at a set rate, whatever the server does: requests come by the clock (exponential gaps), over a pool of connections,
// and are timed from when they were due, so that a slow server cannot hide by being asked less.
//
//   cc -O2 -o /tmp/load Benchmarks/Scripts/load.c -lm
//   /tmp/load PORT EVENT NAME:RATE:SECONDS …       a rate of 0 keeps CLOSED connections busy: what the server can do at most
//
// Prints a line for each phase and class: phase class offered ok refused failed p50 p99 (ms), and `total`, whose last column is
// how long after the phase's begin something was refused or failed for the last time (s).
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 400, CLOSED = 16, CLASSES = 4, WAITING = 1 << 16, STEPS = 60000 };
#define PATIENCE 2.0 // Seconds until a request that was not answered has failed.

// Name, share of the requests in per cent.
static const struct { const char *name; int share; } classes[CLASSES] = {
    {"critical", 10}, {"degraded", 30}, {"best-effort", 40}, {"bulk", 20}};

struct connection { int fd, class, length, isBusy; double due; char in[65536]; long left; int status; };
struct count { long offered, ok, refused, failed; int *tenths; };
static struct connection pool[CONNECTIONS];
static int idle[CONNECTIONS], idles, poller, port;
static struct { double due; int class; } waiting[WAITING];
static unsigned head, tail;
static struct count counts[CLASSES];
static const char *event;
static double began, lastBad;
static unsigned long long seed = 88172645463325252ULL, number;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static double draw(void) {
    seed ^= seed << 13; seed ^= seed >> 7; seed ^= seed << 17;
    return (seed >> 11) / 9007199254740992.0;
}

static int drawClass(void) {
    int left = draw() * 100;
    for (int i = 0; i < CLASSES; i++) if ((left -= classes[i].share) < 0) return i;
    return CLASSES - 1;
}

static void dial(int index) {
    struct connection *c = &pool[index];
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = inet_addr("127.0.0.1")};
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0) { perror("connect"); exit(1); }
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    int one = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = index};
    epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &e);
    c->isBusy = c->length = 0;
    idle[idles++] = index;
}

// What a class asks. Each request is a device's of its own, so no answer is a kept one.
static int write_request(int class, char *out) {
    static char body[32768];
    int length = 0;
    const char *type = "application/json";
    number++;
    if (class == 0) {
        length = sprintf(body, "{\"query\":\"{ event(id: \\\"%s\\\") { stage { key } nextStage { key } lastBroadcast { sequence timestamp } connection { url topic } } }\","
            "\"variables\":{\"device\":\"tv-%llu\"}}", event, number);
    } else if (class == 1) {
        length = sprintf(body, "{\"query\":\"query($n: Int!) { events(first: $n) { id title isHeld stage { key planned } stages { key kind planned } connection { url topic } } }\","
            "\"variables\":{\"n\":20,\"device\":\"tv-%llu\"}}", number);
    } else if (class == 2) {
        length = sprintf(body, "{\"query\":\"query($d: String!) { events(first: 20) { id stage { key } stageMap(device: $d) { version homeRow { stages { key badge title row position "
            "rows { row position titles { id title synopsis badge link artwork { url color } } } } fallback { key title link } } "
            "titlePage { stages { key title synopsis } } player { stages { key action title } } minimal { stages { key text } } } } }\","
            "\"variables\":{\"d\":\"tv-%llu\"}}", number);
    } else {
        type = "application/x-ndjson";
        for (int i = 0; i < 60; i++)
            length += sprintf(body + length, "{\"level\":\"info\",\"device\":\"tv-%llu\",\"at\":%d,\"what\":\"playback\",\"bitrate\":4500000,\"buffer\":12.5,\"dropped\":0,"
                "\"cdn\":\"a.example\",\"note\":\"a line about as long as players write them, with a few fields\"}\n", number, i);
    }
    return sprintf(out, "POST %s HTTP/1.1\r\nHost: room\r\nContent-Type: %s\r\nX-Device-Family: tv\r\n%s%s%sContent-Length: %d\r\n\r\n%s",
        class == 3 ? "/v1/telemetry" : "/graphql", type, class == 0 ? "X-Event: " : "", class == 0 ? event : "", class == 0 ? "\r\n" : "", length, body);
}

static void bad(double at) { if (at - began > lastBad) lastBad = at - began; }

static void ask(int class, double due) {
    static char out[65536];
    int index = idle[--idles];
    struct connection *c = &pool[index];
    c->class = class; c->due = due; c->isBusy = 1; c->length = 0; c->left = -1; c->status = 0;
    int length = write_request(class, out);
    if (send(c->fd, out, length, MSG_NOSIGNAL) != length) { // A full socket buffer: as good as lost.
        counts[class].failed++; bad(due); close(c->fd); dial(index);
    }
}

static void finish(int index, double at) {
    struct connection *c = &pool[index];
    struct count *n = &counts[c->class];
    if (c->status / 100 == 2 && at - c->due <= PATIENCE) {
        n->ok++;
        int step = (at - c->due) * 10000;
        n->tenths[step < STEPS ? step : STEPS - 1]++;
    } else {
        if (c->status == 503) n->refused++; else n->failed++;
        bad(c->due);
    }
    c->isBusy = 0;
    idle[idles++] = index;
}

static void take(int index) {
    struct connection *c = &pool[index];
    for (;;) {
        long got = recv(c->fd, c->in + c->length, sizeof c->in - 1 - c->length, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (got <= 0) {
            if (c->isBusy) { counts[c->class].failed++; bad(c->due); }
            else for (int i = 0; i < idles; i++) if (idle[i] == index) { idle[i] = idle[--idles]; break; }
            close(c->fd); dial(index); return;
        }
        if (!c->isBusy) continue;
        if (c->left < 0) {
            c->length += got; c->in[c->length] = 0;
            char *end = strstr(c->in, "\r\n\r\n");
            if (!end) continue;
            c->status = atoi(c->in + 9);
            char *say = strcasestr(c->in, "content-length:");
            c->left = (say && say < end ? atol(say + 15) : 0) - (c->length - (end + 4 - c->in));
        } else c->left -= got;
        c->length = 0;
        if (c->left <= 0) { finish(index, now()); return; }
    }
}

static double percentile(struct count *n, double share) {
    long wanted = ceil(n->ok * share), seen = 0;
    for (int i = 0; i < STEPS; i++) if ((seen += n->tenths[i]) >= wanted) return (i + 0.5) / 10;
    return STEPS / 10;
}

static void report(const char *name, double seconds) {
    struct count all = {0};
    for (int i = 0; i < CLASSES; i++) {
        struct count *n = &counts[i];
        printf("%s %s %ld %ld %ld %ld %.1f %.1f\n", name, classes[i].name, n->offered, n->ok, n->refused, n->failed,
            n->ok ? percentile(n, 0.5) : 0, n->ok ? percentile(n, 0.99) : 0);
        all.offered += n->offered; all.ok += n->ok; all.refused += n->refused; all.failed += n->failed;
    }
    printf("%s total %ld %ld %ld %ld %.0f %.2f\n", name, all.offered, all.ok, all.refused, all.failed, all.ok / seconds, lastBad);
    fflush(stdout);
}

static void phase(const char *name, double rate, double seconds) {
    for (int i = 0; i < CLASSES; i++) {
        int *tenths = counts[i].tenths;
        memset(tenths, 0, STEPS * sizeof *tenths);
        counts[i] = (struct count){.tenths = tenths};
    }
    lastBad = 0;
    began = now();
    double due = began;
    // Whoever is due in the phase is counted in it, so it lasts until the last one is answered or has failed.
    for (double at = began; ; at = now()) {
        int isOver = at >= began + seconds, busy = CONNECTIONS - idles;
        if (isOver && busy == 0 && head == tail) break;
        if (rate == 0) { while (!isOver && CONNECTIONS - idles < CLOSED) { int k = drawClass(); counts[k].offered++; ask(k, at); } }
        else while (due <= at && due < began + seconds) {
            int k = drawClass();
            counts[k].offered++;
            if (tail - head < WAITING) { waiting[tail % WAITING].due = due; waiting[tail++ % WAITING].class = k; }
            else { counts[k].failed++; bad(due); }
            due -= log(1 - draw()) / rate;
        }
        for (; head != tail; head++) {
            double since = waiting[head % WAITING].due;
            int k = waiting[head % WAITING].class;
            if (at - since > PATIENCE) { counts[k].failed++; bad(since); }
            else if (idles > 0) ask(k, since);
            else break;
        }
        struct epoll_event events[256];
        double next = due < began + seconds && rate > 0 ? due - now() : 0.05;
        int count = epoll_wait(poller, events, 256, head != tail || next < 0.001 ? (next <= 0 ? 0 : 1) : next > 0.05 ? 50 : next * 1000);
        for (int i = 0; i < count; i++) take(events[i].data.u32);
        at = now();
        for (int i = 0; i < CONNECTIONS; i++) if (pool[i].isBusy && at - pool[i].due > PATIENCE + 1) {
            counts[pool[i].class].failed++; bad(pool[i].due); close(pool[i].fd); dial(i);
        }
    }
    report(name, seconds);
}

int main(int argc, char **argv) {
    if (argc < 4) { fprintf(stderr, "usage: load PORT EVENT NAME:RATE:SECONDS ...\n"); return 64; }
    port = atoi(argv[1]);
    event = argv[2];
    poller = epoll_create1(0);
    for (int i = 0; i < CLASSES; i++) counts[i].tenths = calloc(STEPS, sizeof(int));
    for (int i = 0; i < CONNECTIONS; i++) dial(i);
    for (int i = 3; i < argc; i++) {
        char name[32]; double rate, seconds;
        if (sscanf(argv[i], "%31[^:]:%lf:%lf", name, &rate, &seconds) != 3) { fprintf(stderr, "not a phase: %s\n", argv[i]); return 64; }
        phase(name, rate, seconds);
    }
}
