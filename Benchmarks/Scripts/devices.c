// Real devices on one thread: connects COUNT of them to an edge, says hello, acks every stage, and prints when each
// broadcast had reached everyone. A yardstick that costs next to nothing itself.
//
//   cc -O2 -o /tmp/devices Benchmarks/Scripts/devices.c
//   /tmp/devices PORT COUNT TOPIC SECONDS
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SEQUENCES 4096

struct device { int fd, upgraded, length; unsigned char in[2048]; };
static struct device *devices;
static const char *topic;
static long greeted, stages, resets, closed, counts[SEQUENCES];
static double first[SEQUENCES];

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void say(int fd, const char *text) {
    unsigned char frame[512] = {0x81};
    size_t length = strlen(text), head = 2;
    if (length < 126) frame[1] = 0x80 | length;
    else { frame[1] = 0xFE; frame[2] = length >> 8; frame[3] = length & 0xFF; head = 4; }
    memset(frame + head, 0, 4); // A mask of zeros is a mask.
    memcpy(frame + head + 4, text, length);
    if (send(fd, frame, head + 4 + length, MSG_NOSIGNAL) < 0) perror("send");
}

static void open_device(int index, int port, int poll) {
    struct device *d = &devices[index];
    d->fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = inet_addr("127.0.0.1")};
    if (d->fd < 0 || connect(d->fd, (struct sockaddr *)&to, sizeof to) < 0) { perror("connect"); exit(1); }
    fcntl(d->fd, F_SETFL, O_NONBLOCK);
    int one = 1;
    setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    static const char request[] =
        "GET /v1/live HTTP/1.1\r\nHost: edge\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: control-room.v1\r\n\r\n";
    send(d->fd, request, sizeof request - 1, MSG_NOSIGNAL);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = index};
    epoll_ctl(poll, EPOLL_CTL_ADD, d->fd, &event);
}

static void take(int index, const char *text) {
    char out[300];
    if (strstr(text, "\"type\":\"welcome\"")) { greeted++; return; }
    const char *at = strstr(text, "\"sequence\":");
    if (!at) return;
    long sequence = atol(at + 11);
    if (strstr(text, "\"type\":\"reset\"")) resets++;
    else stages++;
    if (sequence >= 0 && sequence < SEQUENCES) {
        if (counts[sequence]++ == 0) first[sequence] = now();
    }
    snprintf(out, sizeof out, "{\"type\":\"ack\",\"topic\":\"%s\",\"sequence\":%ld}", topic, sequence);
    say(devices[index].fd, out);
}

static void parse(int index) {
    struct device *d = &devices[index];
    int at = 0;
    if (!d->upgraded) {
        unsigned char *end = memmem(d->in, d->length, "\r\n\r\n", 4);
        if (!end) return;
        if (memcmp(d->in, "HTTP/1.1 101", 12)) { fprintf(stderr, "refused: %.40s\n", d->in); exit(1); }
        d->upgraded = 1;
        at = end + 4 - d->in;
        char hello[300];
        snprintf(hello, sizeof hello, "{\"type\":\"hello\",\"device\":\"c-%d\",\"topics\":[{\"topic\":\"%s\"}]}", index, topic);
        say(d->fd, hello);
    }
    while (d->length - at >= 2) {
        int head = 2, length = d->in[at + 1];
        if (length == 126) {
            if (d->length - at < 4) break;
            head = 4;
            length = d->in[at + 2] << 8 | d->in[at + 3];
        }
        if (d->length - at < head + length) break;
        if ((d->in[at] & 15) == 1) {
            char text[1024];
            memcpy(text, d->in + at + head, length);
            text[length] = 0;
            take(index, text);
        } else if ((d->in[at] & 15) == 9) {
            static const unsigned char pong[] = {0x8A, 0x80, 0, 0, 0, 0};
            send(d->fd, pong, sizeof pong, MSG_NOSIGNAL);
        }
        at += head + length;
    }
    memmove(d->in, d->in + at, d->length - at);
    d->length -= at;
}

int main(int count, char **arguments) {
    if (count != 5) { fprintf(stderr, "usage: devices PORT COUNT TOPIC SECONDS\n"); return 64; }
    int port = atoi(arguments[1]), total = atoi(arguments[2]), opened = 0, poll = epoll_create1(0);
    topic = arguments[3];
    double start = now(), end = start + atof(arguments[4]);
    devices = calloc(total, sizeof *devices);
    static struct epoll_event events[1024];
    while (now() < end) {
        // At most 500 that are not greeted yet, so that the listener's backlog is not what is measured.
        while (opened < total && opened - greeted < 500) open_device(opened++, port, poll);
        int ready = epoll_wait(poll, events, 1024, 50);
        for (int i = 0; i < ready; i++) {
            int index = events[i].data.u32;
            struct device *d = &devices[index];
            long got = recv(d->fd, d->in + d->length, sizeof d->in - d->length, 0);
            if (got < 0 && errno == EAGAIN) continue;
            if (got <= 0) { closed++; close(d->fd); continue; }
            d->length += got;
            long before = greeted;
            parse(index);
            if (greeted == total && before < total) printf("all greeted after %.0f ms\n", (now() - start) * 1000);
            for (long s = 0; s < SEQUENCES; s++) {
                if (counts[s] >= total) {
                    printf("sequence %ld: %d devices, %.1f ms from the first to the last\n", s, total, (now() - first[s]) * 1000);
                    fflush(stdout);
                    counts[s] = -1000000000;
                }
                if (s > 16 && counts[s] == 0) break;
            }
        }
    }
    printf("greeted %ld, stages %ld, resets %ld, closed %ld\n", greeted, stages, resets, closed);
    return closed != 0;
}
