/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A relay that alters, cuts, drops, repeats and reorders what it forwards. */
#include <string.h>

#include <glib.h>

#include "net/peer/proof.h"
#include "tests/integration/hostile.h"

enum { TLS_HEADER = 5, HANDSHAKE_HEADER = 4, TLS_HANDSHAKE = 22, PATHS_ATTACKED = 3 };

/* What is done to which message. */
struct alter {
    enum hostile_what what;
    enum ds_role to;     /* of PIPE */
    unsigned index;      /* of PIPE: the first that is altered on the first path */
    guint from, to_byte; /* for flip_some */
    void (*deed)(struct hostile_session *session, struct hostile_message *message,
            const struct alter *alter);
};

static const struct hostile_try *
try_of(const struct hostile_session *session)
{
    return session->arg;
}

static guint
random_below(const struct hostile_session *session, guint bound)
{
    return (guint)g_rand_int_range(try_of(session)->batch->rand, 0, (gint32)bound);
}

/* --- deeds --- */

static void
flip_some(
        struct hostile_session *session, struct hostile_message *message, const struct alter *alter)
{
    hostile_flip(try_of(session), message->bytes, alter->from, alter->to_byte);
}

static void
set_version(
        struct hostile_session *session, struct hostile_message *message, const struct alter *alter)
{
    message->bytes->data[0] += 1 + (guint8)random_below(session, 255);
}

/* Leave less than `to_byte` bytes (0: less than there are). */
static void
cut_short(
        struct hostile_session *session, struct hostile_message *message, const struct alter *alter)
{
    guint bound = alter->to_byte > 0 ? alter->to_byte : message->bytes->len;
    g_byte_array_set_size(message->bytes, alter->from + random_below(session, bound - alter->from));
}

static void
append_one(
        struct hostile_session *session, struct hostile_message *message, const struct alter *alter)
{
    g_byte_array_append(message->bytes, (const guint8 *)"", 1);
}

/*
 * Flip a bit in the payload of one of the TLS records that begin at alter->from. Their lengths, and
 * that of a handshake message in the clear, stay: a wrong one makes the reader wait for bytes that
 * never come, which is another row's. The version in the header of a record in the clear is read by
 * nobody (RFC 8446, 5.1).
 */
static void
flip_in_record(
        struct hostile_session *session, struct hostile_message *message, const struct alter *alter)
{
    GByteArray *bytes = message->bytes;
    guint records = 0, at = alter->from;
    while (at + TLS_HEADER <= bytes->len) {
        guint len = (guint)bytes->data[at + 3] << 8 | bytes->data[at + 4];
        guint start = at + TLS_HEADER;
        if (bytes->data[at] == TLS_HANDSHAKE)
            start += HANDSHAKE_HEADER;
        at += TLS_HEADER + len;
        records++;
        /* Each of the records with the same chance; flipped in the end is the one drawn last. */
        if (at >= bytes->len || random_below(session, 2) == 0) {
            hostile_flip(try_of(session), bytes, start, MIN(at, bytes->len));
            return;
        }
    }
    g_assert_cmpuint(records, >, 0);
}

static void
drop(struct hostile_session *session, struct hostile_message *message, const struct alter *alter)
{
    message->copies = 0;
}

static void
repeat(struct hostile_session *session, struct hostile_message *message, const struct alter *alter)
{
    message->copies = 2;
}

static void
inject(struct hostile_session *session, struct hostile_message *message, const struct alter *alter)
{
    guint8 junk[64];
    for (gsize i = 0; i < sizeof junk; i++)
        junk[i] = (guint8)random_below(session, 256);
    hostile_relay_tell(session, message->to, DS_RECORD_PIPE, junk, sizeof junk);
}

/* --- when --- */

/* What was only lost is tried again: nothing comes through there. */
static void
drop_meeting(struct hostile_message *message)
{
    if (message->what == HOSTILE_PIPE && message->path > 1)
        message->copies = 0;
}

static void
alter_say(struct hostile_session *session, struct hostile_message *message)
{
    const struct alter *alter = try_of(session)->row->data;
    if (message->what == alter->what)
        alter->deed(session, message, alter);
    drop_meeting(message);
}

/* Within the first handshake. */
static void
alter_first(struct hostile_session *session, struct hostile_message *message)
{
    const struct alter *alter = try_of(session)->row->data;
    if (message->what == HOSTILE_PIPE && message->path == 1 && message->to == alter->to &&
            message->index == alter->index)
        alter->deed(session, message, alter);
    drop_meeting(message);
}

/* How far the attack on a session that stands has come. */
struct progress {
    unsigned path;   /* the last that was altered */
    GBytes *waiting; /* to go behind the next one */
};

static void
free_progress(gpointer malice)
{
    struct progress *progress = malice;
    if (progress->waiting != NULL)
        g_bytes_unref(progress->waiting);
    g_free(progress);
}

static bool
stands(const struct hostile_session *session)
{
    const struct pairing *pairing = &try_of(session)->pairing;
    return pairing->helper.received > 0 && pairing->helpee.received > 0;
}

/* When the session stands: once on each of three paths. Then the two know enough, and the relay
 * lets them say so. */
static void
alter_later(struct hostile_session *session, struct hostile_message *message)
{
    const struct alter *alter = try_of(session)->row->data;
    struct progress *progress = session->malice;
    unsigned first = message->path == 1 ? alter->index : 2; /* behind the handshake */
    if (progress == NULL)
        progress = session->malice = g_new0(struct progress, 1);
    session->malice_free = free_progress;
    if (message->what != HOSTILE_PIPE || message->to != alter->to || message->index < first ||
            !stands(session) || message->path > PATHS_ATTACKED || progress->path == message->path)
        return;
    progress->path = message->path;
    alter->deed(session, message, alter);
}

/* One PIPE goes behind the next. */
static void
reorder(struct hostile_session *session, struct hostile_message *message)
{
    const struct alter *alter = try_of(session)->row->data;
    struct progress *progress = session->malice;
    if (message->what == HOSTILE_PIPE && message->to == alter->to && progress != NULL &&
            progress->waiting != NULL) {
        gsize len;
        const void *late = g_bytes_get_data(progress->waiting, &len);
        hostile_relay_tell(
                session, message->to, DS_RECORD_PIPE, message->bytes->data, message->bytes->len);
        hostile_replace(message->bytes, late, len);
        g_clear_pointer(&progress->waiting, g_bytes_unref);
        return;
    }
    alter_later(session, message);
    progress = session->malice;
    if (message->copies == 0)
        progress->waiting = g_bytes_new(message->bytes->data, message->bytes->len);
}

/* --- the rows --- */

#define GUESSED                                                                                    \
    .helpers = 3, .helper = {DS_REASON_WRONG_CODE, "code proof: relay: refused: wrong-code"},      \
    .helpee = {DS_REASON_CODE_BURNED, "code proof: a helper's confirmation (cA)"},                 \
    .log = "confirmation (cA) is wrong"
#define NO_A1                                                                                      \
    .helpers = 3, .helper = {DS_REASON_PROTOCOL, "knock: relay: refused: protocol-error"},         \
    .waits = true, .log = "code proof: a helper's offer (A1): protocol error"
#define NO_B1                                                                                      \
    .helpers = 3, .helper = {DS_REASON_NOT_PROVEN, "code proof: the sharer's answer (B1)"},        \
    .waits = true, .log = "code proof: a helper left before"
#define LEFT                                                                                       \
    {                                                                                              \
        DS_REASON_PEER_LEFT, "the connection ended; the other side did not come again"             \
    }
#define CAUGHT                                                                                     \
    {                                                                                              \
        DS_REASON_NOT_PROVEN, "path"                                                               \
    }
#define SILENCE                                                                                    \
    {                                                                                              \
        DS_REASON_PEER_LEFT, "path handshake: "                                                    \
    }
#define SAY(is, how, ...)                                                                          \
    .on_message = alter_say, .data = &(const struct alter) { .what = is, .deed = how, __VA_ARGS__ }
#define FIRST(side, number, how, ...)                                                              \
    .on_message = alter_first, .data = &(const struct alter)                                       \
    {                                                                                              \
        .to = side, .index = number, .deed = how, __VA_ARGS__                                      \
    }
/* The side that reads it finds out, and tells the other. */
#define TOLD                                                                                       \
    {                                                                                              \
        DS_REASON_NOT_PROVEN, "the other side found"                                               \
    }
#define LATER(when, side, how)                                                                     \
    .on_message = when, .bytes = 400000, .stands = true, .stays = true,                            \
    .data = &(const struct alter)                                                                  \
    {                                                                                              \
        .to = side, .index = 4, .deed = how                                                        \
    }
#define TO_HELPER(when, how) LATER(when, DS_ROLE_HELPER, how), .helper = CAUGHT, .helpee = TOLD
#define TO_HELPEE(when, how) LATER(when, DS_ROLE_HELPEE, how), .helper = TOLD, .helpee = CAUGHT

static const struct hostile_row rows[] = {
        {.name = "A1: version",
                SAY(HOSTILE_A1, set_version),
                .helpers = 3,
                .helper = {DS_REASON_TOO_OLD, ""},
                .waits = true,
                .log = "code proof: a helper's offer (A1): of another version"},
        {.name = "A1: capabilities", SAY(HOSTILE_A1, flip_some, .from = 1, .to_byte = 5), GUESSED},
        {.name = "A1: point", SAY(HOSTILE_A1, flip_some, .from = 5, .to_byte = 70), NO_A1},
        {.name = "A1: cut", SAY(HOSTILE_A1, cut_short), NO_A1},
        {.name = "A1: longer", SAY(HOSTILE_A1, append_one), NO_A1},
        {.name = "B1: version",
                SAY(HOSTILE_B1, set_version),
                .helpers = 3,
                .helper = {DS_REASON_RELAY_TOO_OLD, "code proof: the sharer's answer (B1)"},
                .waits = true,
                .log = "code proof: a helper left before"},
        {.name = "B1: capabilities", SAY(HOSTILE_B1, flip_some, .from = 1, .to_byte = 5), GUESSED},
        {.name = "B1: point", SAY(HOSTILE_B1, flip_some, .from = 5, .to_byte = 70), NO_B1},
        {.name = "B1: cut", SAY(HOSTILE_B1, cut_short), NO_B1},
        {.name = "B1: longer", SAY(HOSTILE_B1, append_one), NO_B1},
        {.name = "A2: cA", SAY(HOSTILE_A2, flip_some, .to_byte = DS_PROOF_CONFIRM_BYTES), GUESSED},
        {.name = "A2: cut in cA",
                SAY(HOSTILE_A2, cut_short, .to_byte = DS_PROOF_CONFIRM_BYTES),
                .helpers = 3,
                .helper = {DS_REASON_PROTOCOL, "code proof: relay: refused: protocol-error"},
                .waits = true,
                .log = "code proof: a helper's confirmation (cA) is too short"},
        {.name = "A2: ClientHello",
                SAY(HOSTILE_A2, flip_in_record, .from = DS_PROOF_CONFIRM_BYTES),
                .helper = LEFT,
                .helpee = CAUGHT},
        {.name = "A2: cut in ClientHello",
                SAY(HOSTILE_A2, cut_short, .from = DS_PROOF_CONFIRM_BYTES),
                .helper = SILENCE,
                .helpee = SILENCE},
        {.name = "A2: dropped",
                SAY(HOSTILE_A2, drop),
                .helper = {DS_REASON_PEER_LEFT,
                        "code proof: no confirmation of the sharer (cB) came"},
                .waits = true,
                .log = "code proof: a helper left before"},
        {.name = "B2: cB",
                SAY(HOSTILE_B2, flip_some, .to_byte = DS_PROOF_CONFIRM_BYTES),
                .helper = {DS_REASON_NOT_PROVEN, "code proof: the sharer's confirmation (cB)"},
                .helpee = LEFT},
        {.name = "B2: cut",
                SAY(HOSTILE_B2, cut_short),
                .helper = {DS_REASON_NOT_PROVEN, "code proof: the sharer's confirmation (cB)"},
                .helpee = LEFT},
        {.name = "handshake to the helper: altered",
                FIRST(DS_ROLE_HELPER, 0, flip_in_record),
                .helper = CAUGHT,
                .helpee = LEFT},
        {.name = "handshake to the helper: cut",
                FIRST(DS_ROLE_HELPER, 0, cut_short),
                .helper = SILENCE,
                .helpee = SILENCE},
        {.name = "handshake to the helper: dropped",
                FIRST(DS_ROLE_HELPER, 0, drop),
                .helper = SILENCE,
                .helpee = SILENCE},
        {.name = "handshake to the helper: twice",
                FIRST(DS_ROLE_HELPER, 0, repeat),
                .helper = CAUGHT,
                .helpee = LEFT},
        {.name = "handshake to the helper: junk before it",
                FIRST(DS_ROLE_HELPER, 0, inject),
                .helper = CAUGHT,
                .helpee = LEFT},
        {.name = "handshake to the helpee: altered",
                FIRST(DS_ROLE_HELPEE, 0, flip_in_record),
                .helper = LEFT,
                .helpee = CAUGHT},
        {.name = "handshake to the helpee: dropped",
                FIRST(DS_ROLE_HELPEE, 0, drop),
                .helper = LEFT,
                .helpee = CAUGHT},
        {.name = "handshake to the helpee: twice",
                FIRST(DS_ROLE_HELPEE, 0, repeat),
                .helper = LEFT,
                .helpee = CAUGHT},
        {.name = "handshake to the helpee: junk before it",
                FIRST(DS_ROLE_HELPEE, 0, inject),
                .helper = LEFT,
                .helpee = CAUGHT},
        {.name = "session to the helper: altered", TO_HELPER(alter_later, flip_in_record)},
        {.name = "session to the helper: cut", TO_HELPER(alter_later, cut_short)},
        {.name = "session to the helper: dropped", TO_HELPER(alter_later, drop)},
        {.name = "session to the helper: twice", TO_HELPER(alter_later, repeat)},
        {.name = "session to the helper: junk between", TO_HELPER(alter_later, inject)},
        {.name = "session to the helper: in another order", TO_HELPER(reorder, drop)},
        {.name = "session to the helpee: altered", TO_HELPEE(alter_later, flip_in_record)},
        {.name = "session to the helpee: cut", TO_HELPEE(alter_later, cut_short)},
        {.name = "session to the helpee: dropped", TO_HELPEE(alter_later, drop)},
        {.name = "session to the helpee: twice", TO_HELPEE(alter_later, repeat)},
        {.name = "session to the helpee: junk between", TO_HELPEE(alter_later, inject)},
        {.name = "session to the helpee: in another order", TO_HELPEE(reorder, drop)},
};

static void
test_bytes(void)
{
    hostile_run(rows, G_N_ELEMENTS(rows), 4 * G_N_ELEMENTS(rows));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hostile/bytes", test_bytes);
    return g_test_run();
}
