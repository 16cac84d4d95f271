/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who guesses a code is counted, however he leaves, and who is not counted has learned nothing. The
 * knocks are the relay's own: it can do whatever a helper can, faster, and more of it.
 */
#include <string.h>

#include <glib.h>
#include <openssl/rand.h>

#include "net/base/clock.h"
#include "net/base/limits.h"
#include "net/peer/proof.h"
#include "tests/integration/hostile_relay.h"
#include "tests/integration/pairing.h"
#include "tests/lib/seed.h"

enum { DEADLINE_MS = 25000, KNOCKS_MOST = 128 };

/* One knock, and what the helpee said to it. */
struct knock {
    struct ds_proof *proof; /* NULL: none, or done with */
    uint8_t a1[DS_PROOF_OFFER_BYTES];
    uint8_t a2[DS_PROOF_CONFIRM_BYTES];
    unsigned says, accepts, rejects;
    gsize said; /* bytes of all SAY */
    uint8_t reason;
};

struct setting {
    struct event_base *base;
    struct hostile_relay *relay;
    struct hostile_session *session;
    struct pairing pairing;
    struct knock knocks[KNOCKS_MOST];
    unsigned used;
    bool is_late;
    struct event *deadline;
};

/* --- the setting --- */

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
    ((struct setting *)arg)->is_late = true;
}

/* Take the helpee's words to a knock, and keep cA ready where a B1 came. */
static void
on_message(struct hostile_session *session, struct hostile_message *message)
{
    struct setting *setting = session->arg;
    if (message->what < HOSTILE_OWN_SAY)
        return;
    struct knock *knock = &setting->knocks[message->knock - HOSTILE_OWN_KNOCK];
    if (message->what == HOSTILE_OWN_ACCEPT) {
        knock->accepts++;
    } else if (message->what == HOSTILE_OWN_REJECT) {
        knock->rejects++;
        knock->reason = message->bytes->data[0];
    } else {
        knock->says++;
        knock->said += message->bytes->len;
        if (knock->says > 1)
            return;
        g_assert_cmpint(
                ds_proof_take_offer(knock->proof, message->bytes->data, message->bytes->len), ==,
                0);
        g_assert_cmpint(ds_proof_make(knock->proof, knock->a2), ==, 0);
    }
}

static void
on_news(struct pairing *pairing, struct pairing_side *side)
{
    struct setting *setting = pairing->arg;
    if (side->role != DS_ROLE_HELPEE || side->moments[PAIRING_CODE] == 0)
        return;
    struct hostile_session *session = hostile_relay_find(setting->relay, pairing->code.nameplate);
    if (session == NULL)
        return; /* its nameplate was taken away */
    setting->session = session;
    setting->session->on_message = on_message;
    setting->session->arg = setting;
}

static void
run_until(struct setting *setting, bool (*is_done)(const struct setting *setting))
{
    struct timeval limit = ds_clock_timeval(DEADLINE_MS);
    setting->is_late = false;
    evtimer_add(setting->deadline, &limit);
    while (!is_done(setting) && !setting->is_late)
        event_base_loop(setting->base, EVLOOP_ONCE);
    g_assert_false(setting->is_late);
}

static bool
has_code(const struct setting *setting)
{
    return setting->pairing.helpee.moments[PAIRING_CODE] > 0;
}

static bool
is_closed(const struct setting *setting)
{
    return setting->pairing.helpee.is_closed;
}

static bool
is_over(const struct setting *setting)
{
    return pairing_is_over(&setting->pairing);
}

static struct setting *
setting_new(const struct ds_peer_times *times)
{
    struct setting *setting = g_new0(struct setting, 1);
    setting->base = event_base_new();
    setting->deadline = evtimer_new(setting->base, on_deadline, setting);
    setting->relay = hostile_relay_new(setting->base);
    setting->pairing = (struct pairing){.base = setting->base,
            .port = hostile_relay_port(setting->relay),
            .bytes = 1000,
            .times = times,
            .on_news = on_news,
            .arg = setting};
    pairing_start(&setting->pairing);
    run_until(setting, has_code);
    return setting;
}

static void
setting_free(struct setting *setting)
{
    for (unsigned i = 0; i < setting->used; i++)
        ds_proof_free(setting->knocks[i].proof);
    pairing_finish(&setting->pairing);
    hostile_relay_free(setting->relay);
    event_free(setting->deadline);
    event_base_free(setting->base);
    g_free(setting);
}

/* The code is still good: an honest helper comes, and all bytes pass. */
static void
expect_alive(struct setting *setting)
{
    setting->pairing.helpers = 1;
    pairing_start_helper(&setting->pairing, &setting->pairing.code);
    run_until(setting, is_over);
    g_assert_true(pairing_has_all(&setting->pairing));
    g_assert_cmpint(setting->pairing.helper.reason, ==, DS_REASON_STOPPED);
    g_assert_cmpint(setting->pairing.helpee.reason, ==, DS_REASON_PEER_STOPPED);
}

static void
expect_closed(struct setting *setting, enum ds_reason reason, const char *step)
{
    run_until(setting, is_closed);
    g_assert_cmpstr(ds_reason_name(setting->pairing.helpee.reason), ==, ds_reason_name(reason));
    g_assert_nonnull(strstr(setting->pairing.helpee.step, step));
    g_assert_cmpuint(setting->pairing.helpee.moments[PAIRING_PEER], ==, 0);
}

/* --- knocks --- */

static uint32_t
id_of(const struct setting *setting, const struct knock *knock)
{
    return HOSTILE_OWN_KNOCK + (uint32_t)(knock - setting->knocks);
}

/* Knock with a code: the right one, or one beside it. */
static struct knock *
knock_with(struct setting *setting, bool is_right)
{
    struct knock *knock = &setting->knocks[setting->used++];
    struct ds_code code = setting->pairing.code;
    g_assert_cmpuint(setting->used, <=, KNOCKS_MOST);
    if (!is_right)
        code.secret[3] = code.secret[3] == '9' ? '0' : (char)(code.secret[3] + 1);
    g_assert_cmpint(ds_proof_new(&knock->proof, DS_ROLE_HELPER, &code), ==, 0);
    g_assert_cmpint(ds_proof_offer(knock->proof, knock->a1), ==, 0);
    hostile_relay_knock(setting->session, id_of(setting, knock), knock->a1, sizeof knock->a1);
    return knock;
}

static bool
is_answered(const struct setting *setting)
{
    for (unsigned i = 0; i < setting->used; i++)
        if (setting->knocks[i].says + setting->knocks[i].rejects == 0)
            return false;
    return true;
}

/* Knock with a wrong code, get B1, say cA. */
static struct knock *
guess(struct setting *setting)
{
    struct knock *knock = knock_with(setting, false);
    run_until(setting, is_answered);
    g_assert_cmpuint(knock->says, ==, 1);
    hostile_relay_tell_say(
            setting->session, DS_ROLE_HELPEE, id_of(setting, knock), knock->a2, sizeof knock->a2);
    return knock;
}

static bool
is_rejected(const struct setting *setting)
{
    return setting->knocks[setting->used - 1].rejects > 0;
}

/* --- tests --- */

/* Before a right cA the helpee says B1, and no byte more: pB is blinded by a random point, and what
 * depends on the key (cB, the server's flight) has not been made. */
static void
test_leave(void)
{
    struct setting *setting = setting_new(NULL);
    for (unsigned round = 0; round < 25; round++) {
        for (unsigned i = 0; i < DS_KNOCKS_PER_NAMEPLATE; i++)
            knock_with(setting, i % 2 == 0);
        run_until(setting, is_answered);
        for (unsigned i = setting->used - DS_KNOCKS_PER_NAMEPLATE; i < setting->used; i++)
            hostile_relay_gone(setting->session, id_of(setting, &setting->knocks[i]));
    }
    expect_alive(setting);
    g_assert_cmpuint(setting->used, ==, 100);
    for (unsigned i = 0; i < setting->used; i++) {
        g_assert_cmpuint(setting->knocks[i].says, ==, 1);
        g_assert_cmpuint(setting->knocks[i].said, ==, DS_PROOF_OFFER_BYTES);
        g_assert_cmpuint(setting->knocks[i].rejects + setting->knocks[i].accepts, ==, 0);
    }
    g_assert_cmpuint(setting->pairing.helpee.moments[PAIRING_GUESS], ==, 0);
    setting_free(setting);
}

/* cA and GONE in one write, three times. */
static void
test_vanish(void)
{
    struct setting *setting = setting_new(NULL);
    for (unsigned i = 1; i <= DS_CODE_GUESSES; i++) {
        struct knock *knock = guess(setting);
        hostile_relay_gone(setting->session, id_of(setting, knock));
        if (i < DS_CODE_GUESSES)
            run_until(setting, is_rejected);
        g_assert_cmpuint(
                setting->pairing.helpee.moments[PAIRING_GUESS], ==, MIN(i, DS_CODE_GUESSES - 1));
    }
    expect_closed(setting, DS_REASON_CODE_BURNED, "code proof: a helper's confirmation (cA)");
    setting_free(setting);
}

/* Four at a time: the helpee hears the fourth cA, and does not look at it. */
static void
test_parallel(void)
{
    struct setting *setting = setting_new(NULL);
    for (unsigned i = 0; i < DS_KNOCKS_PER_NAMEPLATE; i++)
        knock_with(setting, i == DS_KNOCKS_PER_NAMEPLATE - 1);
    run_until(setting, is_answered);
    for (unsigned i = 0; i < DS_KNOCKS_PER_NAMEPLATE; i++)
        hostile_relay_tell_say(setting->session, DS_ROLE_HELPEE, HOSTILE_OWN_KNOCK + i,
                setting->knocks[i].a2, DS_PROOF_CONFIRM_BYTES);
    expect_closed(setting, DS_REASON_CODE_BURNED, "code proof: a helper's confirmation (cA)");
    g_assert_cmpuint(setting->pairing.helpee.moments[PAIRING_GUESS], ==, DS_CODE_GUESSES - 1);
    g_assert_cmpuint(setting->knocks[DS_KNOCKS_PER_NAMEPLATE - 1].says, ==, 1);
    g_assert_cmpuint(setting->knocks[DS_KNOCKS_PER_NAMEPLATE - 1].accepts, ==, 0);
    setting_free(setting);
}

/* A fifth knock is busy, and so is one on a number that is taken. */
static void
test_crowd(void)
{
    struct setting *setting = setting_new(NULL);
    for (unsigned i = 0; i <= DS_KNOCKS_PER_NAMEPLATE; i++)
        knock_with(setting, true);
    run_until(setting, is_answered);
    g_assert_cmpuint(setting->knocks[DS_KNOCKS_PER_NAMEPLATE].reason, ==, DS_REASON_BUSY);
    hostile_relay_gone(setting->session, HOSTILE_OWN_KNOCK);
    hostile_relay_knock(
            setting->session, HOSTILE_OWN_KNOCK + 1, setting->knocks[1].a1, DS_PROOF_OFFER_BYTES);
    struct knock *last = knock_with(setting, true);
    run_until(setting, is_answered);
    g_assert_cmpuint(setting->knocks[1].reason, ==, DS_REASON_BUSY);
    g_assert_cmpuint(last->says, ==, 1);
    for (unsigned i = 1; i < setting->used; i++)
        hostile_relay_gone(setting->session, HOSTILE_OWN_KNOCK + i);
    expect_alive(setting);
    setting_free(setting);
}

/* What is no A1, and what is no cA, is refused and not counted. */
static void
test_garbage(void)
{
    struct setting *setting = setting_new(NULL);
    g_autoptr(GRand) rand = test_seed();
    uint8_t junk[DS_SAY_MAX];
    for (unsigned i = 0; i < 60; i++) {
        struct knock *knock = &setting->knocks[setting->used++];
        gsize len = (gsize)g_rand_int_range(rand, 0, i % 2 == 0 ? 100 : sizeof junk);
        for (gsize k = 0; k < len; k++)
            junk[k] = (uint8_t)g_rand_int(rand);
        junk[0] = 1 + (i % 3 == 0);
        hostile_relay_knock(setting->session, id_of(setting, knock), junk, len);
        run_until(setting, is_rejected);
        g_assert_cmpuint(knock->reason, ==,
                len >= 5 && junk[0] == 2 ? DS_REASON_TOO_OLD : DS_REASON_PROTOCOL);
    }
    for (gsize len = 0; len < DS_PROOF_CONFIRM_BYTES; len++) {
        struct knock *knock = knock_with(setting, true);
        run_until(setting, is_answered);
        hostile_relay_tell_say(
                setting->session, DS_ROLE_HELPEE, id_of(setting, knock), knock->a2, len);
        run_until(setting, is_rejected);
        g_assert_cmpuint(knock->reason, ==, DS_REASON_PROTOCOL);
    }
    g_assert_cmpuint(setting->pairing.helpee.moments[PAIRING_GUESS], ==, 0);
    expect_alive(setting);
    setting_free(setting);
}

static bool
has_second_code(const struct setting *setting)
{
    return setting->pairing.helpee.moments[PAIRING_CODE] == 2;
}

/* A relay that lets the helpee wait anew, under the same nameplate or another one, gets no guess
 * more of it. */
static void
wait_anew(bool same_nameplate)
{
    struct setting *setting = setting_new(NULL);
    struct ds_code first = setting->pairing.code;
    for (unsigned i = 0; i < DS_CODE_GUESSES - 1; i++) {
        guess(setting);
        run_until(setting, is_rejected);
    }
    if (!same_nameplate)
        g_strlcpy(setting->session->nameplate, "77777", sizeof setting->session->nameplate);
    hostile_relay_cut(setting->session, DS_ROLE_HELPEE);
    run_until(setting, has_second_code);
    g_assert_cmpuint(setting->pairing.helpee.moments[PAIRING_OFFLINE], ==, 1);
    g_assert_cmpint(
            strcmp(first.nameplate, setting->pairing.code.nameplate) == 0, ==, same_nameplate);
    g_assert_cmpint(strcmp(first.secret, setting->pairing.code.secret) == 0, ==, same_nameplate);
    guess(setting);
    expect_closed(setting, DS_REASON_CODE_BURNED, "code proof: a helper's confirmation (cA)");
    setting_free(setting);
}

static void
test_same_nameplate(void)
{
    wait_anew(true);
}

static void
test_other_nameplate(void)
{
    wait_anew(false);
}

/* A code that has expired is none, and the next one under its nameplate is another. */
static void
test_expired(void)
{
    struct ds_peer_times times = *ds_peer_default_times();
    times.code_life = 400;
    struct setting *setting = setting_new(&times);
    struct ds_code first = setting->pairing.code;
    knock_with(setting, true); /* one who is about to prove it does not keep it alive */
    expect_closed(setting, DS_REASON_CODE_EXPIRED, "");
    setting_free(setting);
    setting = setting_new(NULL);
    g_assert_cmpstr(setting->pairing.code.nameplate, ==, first.nameplate);
    g_assert_cmpstr(setting->pairing.code.secret, !=, first.secret);
    setting_free(setting);
}

static bool
is_accepted(const struct setting *setting)
{
    return setting->knocks[0].accepts > 0;
}

/* Who knows the code and then shows no path ends the code in good order. */
static void
show_no_path(const char *hello, enum ds_reason reason, const char *step)
{
    struct setting *setting = setting_new(NULL);
    g_autoptr(GByteArray) a2 = g_byte_array_new();
    struct knock *knock = knock_with(setting, true);
    run_until(setting, is_answered);
    g_byte_array_append(a2, knock->a2, sizeof knock->a2);
    g_byte_array_append(a2, (const guint8 *)hello, (guint)strlen(hello));
    hostile_relay_tell_say(
            setting->session, DS_ROLE_HELPEE, id_of(setting, knock), a2->data, a2->len);
    run_until(setting, is_accepted);
    expect_closed(setting, reason, step);
    setting_free(setting);
}

static void
test_no_hello(void)
{
    show_no_path("", DS_REASON_PEER_LEFT,
            "path handshake: no answer in time; the other side did not come again");
}

static void
test_garbage_hello(void)
{
    show_no_path("GET / HTTP/1.1\r\n\r\n", DS_REASON_NOT_PROVEN, "path handshake: ");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/guess/leave", test_leave);
    g_test_add_func("/guess/vanish", test_vanish);
    g_test_add_func("/guess/parallel", test_parallel);
    g_test_add_func("/guess/crowd", test_crowd);
    g_test_add_func("/guess/garbage", test_garbage);
    g_test_add_func("/guess/same-nameplate", test_same_nameplate);
    g_test_add_func("/guess/other-nameplate", test_other_nameplate);
    g_test_add_func("/guess/expired", test_expired);
    g_test_add_func("/guess/garbage-hello", test_garbage_hello);
    g_test_add_func("/guess/no-hello", test_no_hello);
    return g_test_run();
}
