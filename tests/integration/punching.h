/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_INTEGRATION_PUNCHING_H
#define DS_TESTS_INTEGRATION_PUNCHING_H

#include <sys/resource.h>

#include <glib.h>

#include <event2/event.h>

#include "net/punch/attempt.h"

/*
 * A helper and a helpee on loopback, each with its ports, who try to reach each other. Each path
 * that one of them is given says a word, and keeps what it hears.
 */
enum { HELPER, HELPEE, SIDES };

enum { PATHS_MAX = 32, PUNCHING_GENERATION = 7 };

/** The key of a session: 32 bytes. */
extern const char punching_key[];

struct punching;

struct said {
    struct punching_side *side;
    struct ds_path *path; /* NULL once lost */
    const char *technique;
    gboolean has_spoken;
    gboolean has_heard;
};

struct punching_side {
    struct punching *world;
    struct ds_attempt_config config;
    struct ds_offer remote; /* where it looks for the other; as the other's ports say, set 0 */
    struct ds_attempt *attempt;
    struct said paths[PATHS_MAX];
    guint proven;
    guint over;  /* calls of on_over() */
    guint quiet; /* calls of on_quiet() */
    gint64 over_at;
    struct ds_attempt_counts counts; /* as on_over() was told */
    gboolean settles;                /* at the first path, as an owner does: yes by default */
    guint free_at_path;              /* free the attempt within that on_path(), from 1 on */
    gboolean free_at_over;
};

struct punching {
    struct event_base *base;
    struct punching_side side[SIDES];
};

/** Claim ports, and have each side look for the other at 127.0.0.1. Change it before it starts. */
void punching_init(struct punching *world);

/** Begin one side's tries. */
void punching_start(struct punching *world, int side);

/** Begin both sides' tries. */
void punching_start_both(struct punching *world);

/** Run the loop until `is_done` says so; a test that takes 20 s fails. */
void punching_run(struct punching *world, gboolean (*is_done)(const struct punching *world));

/** Run the loop for so long. */
void punching_run_ms(struct punching *world, guint ms);

/** Free all. */
void punching_finish(struct punching *world);

gboolean punching_is_through(const struct punching *world); /**< Both heard the other. */
gboolean punching_is_over(const struct punching *world);    /**< Both were told so. */

/** Assert that a path stands that both know alike: kind, generation, and a word each way. */
void punching_assert_through(const struct punching *world, enum ds_path_kind kind);

/** Make an address of text. */
struct ds_addr punching_addr(const char *text, guint16 port);

/** Let `side` look for the other at this address, too. */
void punching_aim(struct punching_side *side, enum ds_candidate_type type, guint8 set,
        const char *text, guint16 port);

/** Let each side look for the other's port of `set` at this address, too. */
void punching_aim_both(
        struct punching *world, enum ds_candidate_type type, guint8 set, const char *text);

/** Return the number of the port of `set` of a side. */
guint16 punching_port(const struct punching *world, int side, guint8 set);

/** Begin to connect to this address and return the socket. */
int punching_connect(const char *host, guint16 port);

/* A listener with a full queue: the kernel drops every further SYN. */
struct punching_hole {
    int fd, filler[2];
    guint16 port;
};

/** Open one at this address, at a port of the kernel's choice. */
void punching_hole_init(struct punching_hole *hole, const char *host);

/** Close it. */
void punching_hole_finish(struct punching_hole *hole);

/** Return how many descriptors this process has open. */
guint punching_descriptors(void);

/** Let this process have no more than so many; returns how many it could have before. */
rlim_t punching_limit_descriptors(rlim_t limit);

#endif
