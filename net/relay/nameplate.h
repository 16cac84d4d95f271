/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_NAMEPLATE_H
#define DS_NET_RELAY_NAMEPLATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "net/base/limits.h"
#include "net/base/reason.h"
#include "net/relay/table.h"
#include "net/wire/record.h"

/*
 * Nameplates: the digits of a code that name a waiting helpee. One is held while the helpee waits,
 * and on while the two who met under it are connected; freed, it rests for a while and is not dealt
 * again, and whoever has its token gets it back. No clock and no socket in here: the caller says
 * what time it is (`now_ms`, any clock that does not go back). Relay thread.
 */
struct ds_relay_conn;
struct ds_nameplate_rester;

struct ds_nameplate {
    struct ds_relay_node node;
    TAILQ_ENTRY(ds_nameplate) resting, resting_own;
    char digits[DS_NAMEPLATE_MAX_DIGITS + 1]; /* the key: NUL-terminated, padded with NULs */
    uint8_t token[DS_TOKEN_BYTES];
    struct ds_relay_conn *waiting; /* borrowed: who waits under it; NULL once met, or resting */
    uint8_t subscriber[16];        /* whose it is, ds_addr_subscriber(): its holder says so */
    bool is_held;
    uint64_t rests_until_ms;            /* freed: not dealt before */
    struct ds_nameplate_rester *rester; /* while it rests: where it is counted */
    enum ds_reason farewell;            /* what its helpee said when it left; NONE: nothing */
    unsigned wrong_guesses;
    uint64_t no_knock_until_ms; /* after a wrong guess */
};

TAILQ_HEAD(ds_nameplate_list, ds_nameplate);

struct ds_nameplates {
    struct ds_relay_table table;
    struct ds_relay_table resters;             /* subscribers with nameplates that rest */
    struct ds_nameplate_list resting;          /* in the order in which their rests end */
    size_t taken[DS_NAMEPLATE_MAX_DIGITS + 1]; /* held or resting, by number of digits */
    size_t resting_count;
    uint32_t rest_ms;
};

/** Begin with none dealt; a freed one rests for `rest_ms`. Returns 0 or DS_ERR_SYSTEM. */
int ds_nameplates_init(struct ds_nameplates *set, uint32_t rest_ms) DS_MUST_CHECK;

/** Free all nameplates: nobody may hold one any more. */
void ds_nameplates_finish(struct ds_nameplates *set);

/**
 * Deal a nameplate at random, with a new token: of the smallest number of digits of which less than
 * a quarter is taken. Returns it, held, or NULL without memory or randomness.
 */
struct ds_nameplate *ds_nameplates_deal(struct ds_nameplates *set, uint64_t now_ms);

/**
 * Give back the nameplate `digits` (any text) to who has its token (DS_TOKEN_BYTES, or NULL for
 * none). One that is held by a connection is returned with `waiting` still set: the caller replaces
 * that one. One that was never dealt, or whose rest is over, is granted to anybody: a relay that
 * started anew knows no tokens. NULL: deal another.
 */
struct ds_nameplate *ds_nameplates_claim(
        struct ds_nameplates *set, uint64_t now_ms, const char *digits, const uint8_t *token);

/** Return the nameplate `digits` (any text) where it is held, or NULL. */
struct ds_nameplate *ds_nameplates_find(struct ds_nameplates *set, const char *digits);

/**
 * Return why nobody waits under `digits` (any text), which is not held: while it rests, what its
 * helpee said when it left; else DS_REASON_NO_SUCH_CODE.
 */
enum ds_reason ds_nameplates_why_not(
        const struct ds_nameplates *set, uint64_t now_ms, const char *digits);

/**
 * Free a held nameplate: its rest begins. Where too many rest the oldest is free at once: of those
 * of the same subscriber first, so that nobody who comes and goes makes others' codes longer.
 */
void ds_nameplates_release(struct ds_nameplates *set, struct ds_nameplate *plate, uint64_t now_ms);

/** Count a wrong guess: no knock for `first_ms` after the first, `later_ms` after the others. */
void ds_nameplate_wrong_guess(
        struct ds_nameplate *plate, uint64_t now_ms, uint32_t first_ms, uint32_t later_ms);

/** Return for how many milliseconds the nameplate still takes no knock. */
uint32_t ds_nameplate_no_knock_ms(const struct ds_nameplate *plate, uint64_t now_ms);

#endif
