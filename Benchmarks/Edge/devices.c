// Many devices on one thread, cheap enough to leave a core to the server that is measured: 18 000 connections a process.
//
//   devices MODE PORT [TOPICS]     MODE: edge (control-room.v1), plain (WebSocket alone), nchan, mqtt
//
// Commands on stdin, answers are lines on stdout:
//   connect N       opens connections until N are ready (edge: greeted, caught up with every topic, acked)
//                   -> ready SECONDS
//   expect K        waits until each has K further messages      -> got COUNT FIRST LAST READS (monotonic seconds)
//   ack             each acks what it has of every topic (edge)  -> acked
//   pace N          how many may be under way at once while connecting (0: all of them)
//   drop            ends all connections at once, by reset       -> dropped
//   again SPREAD    drops all, and each comes back after 0...SPREAD ms and whenever a 503 says
//                   -> back SECONDS REFUSED RETRIES
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DEVICES_MAX 18000
#define TOPICS_MAX 10
enum mode { EDGE, PLAIN, NCHAN, MQTT };
enum stage { CLOSED, SHAKING, GREETING, READY, AWAY };

struct device {
    int fd, length;
    uint8_t stage, topics, acks;
    long got;
    double due;
    int sequences[TOPICS_MAX];
    unsigned char in[1200];
};

static enum mode mode;
static int port, poll_fd, topics = 1, ready_count, opened, wanted, under_way, pace = 256;
static int done_count, refused, away_count;
static long expected = -1, reads;
static double first_at, last_at;
static struct device devices[DEVICES_MAX];

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void fail(const char *what) { perror(what); exit(1); }

static void say(struct device *d, int opcode, const void *bytes, size_t length) {
    unsigned char out[1500] = {0x80 | opcode};
    size_t head = 2;
    if (length < 126) out[1] = 0x80 | length;
    else { out[1] = 0xFE; out[2] = length >> 8; out[3] = length & 0xFF; head = 4; }
    memset(out + head, 0, 4); // A mask of zeros is a mask.
    memcpy(out + head + 4, bytes, length);
    if (send(d->fd, out, head + 4 + length, MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET) fail("send");
}

static void end(struct device *d) {
    struct linger none = {1, 0};
    setsockopt(d->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(d->fd);
    if (d->stage == READY) ready_count--;
    else if (d->stage != AWAY) under_way--;
    d->stage = CLOSED;
}

static void open_device(int index) {
    struct device *d = &devices[index];
    memset(d, 0, offsetof(struct device, in));
    d->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int one = 1;
    setsockopt(d->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + index % 4)};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (d->fd < 0 || bind(d->fd, (struct sockaddr *)&from, sizeof from) < 0) fail("bind");
    if (connect(d->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) fail("connect");
    d->stage = SHAKING;
    under_way++;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.u32 = index};
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, d->fd, &event);
}

static void shake(struct device *d, int index) {
    static const char *paths[] = {"/v1/live", "/", "/sub", "/mqtt"};
    static const char *protocols[] = {"Sec-WebSocket-Protocol: control-room.v1\r\n", "", "", "Sec-WebSocket-Protocol: mqtt\r\n"};
    char request[512];
    int length = snprintf(request, sizeof request,
        "GET %s HTTP/1.1\r\nHost: edge\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n", paths[mode], protocols[mode]);
    if (send(d->fd, request, length, MSG_NOSIGNAL) != length) { end(d); return; }
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = index};
    epoll_ctl(poll_fd, EPOLL_CTL_MOD, d->fd, &event);
}

static void become_ready(struct device *d) {
    d->stage = READY;
    under_way--;
    ready_count++;
    d->got = 0;
}

static void greet(struct device *d, int index) {
    char text[1024];
    int length;
    d->stage = GREETING;
    if (mode == EDGE) {
        length = snprintf(text, sizeof text, "{\"type\":\"hello\",\"device\":\"device-%d-%d\",\"topics\":[", (int)getpid(), index);
        for (int k = 0; k < topics; k++)
            length += snprintf(text + length, sizeof text - length, "%s{\"topic\":\"event/bench-%d\"}", k ? "," : "", k);
        length += snprintf(text + length, sizeof text - length, "]}");
        say(d, 1, text, length);
    } else if (mode == MQTT) {
        unsigned char packet[64] = {0x10, 0, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 0};
        int id = sprintf((char *)packet + 14, "d%d", index);
        packet[13] = id;
        packet[1] = 12 + id;
        say(d, 2, packet, 14 + id);
        static const unsigned char subscribe[] = {0x82, 10, 0, 1, 0, 5, 'b', 'e', 'n', 'c', 'h', 0};
        say(d, 2, subscribe, sizeof subscribe);
    } else become_ready(d);
}

static void ack(struct device *d) {
    char out[1400];
    for (int k = 0; k < topics; k++) {
        if (!d->sequences[k]) continue;
        int length = snprintf(out, sizeof out, "{\"type\":\"ack\",\"topic\":\"event/bench-%d\",\"sequence\":%d}", k, d->sequences[k]);
        say(d, 1, out, length);
        d->sequences[k] = 0;
    }
}

static void count_message(struct device *d) {
    if (expected < 0 || ++d->got != expected) return;
    last_at = now();
    done_count++;
}

static void take(struct device *d, int opcode, const unsigned char *text, int length) {
    if (opcode == 9) { say(d, 10, text, length); return; }
    if (mode == EDGE && opcode == 1) {
        if (length < 20 || text[9] == 'w') return; // welcome
        const char *topic = memmem(text, length, "bench-", 6), *sequence = memmem(text, length, "\"sequence\":", 11);
        if (!topic || !sequence) return;
        int k = atoi(topic + 6);
        d->sequences[k] = atoi(sequence + 11);
        if (d->stage == GREETING && ++d->topics == topics) { become_ready(d); ack(d); } else count_message(d);
    } else if (mode == MQTT && opcode == 2) {
        if (text[0] >> 4 == 9) become_ready(d);
        else if (text[0] >> 4 == 3) count_message(d);
    } else if (opcode == 1 || opcode == 2) count_message(d);
}

// A 503 is obeyed: the device comes back when it says, and not before.
static void refuse(struct device *d) {
    char *at = memmem(d->in, d->length, "Retry-After: ", 13);
    if (memcmp(d->in, "HTTP/1.1 503", 12) || !at) { fprintf(stderr, "refused: %.60s\n", d->in); exit(1); }
    refused++;
    end(d);
    d->stage = AWAY;
    away_count++;
    d->due = now() + atoi(at + 13);
}

static void parse(struct device *d, int index) {
    int at = 0;
    if (d->stage == SHAKING) {
        unsigned char *found = memmem(d->in, d->length, "\r\n\r\n", 4);
        if (!found) return;
        if (memcmp(d->in, "HTTP/1.1 101", 12)) { refuse(d); return; }
        at = found + 4 - d->in;
        greet(d, index);
    }
    while (d->length - at >= 2) {
        int head = 2, length = d->in[at + 1];
        if (length == 126) {
            if (d->length - at < 4) break;
            head = 4;
            length = d->in[at + 2] << 8 | d->in[at + 3];
        }
        if (d->length - at < head + length) break;
        take(d, d->in[at] & 15, d->in + at + head, length);
        at += head + length;
    }
    d->length -= at;
    if (d->length) memmove(d->in, d->in + at, d->length);
}

static void turn(int wait) {
    static struct epoll_event events[512];
    int ready = epoll_wait(poll_fd, events, 512, wait);
    for (int i = 0; i < ready; i++) {
        int index = events[i].data.u32;
        struct device *d = &devices[index];
        if (d->stage == CLOSED || d->stage == AWAY) continue;
        if (d->stage == SHAKING && events[i].events & EPOLLOUT) shake(d, index);
        if (!(events[i].events & ~EPOLLOUT) || d->stage == CLOSED) continue;
        long got = recv(d->fd, d->in + d->length, sizeof d->in - d->length, 0);
        if (got < 0 && errno == EAGAIN) continue;
        if (got <= 0) { fprintf(stderr, "device %d: %s in stage %d\n", index, got ? strerror(errno) : "closed", d->stage); exit(1); }
        reads++;
        if (expected > 0 && first_at == 0) first_at = now();
        d->length += got;
        parse(d, index);
    }
}

// Those whose time has come; how many.
static int come_back(void) {
    double moment = now();
    int count = 0;
    if (!away_count) return 0;
    for (int i = 0; i < opened; i++)
        if (devices[i].stage == AWAY && devices[i].due <= moment) { open_device(i); away_count--; count++; }
    return count;
}

static void connect_all(int count) {
    double start = now();
    wanted = count;
    while (ready_count < wanted) {
        while (opened < wanted && (pace == 0 || under_way < pace)) open_device(opened++);
        come_back();
        turn(5);
        if (now() - start > 60) { fprintf(stderr, "only %d of %d are ready\n", ready_count, wanted); exit(1); }
    }
    printf("ready %.6f\n", now() - start);
}

static void come_again(double spread) {
    double start = now();
    for (int i = 0; i < opened; i++) {
        end(&devices[i]);
        devices[i].stage = AWAY;
        away_count++;
        devices[i].due = start + drand48() * spread / 1000;
    }
    int comings = 0;
    refused = 0;
    while (ready_count < opened) {
        comings += come_back();
        turn(5);
        if (now() - start > 60) { fprintf(stderr, "only %d of %d are back\n", ready_count, opened); exit(1); }
    }
    printf("back %.3f %d %d\n", now() - start, refused, comings - opened);
}

static void run(const char *line) {
    double spread;
    int number;
    if (sscanf(line, "connect %d", &number) == 1) connect_all(number);
    else if (sscanf(line, "expect %d", &number) == 1) {
        expected = number;
        first_at = last_at = done_count = reads = 0;
        for (int i = 0; i < opened; i++) devices[i].got = 0;
        printf("expecting\n");
        fflush(stdout);
        double start = now();
        while (done_count < opened && now() - start < 30) turn(100);
        expected = -1;
        printf("got %d %.9f %.9f %ld\n", done_count, first_at, last_at, reads);
    } else if (!strncmp(line, "ack", 3)) {
        for (int i = 0; i < opened; i++) ack(&devices[i]);
        printf("acked\n");
    } else if (sscanf(line, "pace %d", &pace) == 1) printf("paced\n");
    else if (sscanf(line, "again %lf", &spread) == 1) come_again(spread);
    else if (!strncmp(line, "drop", 4)) {
        for (int i = 0; i < opened; i++) end(&devices[i]);
        opened = ready_count = under_way = 0;
        printf("dropped\n");
    }
    fflush(stdout);
}

int main(int count, char **arguments) {
    static const char *modes[] = {"edge", "plain", "nchan", "mqtt"};
    if (count < 3) { fprintf(stderr, "usage: devices MODE PORT [TOPICS]\n"); return 64; }
    for (int i = 0; i < 4; i++) if (!strcmp(arguments[1], modes[i])) mode = i;
    port = atoi(arguments[2]);
    if (count > 3) topics = atoi(arguments[3]);
    poll_fd = epoll_create1(0);
    char line[128];
    fcntl(0, F_SETFL, O_NONBLOCK);
    // Between commands the devices go on: pings are answered, and nothing piles up in the kernel.
    size_t length = 0;
    for (;;) {
        long got = read(0, line + length, 1);
        if (got == 0) return 0;
        if (got < 0) { turn(20); continue; }
        if (line[length++] != '\n') continue;
        line[length] = 0;
        length = 0;
        run(line);
    }
}
