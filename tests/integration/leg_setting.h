/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_INTEGRATION_LEG_SETTING_H
#define DS_TESTS_INTEGRATION_LEG_SETTING_H

#include "net/base/limits.h"
#include "net/path/leg.h"
#include "net/wire/record.h"
#include "tests/integration/relay_double.h"

enum moment { AT_NONE, AT_WELCOME, AT_RECORD, AT_LOST, AT_BYTES, AT_WRITABLE };

/* One leg, what its owner and the path on it were told, and the relay's end. */
struct setting {
    struct event_base *base;
    SSL_CTX *ctx; /* a reference */
    struct ds_leg_config config;
    struct relay_double *relay;
    struct ds_leg *leg; /* NULL once freed */
    enum moment free_at;
    unsigned welcomes;
    char observed[DS_ADDR_TEXT_MAX];
    GArray *records;   /* uint8_t types */
    uint8_t last_byte; /* of the last record */
    unsigned losses;
    int err;
    int reason;
    uint32_t retry_ms;
    char text[DS_LEG_TEXT_MAX];
    char error_text[200];
    GByteArray *piped; /* as its carrier */
    unsigned writables;
    unsigned carrier_losses;
};

/** Make what all settings share: to make a certificate takes longer than the rest of a test. */
void setting_open(void);

/** Free it. */
void setting_close(void);

/** Prepare a leg to a relay that welcomes; change `config`, `ctx` and `free_at` before it starts.
 */
void setting_init(struct setting *s);

/** Make the leg and the relay's end. */
void setting_start(struct setting *s);

/** Be the path on the leg. Returns the carrier, borrowed. */
struct ds_carrier *setting_take_carrier(struct setting *s);

/** Make a leg that is paired, with the test as its path. Returns the carrier, borrowed. */
struct ds_carrier *setting_start_paired(struct setting *s);

/** Free all; the numbers stay to be read. */
void setting_finish(struct setting *s);

void setting_run_until_lost(struct setting *s);    /**< Its owner or its path was told. */
void setting_run_until_welcome(struct setting *s); /**< Its owner was told. */

/** Make a client's settings whose store holds the certificate of `ctx` alone. Returned owned. */
struct ds_relay_tls_ctx *setting_new_client_ctx(SSL_CTX *ctx);

/** Make an event that fails the test in 10 s. Returned owned. */
struct event *setting_new_guard(struct event_base *base);

/** Run the loop until `condition` holds; a test that takes 10 s fails. */
#define RUN_UNTIL(s, condition)                                                                    \
    do {                                                                                           \
        struct event *guard = setting_new_guard((s)->base);                                        \
        while (!(condition))                                                                       \
            event_base_loop((s)->base, EVLOOP_ONCE);                                               \
        event_free(guard);                                                                         \
    } while (0)

#endif
