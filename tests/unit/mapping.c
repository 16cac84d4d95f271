/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a NAT maps, by what different destinations see of one port. */
#include <glib.h>

#include "net/punch/mapping.h"

enum { SIGHTINGS_MAX = 4 };

/* Each sighting is "server seen". */
static const struct {
    const char *sightings[SIGHTINGS_MAX + 1];
    enum ds_mapping mapping;
} rows[] = {
        {{NULL}, DS_MAPPING_UNKNOWN},
        {{"192.0.2.1:443 198.51.100.7:4000"}, DS_MAPPING_UNKNOWN},
        {{"192.0.2.1:443 198.51.100.7:4000", "192.0.2.1:443 198.51.100.7:4001"},
                DS_MAPPING_UNKNOWN}, /* the mapping has changed meanwhile */
        {{"192.0.2.1:443 198.51.100.7:4000", "192.0.2.1:3478 198.51.100.7:4000"},
                DS_MAPPING_INDEPENDENT},
        {{"192.0.2.1:443 198.51.100.7:4000", "192.0.2.2:443 198.51.100.7:4000"},
                DS_MAPPING_INDEPENDENT},
        {{"192.0.2.1:443 198.51.100.7:4000", "192.0.2.1:3478 198.51.100.7:4000",
                 "192.0.2.2:443 198.51.100.7:4001"},
                DS_MAPPING_ADDRESS},
        {{"192.0.2.2:443 198.51.100.7:4001", "192.0.2.1:443 198.51.100.7:4000",
                 "192.0.2.1:3478 198.51.100.7:4000"},
                DS_MAPPING_ADDRESS},
        {{"192.0.2.1:443 198.51.100.7:4000", "192.0.2.1:3478 198.51.100.7:4001",
                 "192.0.2.2:443 198.51.100.7:4002"},
                DS_MAPPING_ADDRESS_AND_PORT},
        {{"192.0.2.1:443 198.51.100.7:4000", "192.0.2.1:3478 198.51.100.7:4001",
                 "192.0.2.2:443 198.51.100.7:4000"},
                DS_MAPPING_ADDRESS_AND_PORT},
        {{"192.0.2.1:443 198.51.100.7:4000", "192.0.2.2:3478 198.51.100.7:4001"},
                DS_MAPPING_ADDRESS_AND_PORT}, /* it does not show by what: the worse */
        {{"192.0.2.1:443 198.51.100.7:4000", "192.0.2.1:3478 198.51.100.8:4000"},
                DS_MAPPING_ADDRESS_AND_PORT}, /* a pool of addresses */
        {{"192.0.2.1:443 198.51.100.7:4000", "[2001:db8::1]:443 [2001:db8::7]:4000"},
                DS_MAPPING_UNKNOWN},
        {{"192.0.2.1:443 192.168.1.20:20000"}, DS_MAPPING_NO_NAT},
        {{"192.0.2.1:443 192.168.1.20:20001"}, DS_MAPPING_UNKNOWN},
        {{"[2001:db8::1]:443 [2001:db8::20]:20000"}, DS_MAPPING_UNKNOWN}, /* there is IPv4, too */
        {{"192.0.2.1:443 198.51.100.7:4000", "[2001:db8::1]:443 [2001:db8::20]:20000"},
                DS_MAPPING_UNKNOWN},
        {{"[2001:db8::1]:443 [2001:db8::20]:20000", "192.0.2.1:443 198.51.100.7:4000",
                 "192.0.2.2:443 198.51.100.7:4001"},
                DS_MAPPING_ADDRESS_AND_PORT},
        {{"[2001:db8::1]:443 [2001:db8::20]:20000", "192.0.2.1:443 192.168.1.20:20000"},
                DS_MAPPING_NO_NAT},
};

static void
parse(struct ds_addr *addr, const char *text)
{
    g_assert_cmpint(ds_addr_parse(addr, text, 0), ==, 0);
}

static void
test_mapping(void)
{
    struct ds_addr own[2];
    parse(&own[0], "192.168.1.20:20000");
    parse(&own[1], "[2001:db8::20]:20000");
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_sighting sightings[SIGHTINGS_MAX];
        gsize count = 0;
        for (; rows[i].sightings[count] != NULL; count++) {
            g_auto(GStrv) words = g_strsplit(rows[i].sightings[count], " ", -1);
            parse(&sightings[count].server, words[0]);
            parse(&sightings[count].seen, words[1]);
        }
        g_test_message("row %zu", i);
        g_assert_cmpint(
                ds_mapping_of(sightings, count, own, G_N_ELEMENTS(own)), ==, rows[i].mapping);
    }
}

/* A machine without IPv4. */
static void
test_v6_alone(void)
{
    struct ds_sighting sighting;
    struct ds_addr own;
    parse(&own, "[2001:db8::20]:20000");
    parse(&sighting.server, "[2001:db8::1]:443");
    parse(&sighting.seen, "[2001:db8::20]:20000");
    g_assert_cmpint(ds_mapping_of(&sighting, 1, &own, 1), ==, DS_MAPPING_NO_NAT);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mapping", test_mapping);
    g_test_add_func("/mapping/v6-alone", test_v6_alone);
    return g_test_run();
}
