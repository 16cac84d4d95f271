/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/port_wish.h"

#include <sys/socket.h>

#include "net/base/clock.h"

enum { TURN_MS = 5 };

void
port_wish_on_news(void *arg, const struct ds_portmap_news *news)
{
    struct port_wish *wish = arg;
    wish->told++;
    wish->news = *news;
}

void
port_wish_ask(struct port_wish *wish, guint32 lease_s)
{
    struct ds_portmap_config config = {
            .base = wish->base, .family = AF_INET, .port = PORT_WISH_PORT, .lease_s = lease_s};
    g_assert_cmpint(ds_addr_parse(&config.gateway, "127.0.0.1", 1), ==, 0);
    g_assert_cmpint(ds_addr_parse(&config.observed, "192.0.2.9", 1), ==, 0);
    g_assert_cmpint(ds_portmap_new(&wish->portmap, &config, port_wish_on_news, wish), ==, 0);
    g_assert_cmpuint(wish->told, ==, 0);
}

void
port_wish_turn(const struct port_wish *wish)
{
    struct timeval soon = ds_clock_timeval(TURN_MS);
    event_base_loopexit(wish->base, &soon);
    event_base_dispatch(wish->base);
}

void
port_wish_until(const struct port_wish *wish, const unsigned *counter, unsigned wanted)
{
    guint64 end_us = ds_clock_us() + PORT_WISH_DEADLINE_MS * 1000ULL;
    while (*counter < wanted && ds_clock_us() < end_us)
        port_wish_turn(wish);
    g_assert_cmpuint(*counter, ==, wanted);
}
