/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include <glib.h>

#include "app/session/path_record.h"

static struct ds_addr
addr_of(const char *text)
{
    struct ds_addr addr;
    g_assert_cmpint(ds_addr_parse(&addr, text, 0), ==, 0);
    return addr;
}

static void
add(struct ds_path_record *record, unsigned generation, const char *technique, const char *result,
        enum ds_why why)
{
    ds_path_record_add(record, &(struct ds_peer_punch){generation, technique, result, why});
}

static char *
report_of(const struct ds_path_record *record)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_offset(-12600);
    g_autoptr(GDateTime) now = g_date_time_new(zone, 2027, 1, 31, 9, 5, 7.5);
    return ds_path_report(record, now);
}

/* A beginning makes room for what it came to, and the oldest for the newest. */
static void
test_tries(void)
{
    struct ds_path_record record = {0};
    const unsigned many = 2 * DS_PATH_RECORD_TRIES;

    for (unsigned generation = 1; generation <= many; generation++) {
        add(&record, generation, "", "started", DS_WHY_NONE);
        add(&record, generation, "", "failed", DS_WHY_NO_ANSWER);
        g_assert_cmpuint(record.try_count, ==, MIN(generation, DS_PATH_RECORD_TRIES));
    }
    for (unsigned i = 0; i < DS_PATH_RECORD_TRIES; i++) {
        g_assert_cmpuint(record.tries[i].generation, ==, many - DS_PATH_RECORD_TRIES + 1 + i);
        g_assert_cmpstr(record.tries[i].result, ==, "failed");
    }
}

static void
test_relayed(void)
{
    const struct ds_why_facts facts = {
            DS_FACT_KEEPS_PORTS | DS_FACT_IPV6, DS_FACT_KEEPS_PORTS | DS_FACT_UNMAPPED};
    struct ds_path_record record = {
            .role = DS_ROLE_HELPER,
            .path = {DS_PATH_RELAY, addr_of("192.168.1.20:23456"), addr_of("[2001:db8::1]:443"), 81,
                    ds_why_judge(&facts)},
            .stats = {.sent_bytes = 900, .received_bytes = 1234567},
    };
    add(&record, 1, "", "failed", DS_WHY_NO_ANSWER);
    add(&record, 2, "", "started", DS_WHY_NONE);
    g_autofree char *report = report_of(&record);
    g_assert_cmpstr(report, ==,
            "Deskside " DS_VERSION " on the helper\xe2\x80\x99s computer\n"
            "Time: 2027-01-31 09:05:07 -0330\n"
            "Path: Through the relay (relay)\n"
            "Why: Both networks look as if a direct connection could be made, but nothing came "
            "through. An administrator could look for a firewall that drops TCP connections "
            "between the two. (no-answer, firewall)\n"
            "This network: keeps-ports ipv6\n"
            "Other network: keeps-ports unmapped\n"
            "Round trip: 81 ms\n"
            "This computer: 192.168.1.20:23456\n"
            "Other end: [2001:db8::1]:443\n"
            "Received: 1.2\xc2\xa0MB (1234567 bytes)\n"
            "Sent: 900 bytes\n"
            "Last tries for a direct connection:\n"
            "  1: failed, no-answer\n"
            "  2: started\n");
}

static void
test_direct(void)
{
    struct ds_path_record record = {
            .role = DS_ROLE_HELPEE,
            .path = {.kind = DS_PATH_LAN, .rtt_ms = 3},
            .stats = {.rtt_ms = 2},
    };
    add(&record, 1, "host", "direct", DS_WHY_NONE);
    g_autofree char *report = report_of(&record);
    g_assert_cmpstr(report, ==,
            "Deskside " DS_VERSION " on the computer that is shared\n"
            "Time: 2027-01-31 09:05:07 -0330\n"
            "Path: Direct, in the same network (lan)\n"
            "Round trip: 2 ms\n"
            "Received: 0 bytes\n"
            "Sent: 0 bytes\n"
            "Last tries for a direct connection:\n"
            "  1: direct, host\n");
}

/* Who can do something about it is who has set it. */
static void
test_locked(void)
{
    struct ds_path_record record = {
            .path = {.kind = DS_PATH_RELAY, .why_not = ds_why_plainly(DS_WHY_OFF_HERE)}};
    g_autofree char *own = report_of(&record);
    g_assert_nonnull(strstr(own, "Switch direct connections on"));
    g_assert_null(strstr(own, "administrator"));
    record.is_locked = true;
    g_autofree char *locked = report_of(&record);
    g_assert_null(strstr(locked, "Switch direct connections on"));
    g_assert_nonnull(strstr(locked, "Your administrator has switched"));
}

/* Nothing is known, or there is no path at the moment. */
static void
test_none(void)
{
    g_autofree char *report = report_of(&(struct ds_path_record){.role = DS_ROLE_HELPEE});
    g_assert_nonnull(strstr(report, "\nPath: none\n"));
    g_assert_null(strstr(report, "Why"));
    g_assert_null(strstr(report, "tries"));
}

static void
test_kinds(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_assert_null(ds_path_kind_text(DS_PATH_NONE));
    for (int kind = DS_PATH_RELAY; kind <= DS_PATH_MAPPED; kind++)
        g_assert_true(g_hash_table_add(seen, (gpointer)ds_path_kind_text((enum ds_path_kind)kind)));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/path-record/tries", test_tries);
    g_test_add_func("/path-record/relayed", test_relayed);
    g_test_add_func("/path-record/direct", test_direct);
    g_test_add_func("/path-record/locked", test_locked);
    g_test_add_func("/path-record/none", test_none);
    g_test_add_func("/path-record/kinds", test_kinds);
    return g_test_run();
}
