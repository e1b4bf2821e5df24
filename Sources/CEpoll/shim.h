// epoll, which Swift's Glibc module leaves out. No logic.
#pragma once
#include <sys/epoll.h>
