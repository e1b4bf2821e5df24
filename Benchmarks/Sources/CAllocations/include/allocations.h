#pragma once
#include <stdint.h>

/// Calls of malloc, calloc, realloc, memalign and their like on any thread since the process began.
uint64_t allocations_count(void);
