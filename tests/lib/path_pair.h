/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_LIB_PATH_PAIR_H
#define DS_TESTS_LIB_PATH_PAIR_H

#include <glib.h>

#include <event2/event.h>

#include "net/path/path.h"

/*
 * A helper's and a helpee's path over socketpairs. With a wire between them the test sees, alters
 * and cuts what they say.
 */
enum { HELPER, HELPEE, SIDES };

enum moment { AT_NONE, AT_PROVEN, AT_DATA, AT_PULL, AT_LOST };

struct path_end {
    struct path_pair *pair;
    struct ds_path_config config;
    struct ds_path *path; /* NULL once freed, as it is on loss */
    enum moment free_at;  /* free the path in this callback */
    const uint8_t *data;  /* what pull() gives out */
    size_t data_len;
    size_t given;
    size_t data_record; /* bytes of a record, 0 for as many as fit */
    GByteArray *got;
    unsigned pulls;
    unsigned provens;
    unsigned losses;
    int err;
    char text[200];
};

/* One direction, from the side of its index. */
struct wire {
    struct path_pair *pair;
    int from_fd;
    int to_fd;
    struct event *event;
    size_t passed;
    size_t flip_at; /* this byte is altered by `flip`; SIZE_MAX for none */
    uint8_t flip;
    size_t cut_at;    /* so many bytes pass, then both directions are closed */
    GByteArray *seen; /* what passed, before it was altered */
};

struct path_pair {
    struct event_base *base;
    struct path_end end[SIDES];
    struct wire wire[SIDES];
};

/** Prepare a pair with one key, kind relay and generation 1; change it before it starts. */
void path_pair_init(struct path_pair *pair);

/** Make one side's path over `carrier` (taken). */
void path_pair_start_on(struct path_pair *pair, int side, struct ds_carrier *carrier);

/** Make one side's path over `fd` (taken). */
void path_pair_start_end(struct path_pair *pair, int side, int fd);

/** Have one side's path tell its end: the starts do it. */
void path_pair_listen(struct path_pair *pair, int side);

/** Make both paths, with a wire between them or directly. */
void path_pair_start(struct path_pair *pair, bool has_wire);

/** Run the loop until `is_done` says so; a test that takes 10 s fails. */
void path_pair_run(struct path_pair *pair, bool (*is_done)(const struct path_pair *pair));

/** Free all; the numbers in `end` stay to be read. */
void path_pair_finish(struct path_pair *pair);

bool path_pair_is_proven(const struct path_pair *pair);      /**< Both sides are, now or before. */
bool path_pair_helper_is_gone(const struct path_pair *pair); /**< Its path is freed. */
bool path_pair_helpee_is_gone(const struct path_pair *pair); /**< Its path is freed. */
bool path_pair_is_lost(const struct path_pair *pair);        /**< Both paths are gone. */
bool path_pair_is_over(const struct path_pair *pair);        /**< Lost, or all data has arrived. */

/** Make a connected pair of non-blocking stream sockets. */
void path_pair_sockets(int fds[static 2]);

#endif
