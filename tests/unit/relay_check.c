/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CHECK and DIAL where nobody is dialled; tests/integration/dial_back.c has the dialling. */
#include <errno.h>

#include <glib.h>

#include "net/base/reason.h"
#include "net/relay/dialback.h"
#include "net/relay/state.h"
#include "tests/lib/relay_rig.h"

/* DIAL from the same address, and from another one, at port 4096. */
static const char dial[] = "\x00\x10\x00token...", dial_other[] = "\x01\x10\x00token...";
enum { DIAL_BYTES = 11 };

static struct rig_client *
open_checking(struct relay_rig *rig, const struct ds_relay_times *times)
{
    relay_rig_open(rig, times, 1000, 64);
    struct rig_client *client = rig_greet(rig, "192.0.2.1:1");
    rig_send(client, DS_RECORD_CHECK, "\x00\x63\x00\x00", 4); /* a field of a later version */
    g_assert_cmpint(rig_receive(client), ==, DS_RECORD_CHECKED);
    return client;
}

static void
expect_not_offered(struct rig_client *client, const char *payload)
{
    rig_send(client, DS_RECORD_DIAL, payload, DIAL_BYTES);
    g_assert_cmpint(rig_receive(client), ==, DS_RECORD_DIALLED);
    g_assert_cmpmem(client->payload, client->payload_len, "\x04\x00\x00", 3);
}

static void
close_checking(struct relay_rig *rig, struct rig_client *client)
{
    relay_rig_hang_up(client);
    g_assert_cmpuint(ds_relay_connections(rig->relay), ==, 0);
    g_assert_cmpuint(rig->relay->dialback_count, ==, 0);
    relay_rig_close(rig);
}

static void
test_switched_off(void)
{
    struct relay_rig rig;
    struct rig_client *client = open_checking(&rig, &ds_relay_times_default);
    expect_not_offered(client, dial);
    expect_not_offered(client, dial_other);
    expect_not_offered(client, "\x02\x10\x00token..."); /* from wherever that may be */
    close_checking(&rig, client);
}

/* The seventh is one too many, whatever came of the six. */
static void
test_most(void)
{
    struct relay_rig rig;
    struct rig_client *client = open_checking(&rig, &ds_relay_times_default);
    for (int i = 0; i < DS_CHECK_DIALS_MAX; i++)
        expect_not_offered(client, dial);
    rig_send(client, DS_RECORD_DIAL, dial, DIAL_BYTES);
    g_assert_cmpint(rig_refused(client), ==, DS_REASON_PROTOCOL);
    close_checking(&rig, client);
}

static unsigned
dials_left(struct ds_relay_rate *rate)
{
    struct ds_addr addr;
    unsigned count = 0;
    g_assert_cmpint(ds_addr_parse(&addr, "198.51.100.7:1", 0), ==, 0);
    while (count < 1000 && ds_relay_rate_allows(rate, &addr))
        count++;
    return count;
}

/*
 * Of ports that it does not speak from a check asks two: one that nobody opened, and one that its
 * router opened. Two checks have room for that at once, and one in two minutes ever after.
 */
static void
test_budgets(void)
{
    struct relay_rig rig;
    relay_rig_open(&rig, &ds_relay_times_default, 1000, 64);
    struct ds_relay_rate *own = &rig.relay->own_dials, *other = &rig.relay->other_dials;
    g_assert_cmpuint(dials_left(other), ==, 4);
    g_assert_cmpuint(dials_left(own), ==, 32);
    relay_rig_skip(3000);
    g_assert_cmpuint(dials_left(own), ==, 3);
    g_assert_cmpuint(dials_left(other), ==, 0);
    relay_rig_skip(57000);
    g_assert_cmpuint(dials_left(other), ==, 1);
    relay_rig_skip(3600 * 1000);
    g_assert_cmpuint(dials_left(other), ==, 4);
    relay_rig_close(&rig);
}

/* It ends in time, however often the client says that it is there. */
static void
test_time(void)
{
    struct ds_relay_times times = ds_relay_times_default;
    struct relay_rig rig;
    times.check_ms = 50;
    struct rig_client *client = open_checking(&rig, &times);
    int type;
    do {
        rig_send(client, DS_RECORD_PING, NULL, 0);
        type = rig_receive(client);
    } while (type == DS_RECORD_PONG);
    g_assert_cmpint(type, ==, -1);
    close_checking(&rig, client);
}

static void
test_results(void)
{
    static const struct {
        int os_error;
        enum ds_dialled result;
    } rows[] = {
            {0, DS_DIALLED_CONNECTED},
            {ECONNREFUSED, DS_DIALLED_REFUSED},
            {ECONNRESET, DS_DIALLED_REFUSED},
            {EHOSTUNREACH, DS_DIALLED_UNREACHABLE},
            {ENETUNREACH, DS_DIALLED_UNREACHABLE},
            {EHOSTDOWN, DS_DIALLED_UNREACHABLE},
            {EACCES, DS_DIALLED_UNREACHABLE},
            {ENOPROTOOPT, DS_DIALLED_UNREACHABLE}, /* ICMP: protocol unreachable */
            {ETIMEDOUT, DS_DIALLED_SILENT},
            {EMFILE, DS_DIALLED_NOT_OFFERED},
            {EADDRNOTAVAIL, DS_DIALLED_NOT_OFFERED},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(ds_relay_dialback_result(rows[i].os_error), ==, rows[i].result);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/relay/check/switched off", test_switched_off);
    g_test_add_func("/relay/check/most", test_most);
    g_test_add_func("/relay/check/budgets", test_budgets);
    g_test_add_func("/relay/check/time", test_time);
    g_test_add_func("/relay/check/results", test_results);
    return g_test_run();
}
