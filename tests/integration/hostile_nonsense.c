/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A relay that sends records which do not belong where they come, or are none, to each side at each
 * step: the session ends and names it, or goes on where nothing was harmed.
 */
#include <string.h>

#include <glib.h>

#include "tests/integration/hostile.h"

/* Plaintext for a side. What it brings about: the text of the end, NULL where it is to be stepped
 * over. */
struct nonsense {
    const char *name;
    const char *bytes;
    gsize len;
    const char *waiting;   /* said to the helpee who waits or is in the proof */
    const char *knocking;  /* said to the helper in the proof */
    const char *paired;    /* said before the first path stands */
    enum ds_reason reason; /* of these ends; 0: protocol-error */
    bool is_not_for_paired;
};

#define BYTES(text) .bytes = (text), .len = sizeof(text) - 1
#define ALL(text) .waiting = (text), .knocking = (text), .paired = (text)
#define LENGTH ALL("relay: a record of a wrong length")
#define SIXTEEN "0123456789abcdef"

static const struct nonsense all_nonsense[] = {
        {"oversized", BYTES("\x10\x00\x3f\xfd"), ALL("relay: an oversized record")},
        {"huge and unknown", BYTES("\xc8\xff\xff\xff"), ALL("relay: an oversized record")},
        {"a client's HELLO", BYTES("\x01\x00\x00\x00"), ALL("relay: a record that only clients")},
        {"a client's KNOCK", BYTES("\x06\x00\x00\x00"), ALL("relay: a record that only clients")},
        {"a client's ACCEPT", BYTES("\x0a\x00\x00\x04\x00\x00\x00\x01"),
                ALL("relay: a record that only clients")},
        {"a client's MEET", BYTES("\x0d\x00\x00\x00"), ALL("relay: a record that only clients")},
        {"a second WELCOME", BYTES("\x02\x00\x00\x06\x00\x03\x00\x02\x00\x01"),
                ALL("relay: a second WELCOME")},
        {"a second WAITING",
                BYTES("\x05\x00\x00\x1c\x00\x09\x00\x04"
                      "4711"
                      "\x00\x0a\x00\x10" SIXTEEN),
                .waiting = "relay: a second WAITING"},
        {"PIPE", BYTES("\x10\x00\x00\x02xx"), .waiting = "relay: PIPE before the pairing",
                .knocking = "relay: PIPE before the pairing", .is_not_for_paired = true},
        {"PAIRED with a short cookie",
                BYTES("\x0c\x00\x00\x0f"
                      "123456789abcdef"),
                LENGTH},
        {"PAIRED too early", BYTES("\x0c\x00\x00\x10" SIXTEEN),
                .knocking = "the relay paired us without cB", .reason = DS_REASON_NOT_PROVEN},
        {"SAY without a number", BYTES("\x08\x00\x00\x03xxx"), LENGTH},
        {"KNOCKED without a number", BYTES("\x07\x00\x00\x03xxx"), LENGTH},
        {"KNOCKED without an offer", BYTES("\x07\x00\x00\x04\x00\x00\x00\x63")},
        {"GONE with more", BYTES("\x09\x00\x00\x05xxxxx"), LENGTH},
        {"GONE of nobody", BYTES("\x09\x00\x00\x04xxxx")},
        {"a NOTE of junk", BYTES("\x11\x00\x00\x05\x00\x0e\xff\xff\xff")},
        {"a NOTE of nothing", BYTES("\x11\x00\x00\x00")},
        {"an unknown type", BYTES("\xc8\x00\x00\x05xxxxx")},
        {"a PING of nine", BYTES("\x12\x00\x00\x09xxxxxxxxx"), LENGTH},
        {"a PING of eight", BYTES("\x12\x00\x00\x08xxxxxxxx")},
        {"a PONG unasked", BYTES("\x13\x00\x00\x00")},
        {"REFUSED for nothing", BYTES("\x03\x00\x00\x00"),
                ALL("relay: a REFUSED that makes no sense")},
        {"REFUSED of junk", BYTES("\x03\x00\x00\x03xxx"),
                ALL("relay: a REFUSED that makes no sense")},
        {"REFUSED as if stopped", BYTES("\x03\x00\x00\x05\x00\x08\x00\x01\x01"),
                .waiting = "relay: refused: stopped", .knocking = "relay: refused: stopped"},
        {"REFUSED unheard of", BYTES("\x03\x00\x00\x05\x00\x08\x00\x01\xff"),
                .waiting = "relay: refused: unknown", .knocking = "relay: refused: unknown"},
};

/* When it is said, and to whom. */
struct stage {
    const char *name;
    enum hostile_what at;
    enum ds_role to;
    const char *other; /* how the other side names it where this one ends */
};

#define LEFT_PATH "the connection ended; the other side did not come again"

static const struct stage stages[] = {
        {"at the knock", HOSTILE_A1, DS_ROLE_HELPEE, "knock: relay: refused: peer-left"},
        {"at A2", HOSTILE_A2, DS_ROLE_HELPEE, "code proof: relay: refused: peer-left"},
        {"at B1", HOSTILE_B1, DS_ROLE_HELPER, NULL},
        {"at B2", HOSTILE_B2, DS_ROLE_HELPER, LEFT_PATH},
        {"at the pairing", HOSTILE_PAIRED, DS_ROLE_HELPEE, LEFT_PATH},
        {"at the pairing", HOSTILE_PAIRED, DS_ROLE_HELPER, LEFT_PATH},
        {"in the session", HOSTILE_PIPE, DS_ROLE_HELPEE, NULL},
        {"in the session", HOSTILE_PIPE, DS_ROLE_HELPER, NULL},
};

struct deed {
    const struct nonsense *nonsense;
    const struct stage *stage;
};

static void
talk_nonsense(struct hostile_session *session, struct hostile_message *message)
{
    const struct deed *deed = ((const struct hostile_try *)session->arg)->row->data;
    const struct nonsense *nonsense = deed->nonsense;
    bool is_now = message->what == deed->stage->at &&
                  (message->what != HOSTILE_PIPE || (message->path == 1 && message->index == 5));
    if (!is_now || session->malice != NULL)
        return;
    session->malice = g_strdup("once");
    hostile_relay_tell_raw(session, deed->stage->to, nonsense->bytes, nonsense->len);
}

static const char *
expected_text(const struct nonsense *nonsense, const struct stage *stage)
{
    if (stage->at == HOSTILE_A1 || stage->at == HOSTILE_A2)
        return nonsense->waiting;
    if (stage->at == HOSTILE_B1 || stage->at == HOSTILE_B2)
        return nonsense->knocking;
    if (stage->at == HOSTILE_PAIRED)
        return nonsense->paired;
    return NULL; /* in a session a path is lost at worst, and another one comes */
}

static struct hostile_row
make_row(const struct deed *deed)
{
    const struct nonsense *nonsense = deed->nonsense;
    const struct stage *stage = deed->stage;
    const char *text = expected_text(nonsense, stage);
    struct hostile_row row = {.on_message = talk_nonsense, .data = deed, .bytes = 100000};
    struct hostile_verdict victim = {
            nonsense->reason != 0 ? nonsense->reason : DS_REASON_PROTOCOL, text};
    struct hostile_verdict other = {DS_REASON_PEER_LEFT, stage->other};
    if (text == NULL) {
        row.stands = true;
        row.helper = (struct hostile_verdict){DS_REASON_STOPPED, ""};
        row.helpee = (struct hostile_verdict){DS_REASON_PEER_STOPPED, ""};
        return row;
    }
    row.helper = stage->to == DS_ROLE_HELPER ? victim : other;
    row.helpee = stage->to == DS_ROLE_HELPEE ? victim : other;
    row.waits = stage->other == NULL;
    return row;
}

/* Every piece of nonsense at every stage, all at the same time. */
static void
test_nonsense(void)
{
    enum { MOST = G_N_ELEMENTS(stages) * G_N_ELEMENTS(all_nonsense) };
    static struct hostile_row rows[MOST];
    static struct deed deeds[MOST];
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    gsize count = 0;
    for (gsize i = 0; i < MOST; i++) {
        const struct stage *stage = &stages[i % G_N_ELEMENTS(stages)];
        const struct nonsense *nonsense = &all_nonsense[i / G_N_ELEMENTS(stages)];
        if (stage->at == HOSTILE_PAIRED && nonsense->is_not_for_paired)
            continue;
        deeds[count] = (struct deed){nonsense, stage};
        rows[count] = make_row(&deeds[count]);
        rows[count].name = g_strdup_printf("%s %s to the %s", nonsense->name, stage->name,
                stage->to == DS_ROLE_HELPEE ? "helpee" : "helper");
        g_ptr_array_add(names, (char *)rows[count].name);
        count++;
    }
    hostile_run(rows, count, (unsigned)count);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hostile/nonsense", test_nonsense);
    return g_test_run();
}
