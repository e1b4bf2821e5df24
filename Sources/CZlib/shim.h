#ifndef CZLIB_SHIM_H
#define CZLIB_SHIM_H
#include <string.h>
#include <zlib.h>

/* Compresses `count` bytes at once as gzip (RFC 1952). Returns the bytes written, or 0 if they do not fit. */
static inline size_t czlib_gzip(const unsigned char *bytes, size_t count, unsigned char *out, size_t room, int level) {
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
    stream.next_in = (unsigned char *)bytes;
    stream.avail_in = (unsigned int)count;
    stream.next_out = out;
    stream.avail_out = (unsigned int)room;
    int ended = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    size_t written = stream.total_out;
    deflateEnd(&stream);
    return ended ? written : 0;
}
#endif
