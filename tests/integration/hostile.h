/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_INTEGRATION_HOSTILE_H
#define DS_TESTS_INTEGRATION_HOSTILE_H

#include <glib.h>

#include "tests/integration/hostile_relay.h"
#include "tests/integration/pairing.h"

/* Many tries of one way to deceive two peers, at the same time and through one relay. */

enum { HOSTILE_TRIES = 100 }; /* at least, of each way */

/* How a side has to end: the reason, and what the step's text has to hold. */
struct hostile_verdict {
    enum ds_reason reason;
    const char *step;
};

struct hostile_row {
    const char *name;
    /* The attack; NULL: none. session->arg is the struct hostile_try. */
    void (*on_message)(struct hostile_session *session, struct hostile_message *message);
    struct hostile_verdict helper;
    struct hostile_verdict helpee;
    bool waits; /* the helpee waits on: an honest relay then brings a helper, and all is well */
    unsigned helpers; /* that try one after the other; 0 is 1 */
    gsize bytes;      /* each way; 0: a few */
    bool stands;      /* the session stands before the attack, so there is an on_peer */
    bool stays;       /* and the helper does not stop when all bytes came */
    const char *log;  /* a line that each helper's try leaves in the log, or NULL */
    const void *data; /* what the attack wants to know */
};

struct hostile_try {
    const struct hostile_row *row;
    struct hostile_session *session; /* NULL before the code */
    struct pairing pairing;
    struct hostile_batch *batch;
    bool is_honest; /* the relay, by now */
    bool is_quiet;  /* the attack was found; what is left are time-outs */
    bool is_over;
};

struct hostile_batch {
    struct event_base *base;
    struct hostile_relay *relay;
    GRand *rand;
    const struct hostile_row *rows;
    gsize row_count;
    struct hostile_try *tries;
    unsigned try_count, started, over, busy;
    unsigned log_lines, log_expected;
    struct event *go_on;
};

/** Run so many tries, the rows in turn; each must end as its row says. */
void hostile_run(const struct hostile_row *rows, gsize row_count, unsigned tries);

/** Flip a random bit of the bytes from `from` up to `to` (excluded). */
void hostile_flip(const struct hostile_try *try, GByteArray *bytes, guint from, guint to);

/** Put other bytes in place of all that there are. */
void hostile_replace(GByteArray *bytes, const void *data, gsize len);

#endif
