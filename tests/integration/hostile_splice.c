/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A relay that puts the handshake of one path in the place of another's: of another session, of an
 * earlier path of the same one, or of another kind; and one that brings two sessions together.
 */
#include <string.h>

#include <glib.h>

#include "net/crypto/path_tls.h"
#include "net/path/path.h"
#include "net/peer/proof.h"
#include "tests/integration/hostile.h"

enum {
    PATH_LAST = 4, /* of a session that stands: the attack ends with it */
    RECORDED_MOST = 8,
    /* From the identity in a ClientHello to its end (RFC 8446, 4.2.11). */
    IDENTITY_TO_END = DS_PATH_TLS_IDENTITY_BYTES + 4 + 2 + 1 + 32,
};

/* What was said on one path: the ClientHello, then PIPE. */
struct recorded {
    GByteArray *to[3][RECORDED_MOST]; /* by role and index */
};

static struct recorded foreign; /* of a session before all others */

struct splice {
    void (*deed)(struct hostile_session *session, struct hostile_message *message);
    bool stands;      /* the session stands before the paths are cut */
    unsigned crossed; /* 1 and 2: the two of a pair that are brought together */
};

/* What an attack keeps of a session. */
struct kept {
    struct recorded first; /* its first path */
    bool is_cut;
};

static const struct splice *
splice_of(const struct hostile_session *session)
{
    return ((const struct hostile_try *)session->arg)->row->data;
}

/* --- recording --- */

static void
keep(struct recorded *recorded, enum ds_role to, guint index, const guint8 *data, guint len)
{
    if (index >= RECORDED_MOST || recorded->to[to][index] != NULL)
        return;
    recorded->to[to][index] = g_byte_array_append(g_byte_array_new(), data, len);
}

/* The ClientHello of a first path comes in A2: it counts as the helpee's number 0. */
static void
record(struct recorded *recorded, const struct hostile_message *message)
{
    const GByteArray *bytes = message->bytes;
    if (message->what == HOSTILE_A2)
        keep(recorded, DS_ROLE_HELPEE, 0, bytes->data + DS_PROOF_CONFIRM_BYTES,
                bytes->len - DS_PROOF_CONFIRM_BYTES);
    else if (message->what == HOSTILE_PIPE && message->path == 1)
        keep(recorded, message->to, message->index + (message->to == DS_ROLE_HELPEE), bytes->data,
                bytes->len);
}

static void
forget(struct recorded *recorded)
{
    for (int role = DS_ROLE_HELPEE; role <= DS_ROLE_HELPER; role++)
        for (guint i = 0; i < RECORDED_MOST; i++)
            if (recorded->to[role][i] != NULL)
                g_byte_array_unref(recorded->to[role][i]);
    *recorded = (struct recorded){0};
}

static void
free_kept(gpointer malice)
{
    struct kept *kept = malice;
    forget(&kept->first);
    g_free(kept);
}

static struct kept *
kept_of(struct hostile_session *session)
{
    session->malice_free = free_kept;
    if (session->malice == NULL)
        session->malice = g_new0(struct kept, 1);
    return session->malice;
}

static void
use(GByteArray *bytes, const GByteArray *in_place)
{
    g_assert_nonnull(in_place);
    hostile_replace(bytes, in_place->data, in_place->len);
}

static void
record_foreign(struct hostile_session *session, struct hostile_message *message)
{
    record(&foreign, message);
}

/* --- on the first path --- */

static void
foreign_client_hello(struct hostile_session *session, struct hostile_message *message)
{
    if (message->what != HOSTILE_A2)
        return;
    const GByteArray *hello = foreign.to[DS_ROLE_HELPEE][0];
    g_byte_array_set_size(message->bytes, DS_PROOF_CONFIRM_BYTES);
    g_byte_array_append(message->bytes, hello->data, hello->len);
}

static void
foreign_server_flight(struct hostile_session *session, struct hostile_message *message)
{
    if (message->what == HOSTILE_PIPE && message->to == DS_ROLE_HELPER && message->index == 0)
        use(message->bytes, foreign.to[DS_ROLE_HELPER][0]);
}

static void
foreign_finished(struct hostile_session *session, struct hostile_message *message)
{
    if (message->what == HOSTILE_PIPE && message->to == DS_ROLE_HELPEE && message->index == 0)
        use(message->bytes, foreign.to[DS_ROLE_HELPEE][1]);
}

static guint8 *
identity(GByteArray *a2)
{
    guint8 *id = a2->data + a2->len - IDENTITY_TO_END;
    g_assert_true(id[0] == 1 && id[1] == DS_PATH_RELAY && id[5] == 1); /* version, generation */
    return id;
}

static void
other_kind(struct hostile_session *session, struct hostile_message *message)
{
    if (message->what == HOSTILE_A2)
        identity(message->bytes)[1] = DS_PATH_LAN;
}

static void
old_generation(struct hostile_session *session, struct hostile_message *message)
{
    if (message->what == HOSTILE_A2)
        identity(message->bytes)[5] = 0;
}

static void
later_generation(struct hostile_session *session, struct hostile_message *message)
{
    if (message->what == HOSTILE_A2)
        identity(message->bytes)[5] = 7;
}

/* What a side says comes back to itself. */
static void
helper_hears_itself(struct hostile_session *session, struct hostile_message *message)
{
    record(&kept_of(session)->first, message);
    if (message->what == HOSTILE_PIPE && message->to == DS_ROLE_HELPER && message->index == 0)
        use(message->bytes, kept_of(session)->first.to[DS_ROLE_HELPEE][0]);
}

static void
helpee_hears_itself(struct hostile_session *session, struct hostile_message *message)
{
    record(&kept_of(session)->first, message);
    if (message->what == HOSTILE_PIPE && message->to == DS_ROLE_HELPEE && message->index == 0)
        use(message->bytes, kept_of(session)->first.to[DS_ROLE_HELPER][0]);
}

/* --- on a later path --- */

/* Say whether a path is there to be cut: before the helpee knows it, or when the session stands. */
static bool
is_time_to_cut(const struct hostile_session *session, const struct hostile_message *message)
{
    const struct pairing *pairing = &((const struct hostile_try *)session->arg)->pairing;
    if (message->what != HOSTILE_PIPE || message->path != 1 || message->to != DS_ROLE_HELPEE)
        return false;
    return !splice_of(session)->stands ||
           (pairing->helper.received > 0 && pairing->helpee.received > 0 && message->index >= 4);
}

static void
replay(struct hostile_session *session, struct hostile_message *message)
{
    struct kept *kept = kept_of(session);
    if (!kept->is_cut)
        record(&kept->first, message);
    if (!kept->is_cut && is_time_to_cut(session, message)) {
        kept->is_cut = true;
        message->copies = 0;
        hostile_relay_cut(session, DS_ROLE_HELPEE);
    } else if (message->what == HOSTILE_PIPE && message->path > 1 && message->path <= PATH_LAST) {
        splice_of(session)->deed(session, message);
    }
}

static void
old_client_hello(struct hostile_session *session, struct hostile_message *message)
{
    if (message->to == DS_ROLE_HELPEE && message->index == 0)
        use(message->bytes, kept_of(session)->first.to[DS_ROLE_HELPEE][0]);
}

/* All that the helper said, one behind the other. */
static void
old_client(struct hostile_session *session, struct hostile_message *message)
{
    struct recorded *first = &kept_of(session)->first;
    if (message->to != DS_ROLE_HELPEE)
        return;
    message->copies = 0;
    for (guint i = 0; message->index == 0 && i < RECORDED_MOST; i++)
        if (first->to[DS_ROLE_HELPEE][i] != NULL)
            hostile_relay_tell(session, DS_ROLE_HELPEE, DS_RECORD_PIPE,
                    first->to[DS_ROLE_HELPEE][i]->data, first->to[DS_ROLE_HELPEE][i]->len);
}

static void
old_server_flight(struct hostile_session *session, struct hostile_message *message)
{
    if (message->to == DS_ROLE_HELPER && message->index == 0)
        use(message->bytes, kept_of(session)->first.to[DS_ROLE_HELPER][0]);
}

/* A record of the first path among those of a later one, whose handshake was left alone. */
static void
old_record_to_helpee(struct hostile_session *session, struct hostile_message *message)
{
    if (message->to == DS_ROLE_HELPEE && message->index == 2)
        use(message->bytes, kept_of(session)->first.to[DS_ROLE_HELPEE][3]);
}

static void
old_record_to_helper(struct hostile_session *session, struct hostile_message *message)
{
    if (message->to == DS_ROLE_HELPER && message->index == 2)
        use(message->bytes, kept_of(session)->first.to[DS_ROLE_HELPER][3]);
}

/* --- two sessions brought together --- */

/* Tries follow each other: the other one of the pair is the one before or behind. */
static struct hostile_session *
twin(const struct hostile_session *session)
{
    const struct hostile_try *try = session->arg;
    return splice_of(session)->crossed == 1 ? try[1].session : try[-1].session;
}

static bool
is_ready(struct hostile_session *session)
{
    return session != NULL && session->malice != NULL && kept_of(session)->is_cut;
}

/* Each helper meets the other's helpee, until that has seen enough. */
static void
cross(struct hostile_session *session, struct hostile_message *message)
{
    struct kept *kept = kept_of(session);
    struct hostile_session *other = twin(session);
    if (!kept->is_cut && is_time_to_cut(session, message))
        kept->is_cut = true;
    if (message->what == HOSTILE_PIPE && message->path == 1 && kept->is_cut) {
        message->copies = 0; /* until the other one is as far */
        if (is_ready(other)) {
            hostile_relay_cut(session, DS_ROLE_HELPEE);
            hostile_relay_cut(other, DS_ROLE_HELPEE);
        }
    } else if (message->what == HOSTILE_MEET && message->to == DS_ROLE_HELPER &&
               other->path < PATH_LAST) {
        message->session = other;
    }
}

/* --- the rows --- */

#define LEFT                                                                                       \
    {                                                                                              \
        DS_REASON_PEER_LEFT, "the connection ended; the other side did not come again"             \
    }
#define CAUGHT                                                                                     \
    {                                                                                              \
        DS_REASON_NOT_PROVEN, "path handshake: "                                                   \
    }
#define CAUGHT_AS(text)                                                                            \
    {                                                                                              \
        DS_REASON_NOT_PROVEN, text                                                                 \
    }
#define TOLD                                                                                       \
    {                                                                                              \
        DS_REASON_NOT_PROVEN, "the other side found"                                               \
    }
#define REPLAY(how)                                                                                \
    .on_message = replay, .data = &(const struct splice) { .deed = how }
#define STANDING(how)                                                                              \
    .on_message = replay, .bytes = 400000, .stands = true, .stays = true,                          \
    .data = &(const struct splice)                                                                 \
    {                                                                                              \
        .deed = how, .stands = true                                                                \
    }
#define CROSS(number)                                                                              \
    .on_message = cross, .data = &(const struct splice) { .crossed = number }
#define CROSS_STANDING(number)                                                                     \
    .on_message = cross, .bytes = 400000, .stands = true, .stays = true,                           \
    .data = &(const struct splice)                                                                 \
    {                                                                                              \
        .crossed = number, .stands = true                                                          \
    }

static const struct hostile_row rows[] = {
        {.name = "another session's ClientHello",
                .on_message = foreign_client_hello,
                .helper = LEFT,
                .helpee = CAUGHT},
        {.name = "another session's server flight",
                .on_message = foreign_server_flight,
                .helper = CAUGHT,
                .helpee = LEFT},
        {.name = "another session's Finished",
                .on_message = foreign_finished,
                .helper = LEFT,
                .helpee = CAUGHT},
        {.name = "another kind of path",
                .on_message = other_kind,
                .helper = LEFT,
                .helpee = CAUGHT_AS("path handshake: path identity: of another kind of path")},
        {.name = "generation 0",
                .on_message = old_generation,
                .helper = LEFT,
                .helpee = CAUGHT_AS(
                        "path handshake: path identity: of a generation that is not taken")},
        {.name = "generation 7", .on_message = later_generation, .helper = LEFT, .helpee = CAUGHT},
        {.name = "the helper's own hello",
                .on_message = helper_hears_itself,
                .helper = CAUGHT,
                .helpee = LEFT},
        {.name = "the helpee's own hello",
                .on_message = helpee_hears_itself,
                .helper = LEFT,
                .helpee = CAUGHT},
        {.name = "crossed, one", CROSS(1), .helper = LEFT, .helpee = CAUGHT},
        {.name = "crossed, the other", CROSS(2), .helper = LEFT, .helpee = CAUGHT},
        {.name = "the lost path's ClientHello",
                REPLAY(old_client_hello),
                .helper = CAUGHT,
                .helpee = LEFT},
        {.name = "the lost path's server flight",
                REPLAY(old_server_flight),
                .helper = CAUGHT,
                .helpee = LEFT},
        {.name = "all of the lost path's client",
                REPLAY(old_client),
                .helper = CAUGHT,
                .helpee = CAUGHT},
        {.name = "standing: an old ClientHello",
                STANDING(old_client_hello),
                .helper = TOLD,
                .helpee = CAUGHT_AS("path identity: of a generation that is not taken")},
        {.name = "standing: all of the old client",
                STANDING(old_client),
                .helper = TOLD,
                .helpee = CAUGHT_AS("path identity: of a generation that is not taken")},
        {.name = "standing: an old server flight",
                STANDING(old_server_flight),
                .helper = CAUGHT,
                .helpee = TOLD},
        {.name = "standing: an old record for the helpee",
                STANDING(old_record_to_helpee),
                .helper = TOLD,
                .helpee = CAUGHT_AS("path: a record was altered or out of place")},
        {.name = "standing: an old record for the helper",
                STANDING(old_record_to_helper),
                .helper = CAUGHT_AS("path: a record was altered or out of place"),
                .helpee = TOLD},
        {.name = "standing, crossed: one", CROSS_STANDING(1), .helper = TOLD, .helpee = CAUGHT},
        {.name = "standing, crossed: the other",
                CROSS_STANDING(2),
                .helper = TOLD,
                .helpee = CAUGHT},
};

static void
test_splice(void)
{
    static const struct hostile_row donor[] = {{.name = "recorded",
            .on_message = record_foreign,
            .stands = true,
            .helper = {DS_REASON_STOPPED, ""},
            .helpee = {DS_REASON_PEER_STOPPED, ""}}};
    hostile_run(donor, 1, 1);
    hostile_run(rows, G_N_ELEMENTS(rows), HOSTILE_TRIES);
    forget(&foreign);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hostile/splice", test_splice);
    return g_test_run();
}
