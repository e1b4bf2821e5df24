/* What Glibc's module map leaves out and loops over sockets need: epoll, eventfd, accept4. No decisions are made here. */
#ifndef CONTROL_ROOM_CEPOLL_SHIM_H
#define CONTROL_ROOM_CEPOLL_SHIM_H
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

/* Level-triggered; of several loops that wait on the same listener one is woken. 0 or -1. */
static inline int cr_epoll_add(int poll, int descriptor, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event);
}
static inline int cr_epoll_change(int poll, int descriptor, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return epoll_ctl(poll, EPOLL_CTL_MOD, descriptor, &event);
}
static inline int cr_epoll_remove(int poll, int descriptor) {
    struct epoll_event event = {0};
    return epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, &event);
}
static inline int cr_epoll_open(void) { return epoll_create1(EPOLL_CLOEXEC); }
static inline uint32_t cr_epoll_in(void) { return EPOLLIN; }
static inline uint32_t cr_epoll_out(void) { return EPOLLOUT; }
static inline uint32_t cr_epoll_in_one_loop(void) { return EPOLLIN | EPOLLEXCLUSIVE; }

/* A socket that never waits and that no child inherits; -1 with errno. Declared here: sys/socket.h would make its constants
   this module's instead of Glibc's, and _GNU_SOURCE would make fd_set another type than Dispatch's. The flags have the
   values of SOCK_NONBLOCK and SOCK_CLOEXEC. */
struct sockaddr;
extern int accept4(int, struct sockaddr *, unsigned int *, int);
static inline int cr_accept(int listener) { return accept4(listener, 0, 0, EFD_NONBLOCK | EFD_CLOEXEC); }

/* Wakes a loop; adding to a counter never waits here. */
static inline int cr_wake_open(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }
static inline void cr_wake(int descriptor) { (void)eventfd_write(descriptor, 1); }
static inline void cr_wake_clear(int descriptor) { eventfd_t count; (void)eventfd_read(descriptor, &count); }
#endif
