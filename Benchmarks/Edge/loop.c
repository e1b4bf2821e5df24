// The yardstick: a plain C server of WebSocket that sends one frame to every connection with send() in a loop. It keeps nothing,
// checks nothing and confirms nothing; what it costs is what the kernel costs.
//
//   loop [-j] PORT [THREADS]     -j: publications that are due together leave as one write a connection
//
// Commands on stdin: "send K" sends K publications due together to everyone; "stats" prints. Answers are lines on stdout.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FILES 20001
#define THREADS_MAX 8

static int threads_count = 1, is_joined;
static struct thread { pthread_t id; int poll, wake, todo, listener; int fds[FILES], count; double done_at; } threads[THREADS_MAX];
static int finished_pipe[2];
static unsigned char frame[10 * 128];
static int frame_length;
static unsigned char is_open[FILES];

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

// SHA-1 and base64 of the handshake's key.
static uint32_t turned(uint32_t word, int places) { return word << places | word >> (32 - places); }

static void sha1(const unsigned char *text, size_t length, unsigned char digest[20]) {
    unsigned char block[128] = {0};
    uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    memcpy(block, text, length);
    block[length] = 0x80;
    size_t total = length + 9 > 64 ? 128 : 64;
    for (int i = 0; i < 8; i++) block[total - 1 - i] = (uint64_t)length * 8 >> (8 * i);
    for (size_t start = 0; start < total; start += 64) {
        uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
        for (int i = 0; i < 16; i++) {
            const unsigned char *p = block + start + 4 * i;
            w[i] = (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
        }
        for (int i = 16; i < 80; i++) w[i] = turned(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        for (int i = 0; i < 80; i++) {
            uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
            uint32_t k = i < 20 ? 0x5A827999 : i < 40 ? 0x6ED9EBA1 : i < 60 ? 0x8F1BBCDC : 0xCA62C1D6;
            uint32_t next = turned(a, 5) + f + e + k + w[i];
            e = d; d = c; c = turned(b, 30); b = a; a = next;
        }
        h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e;
    }
    for (int i = 0; i < 20; i++) digest[i] = h[i / 4] >> (24 - 8 * (i % 4));
}

static void base64(const unsigned char *bytes, int length, char *text) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < length; i += 3) {
        uint32_t bits = bytes[i] << 16 | (i + 1 < length ? bytes[i + 1] << 8 : 0) | (i + 2 < length ? bytes[i + 2] : 0);
        for (int j = 0; j < 4; j++) *text++ = i + j > length ? '=' : digits[bits >> (18 - 6 * j) & 63];
    }
    *text = 0;
}

static void shake(struct thread *t, int fd, char *request, long length) {
    request[length] = 0;
    char *key = strstr(request, "Sec-WebSocket-Key: ");
    if (!key || !strstr(request, "\r\n\r\n")) { fprintf(stderr, "not a handshake in one piece\n"); exit(1); }
    char text[128], accepted[64], answer[256];
    unsigned char digest[20];
    snprintf(text, sizeof text, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key + 19);
    sha1((unsigned char *)text, strlen(text), digest);
    base64(digest, 20, accepted);
    int size = snprintf(answer, sizeof answer,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", accepted);
    if (send(fd, answer, size, MSG_NOSIGNAL) != size) perror("send");
    is_open[fd] = 1;
    t->fds[t->count++] = fd;
}

static void broadcast(struct thread *t, int publications) {
    int writes = is_joined ? 1 : publications, length = is_joined ? frame_length * publications : frame_length;
    for (int k = 0; k < writes; k++)
        for (int i = 0; i < t->count; i++)
            if (send(t->fds[i], frame, length, MSG_NOSIGNAL | MSG_DONTWAIT) != length) fprintf(stderr, "short write\n");
    t->done_at = now();
    char byte = 0;
    if (write(finished_pipe[1], &byte, 1) < 0) perror("pipe");
}

static void forget(struct thread *t, int fd) {
    for (int i = 0; i < t->count; i++)
        if (t->fds[i] == fd) { t->fds[i] = t->fds[--t->count]; break; }
    is_open[fd] = 0;
    close(fd);
}

static void *run(void *argument) {
    struct thread *t = argument;
    static _Thread_local struct epoll_event events[256];
    static _Thread_local char buffer[4096];
    for (;;) {
        int ready = epoll_wait(t->poll, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == t->wake) {
                eventfd_t value;
                eventfd_read(fd, &value);
                broadcast(t, t->todo);
            } else if (fd == t->listener) {
                for (int k = 0; k < 32; k++) {
                    int device = accept4(fd, 0, 0, SOCK_NONBLOCK);
                    if (device < 0) break;
                    struct epoll_event event = {.events = EPOLLIN, .data.fd = device};
                    epoll_ctl(t->poll, EPOLL_CTL_ADD, device, &event);
                }
            } else {
                long got = recv(fd, buffer, sizeof buffer - 1, MSG_DONTWAIT);
                if (got > 0) { if (!is_open[fd]) shake(t, fd, buffer, got); }
                else if (got == 0 || errno != EAGAIN) forget(t, fd);
            }
        }
    }
    return 0;
}

static int listen_on(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1, buffer = 65536;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 4096) < 0) { perror("listen"); exit(1); }
    return fd;
}

int main(int count, char **arguments) {
    if (count > 1 && !strcmp(arguments[1], "-j")) { is_joined = 1; count--; arguments++; }
    if (count < 2) { fprintf(stderr, "usage: loop [-j] PORT [THREADS]\n"); return 64; }
    if (count > 2) threads_count = atoi(arguments[2]);
    // The stage frame that the edge sends: 2 bytes of header and 98 of text.
    frame_length = 100;
    for (int k = 0; k < 10; k++) {
        unsigned char *at = frame + k * frame_length;
        memset(at, 'x', frame_length);
        at[0] = 0x81;
        at[1] = frame_length - 2;
    }
    if (pipe(finished_pipe) < 0) return 1;
    for (int i = 0; i < threads_count; i++) {
        struct thread *t = &threads[i];
        t->poll = epoll_create1(0);
        t->wake = eventfd(0, EFD_NONBLOCK);
        t->listener = listen_on(atoi(arguments[1]));
        struct epoll_event listener = {.events = EPOLLIN, .data.fd = t->listener}, wake = {.events = EPOLLIN, .data.fd = t->wake};
        epoll_ctl(t->poll, EPOLL_CTL_ADD, t->listener, &listener);
        epoll_ctl(t->poll, EPOLL_CTL_ADD, t->wake, &wake);
        pthread_create(&t->id, 0, run, t);
    }
    printf("ready\n");
    fflush(stdout);
    char line[64];
    while (fgets(line, sizeof line, stdin)) {
        int publications;
        if (sscanf(line, "send %d", &publications) == 1) {
            double start = now();
            for (int i = 0; i < threads_count; i++) { threads[i].todo = publications; eventfd_write(threads[i].wake, 1); }
            for (int i = 0; i < threads_count; i++) { char byte; if (read(finished_pipe[0], &byte, 1) != 1) return 1; }
            printf("sent %.9f\n", start);
        } else {
            int connections = 0;
            for (int i = 0; i < threads_count; i++) connections += threads[i].count;
            printf("connections %d\n", connections);
        }
        fflush(stdout);
    }
    return 0;
}
