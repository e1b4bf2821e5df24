/* What Swift cannot import from ncurses: stdscr and FILE globals, varargs, macros, wide cells; and what must
   be async-signal-safe: giving the terminal back when the process dies of a signal. No decisions are made here.
   Imported by Terminal/Terminal.swift alone, so the static state below exists once. */
#ifndef CONTROL_ROOM_CNCURSES_SHIM_H
#define CONTROL_ROOM_CNCURSES_SHIM_H
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define CR_FATAL_COUNT 7
#define CR_TOLD_COUNT 6
static const int cr_fatal_signals[CR_FATAL_COUNT] = {SIGSEGV, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGQUIT};
static const int cr_told_signals[CR_TOLD_COUNT] = {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH};

struct cr_terminal {
    struct termios saved_modes;
    volatile sig_atomic_t has_saved_modes;
    volatile sig_atomic_t is_up;
    SCREEN *screen;
    WINDOW *key_pad;
    int signal_pipe[2];
    struct sigaction old_fatal[CR_FATAL_COUNT];
    struct sigaction old_told[CR_TOLD_COUNT];
};

/* Inside a function, because clang emits no variables of file scope for Swift. */
static inline struct cr_terminal *cr(void) {
    static struct cr_terminal terminal = {.signal_pipe = {-1, -1}};
    return &terminal;
}

/* Synchronized output, mouse modes and bracketed paste off; colours and wrapping back; main screen; cursor shown. */
#define CR_OFF_SEQUENCES \
    "\033[?2026l\033[?1000l\033[?1002l\033[?1003l\033[?1006l\033[?2004l\033[0m\033[?7h\033[?1l\033>\033[?1049l\033[?25h"

static inline void cr_write(const char *text, size_t length) {
    while (length > 0) {
        ssize_t written = write(STDOUT_FILENO, text, length);
        if (written < 0 && errno != EINTR) return;
        if (written > 0) { text += written; length -= (size_t)written; }
    }
}

/* Async-signal-safe. */
static inline void cr_emergency_restore(void) {
    if (!cr()->is_up) return;
    cr()->is_up = 0;
    cr_write(CR_OFF_SEQUENCES, sizeof CR_OFF_SEQUENCES - 1);
    if (cr()->has_saved_modes) tcsetattr(STDIN_FILENO, TCSANOW, &cr()->saved_modes);
}

static void cr_on_fatal(int number) {
    int error = errno;
    cr_emergency_restore();
    for (size_t i = 0; i < CR_FATAL_COUNT; i++)
        if (cr_fatal_signals[i] == number) sigaction(number, &cr()->old_fatal[i], NULL);
    errno = error;
    raise(number);
}

static void cr_on_told(int number) {
    int error = errno;
    unsigned char byte = (unsigned char)number;
    ssize_t ignored = write(cr()->signal_pipe[1], &byte, 1);
    (void)ignored;
    errno = error;
}

static inline void cr_make_sane(struct termios *modes) {
    modes->c_lflag |= ICANON | ECHO | ECHOE | ECHOK | ISIG | IEXTEN;
    modes->c_iflag |= ICRNL | IXON;
    modes->c_oflag |= OPOST | ONLCR;
}

/* Whether the character set of the locale is UTF-8. */
static inline int cr_is_utf8(void) {
    setlocale(LC_CTYPE, "");
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* Puts the terminal into the room's modes. 0: the terminal type is not known. */
static inline int cr_start(void) {
    cr()->has_saved_modes = tcgetattr(STDIN_FILENO, &cr()->saved_modes) == 0;
    /* A killed room leaves raw modes behind; what is given back later must be usable. */
    if (cr()->has_saved_modes && !(cr()->saved_modes.c_lflag & ICANON)) cr_make_sane(&cr()->saved_modes);
    cr()->screen = newterm(NULL, stdout, stdin);
    if (cr()->screen == NULL) return 0;
    set_term(cr()->screen);
    cr()->is_up = 1;
    raw();
    noecho();
    nonl();
    curs_set(0);
    set_escdelay(25);
    leaveok(stdscr, TRUE);
    cr()->key_pad = newpad(1, 1);
    keypad(cr()->key_pad, TRUE);
    nodelay(cr()->key_pad, TRUE);
    return 1;
}

static inline void cr_stop(void) {
    if (cr()->screen == NULL) return;
    endwin();
    cr_emergency_restore();
}

static inline void cr_pause(void) { def_prog_mode(); endwin(); }
static inline void cr_resume(void) { reset_prog_mode(); raw(); noecho(); nonl(); curs_set(0); }
static inline void cr_stop_process(void) { kill(getpid(), SIGSTOP); }

/* Installs both kinds of handler; returns the descriptor that told signals can be read from, a byte each. */
static inline int cr_install_signals(void) {
    if (cr()->signal_pipe[0] < 0 && pipe2(cr()->signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
    static char stack[64 * 1024];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&alternate, NULL);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = cr_on_fatal;
    action.sa_flags = SA_ONSTACK;
    for (size_t i = 0; i < CR_FATAL_COUNT; i++)
        sigaction(cr_fatal_signals[i], &action, &cr()->old_fatal[i]);
    action.sa_handler = cr_on_told;
    action.sa_flags = SA_RESTART;
    for (size_t i = 0; i < CR_TOLD_COUNT; i++)
        sigaction(cr_told_signals[i], &action, &cr()->old_told[i]);
    return cr()->signal_pipe[0];
}

/* Gives the signals back, but HUP stays ignored: the terminal may be gone while the engine goes on. */
static inline void cr_uninstall_signals(void) {
    for (size_t i = 0; i < CR_FATAL_COUNT; i++)
        sigaction(cr_fatal_signals[i], &cr()->old_fatal[i], NULL);
    for (size_t i = 0; i < CR_TOLD_COUNT; i++)
        if (cr_told_signals[i] == SIGHUP) signal(SIGHUP, SIG_IGN);
        else sigaction(cr_told_signals[i], &cr()->old_told[i], NULL);
}

/* The next told signal; 0 if there is none. */
static inline int cr_next_signal(void) {
    unsigned char byte;
    return read(cr()->signal_pipe[0], &byte, 1) == 1 ? byte : 0;
}

/* The next key without waiting. 0: none. 1: `value` is a character. 2: `value` is a KEY_ code. */
static inline int cr_next_key(uint32_t *value) {
    wint_t character = 0;
    int kind = wget_wch(cr()->key_pad, &character);
    *value = (uint32_t)character;
    return kind == OK ? 1 : kind == KEY_CODE_YES ? 2 : 0;
}

static inline int cr_is_hung_up(void) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&input, 1, 0) > 0 && (input.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

/* Asks the terminal for its size and takes it over. */
static inline void cr_read_size(int *columns, int *rows) {
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0
        && (size.ws_row != LINES || size.ws_col != COLS))
        resizeterm(size.ws_row, size.ws_col);
    *columns = COLS;
    *rows = LINES;
}

/* Number of colours, 0 if none; the terminal's own background stays. */
static inline int cr_start_colors(void) {
    if (!has_colors() || start_color() == ERR) return 0;
    use_default_colors();
    return COLORS;
}
static inline int cr_can_change_colors(void) { return can_change_color(); }
static inline void cr_define_color(int index, int rgb) {
    init_color((short)index, (short)((rgb >> 16 & 255) * 1000 / 255), (short)((rgb >> 8 & 255) * 1000 / 255),
               (short)((rgb & 255) * 1000 / 255));
}
static inline void cr_define_pair(int pair, int color) { init_pair((short)pair, (short)color, -1); }

/* emphasis: 1 bold, 2 inverse, 4 underlined, 8 faint. `scalars` ends with 0 and holds at most four. */
static inline void cr_put_cell(int column, int row, const uint32_t *scalars, int emphasis, int pair) {
    wchar_t text[CCHARW_MAX + 1] = {0};
    for (int i = 0; i < CCHARW_MAX && scalars[i] != 0; i++) text[i] = (wchar_t)scalars[i];
    attr_t attributes = A_NORMAL;
    if (emphasis & 1) attributes |= A_BOLD;
    if (emphasis & 2) attributes |= A_REVERSE;
    if (emphasis & 4) attributes |= A_UNDERLINE;
    if (emphasis & 8) attributes |= A_DIM;
    cchar_t cell;
    if (setcchar(&cell, text, attributes, (short)pair, NULL) == OK) mvwadd_wch(stdscr, row, column, &cell);
}

static inline void cr_touch_all(void) { clearok(curscr, TRUE); }

/* One update; `synchronized` wraps it so that no half-drawn frame is seen where that is known. */
static inline void cr_update(int synchronized) {
    if (synchronized) cr_write("\033[?2026h", 8);
    wnoutrefresh(stdscr);
    doupdate();
    if (synchronized) cr_write("\033[?2026l", 8);
}

static inline void cr_bell(void) { beep(); }

/* Repairs a terminal that a killed room left behind. */
static inline void cr_repair_terminal(void) {
    struct termios modes;
    cr_write(CR_OFF_SEQUENCES, sizeof CR_OFF_SEQUENCES - 1);
    if (tcgetattr(STDIN_FILENO, &modes) == 0) {
        cr_make_sane(&modes);
        tcsetattr(STDIN_FILENO, TCSANOW, &modes);
    }
}
#endif
