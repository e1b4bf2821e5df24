/* zlib, for Store/Frames/Deflate.swift alone. */
#include <zlib.h>
