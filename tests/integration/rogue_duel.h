/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_INTEGRATION_ROGUE_DUEL_H
#define DS_TESTS_INTEGRATION_ROGUE_DUEL_H

#include <stdbool.h>

#include <glib.h>

#include "net/base/reason.h"
#include "net/wire/record.h"

/*
 * A peer who knows the code, and from the first path on says what a script holds, against one of
 * the product's.
 */
struct rogue_row {
    const char *name;
    const char *script; /* of the rogue, as rogue_script() reads it */
    /* How the product's side has to end; with DS_REASON_PROTOCOL it has to say so to the rogue. */
    enum ds_reason reason;
    const char *step;
    /* With DS_REASON_PEER_STOPPED, on the mux: words that the rogue must hear before it stops;
     * NULL: it stops when all is said. */
    const char *answer;
    unsigned requests, peers, opens; /* calls of the product's side */
    bool is_silent;                  /* the helpee does not answer the question */
    bool is_untold;                  /* no CLOSE: the path was never valid */
    bool wants_view;                 /* the helper does not ask for control */
    bool looks_direct;               /* the product's side wants a direct path */
};

/** Let a rogue of each row meet a side of the product in the role `victim`, all at once. */
void rogue_fight(const struct rogue_row *rows, gsize count, enum ds_role victim, bool is_on_path);

#endif
