#ifndef CONTROL_ROOM_CNCURSES_SHIM_H
#define CONTROL_ROOM_CNCURSES_SHIM_H
#define NCURSES_WIDECHAR 1
#include <curses.h>
#endif
