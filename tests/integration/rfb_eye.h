/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_INTEGRATION_RFB_EYE_H
#define DS_TESTS_INTEGRATION_RFB_EYE_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "app/share/rfb/server.h"

/*
 * A viewer in this process: a client of the RFB server under test, whose updates libvncclient
 * decodes. It says what a test has it say, and nothing by itself.
 */
struct eye {
    struct _rfbClient *decoder;
    int fd; /* the server's end of the decoder's stream */
    struct ds_server *server;
    struct ds_server_client *client;
    unsigned updates;    /* decoded */
    uint64_t bytes;      /* of them */
    uint64_t now_us;     /* the clock, which a test sets */
    uint64_t rate;       /* bytes per second that the server is told of */
    uint32_t limit_us;   /* that an update may take the path; 120 ms at first */
    unsigned slices;     /* asked for in the last update */
    unsigned slices_max; /* where the next update is ended; 0: nowhere */
};

/* A part of the screen, pixels. */
struct eye_part {
    int x, y, width, height;
};

/** Open one for pixels of 32, 16 or 8 bits; `encodings` are ended by 0, which is always offered. */
void eye_open(struct eye *eye, struct ds_server *server, unsigned bits, const int32_t *encodings);

/** Close it. */
void eye_close(struct eye *eye);

/** Have it choose anew. */
void eye_choose(struct eye *eye, const int32_t *encodings);

/** Have one update made, and decode it. Returns how many bytes it took; 0: there was none. */
size_t eye_look(struct eye *eye);

/** Look until nothing is pending and everything is exact; the clock goes on by itself. */
void eye_rest(struct eye *eye);

/**
 * Count the pixels of `part` (NULL: all) that differ from the server's `pixels`, as far as the
 * viewer's format can tell. Fails where the viewer does not know the screen's size.
 */
unsigned eye_differs(const struct eye *eye, const uint32_t *pixels, const struct eye_part *part);

#endif
