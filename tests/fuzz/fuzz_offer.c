/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the other side says of where it is: whatever it says, what is left after the vetting may be
 * dialled, can be written, and is read again as the same. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "net/punch/offer.h"
#include "tests/fuzz/fuzz.h"

/* The rules in other words than those of offer.c. */
static bool
is_scan(const struct ds_addr *addr)
{
    uint16_t port = ds_addr_port(addr);
    char host[DS_ADDR_TEXT_MAX];
    ds_addr_format_host(addr, host);
    bool is_odd = strncmp(host, "0.", 2) == 0 || strncmp(host, "fe80:", 5) == 0 ||
                  strncmp(host, "169.254.", 8) == 0 || strncmp(host, "ff", 2) == 0 ||
                  strncmp(host, "::", 2) == 0 || strncmp(host, "2002:", 5) == 0;
    bool is_mapped = addr->ss.ss_family == AF_INET6 && strchr(host, ':') == NULL;
    return is_odd || is_mapped || ds_addr_is_loopback(addr) || port < 1024 ||
           (ds_addr_is_private(addr) && (port < DS_PUNCH_PORT_MIN || port > DS_PUNCH_PORT_MAX));
}

static void
check_again(const struct ds_offer *offer)
{
    uint8_t data[512];
    struct ds_writer w;
    struct ds_reader r;
    struct ds_offer again;
    ds_writer_init(&w, data, sizeof data);
    ds_offer_write(offer, &w);
    ds_reader_init(&r, data, w.len);
    if (w.failed || ds_offer_read(&again, &r) != 0 || again.count != offer->count ||
            again.generation != offer->generation || again.mapping != offer->mapping ||
            again.network != offer->network || again.aim != offer->aim ||
            again.salvo.sockets != offer->salvo.sockets)
        abort();
    for (size_t i = 0; i < again.count; i++) {
        const struct ds_candidate *a = &again.candidates[i], *b = &offer->candidates[i];
        if (a->type != b->type || a->set != b->set || !ds_addr_equal(&a->addr, &b->addr))
            abort();
    }
}

/* Any port that may be drawn is one of a public address, and none of a service's. */
static void
check_drawn(const struct ds_offer *offer)
{
    const struct ds_salvo *salvo = &offer->salvo;
    unsigned count = ds_salvo_sockets(salvo->size, DS_SALVO_MAX);
    uint32_t random[DS_SALVO_MAX];
    uint16_t ports[DS_SALVO_MAX];
    struct ds_addr target;
    if (!ds_salvo_is_opened(salvo))
        return;
    if (!ds_salvo_is_sound(salvo) || !ds_offer_outside(offer, &target))
        abort();
    for (unsigned i = 0; i < count; i++)
        random[i] = i * 0x9e3779b9;
    ds_salvo_draw(salvo, random, ports, count);
    for (unsigned i = 0; i < count; i++) {
        ds_addr_set_port(&target, ports[i]);
        if (is_scan(&target) || ds_addr_is_private(&target))
            abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    struct ds_offer offer;
    struct ds_reader r;
    struct ds_addr own, relay;
    size_t publics = 0;
    if (ds_addr_parse(&own, "10.0.0.1:22222", 0) != 0 ||
            ds_addr_parse(&relay, "192.0.2.1:443", 0) != 0)
        abort();
    ds_reader_init(&r, data, size_bytes);
    if (ds_offer_read(&offer, &r) != 0)
        return 0;
    if (offer.count > DS_CANDIDATES_MAX || offer.generation == 0)
        abort();
    check_again(&offer);
    const struct ds_vetting vetting = {.own = &own, .own_count = 1, .relay = &relay};
    ds_offer_vet(&offer, &vetting);
    for (size_t i = 0; i < offer.count; i++) {
        const struct ds_addr *addr = &offer.candidates[i].addr;
        /* Those of 100.64.0.0/10 count as private ones, and have no such port. */
        publics += addr->ss.ss_family == AF_INET && !ds_addr_is_private(addr) &&
                   ds_addr_port(addr) < DS_PUNCH_PORT_MIN;
        if (is_scan(addr) || ds_addr_equal(addr, &own) || ds_addr_is_same_host(addr, &relay))
            abort();
    }
    if (publics > DS_CANDIDATES_PUBLIC_MAX || (offer.aim > 0 && offer.aim < 1024))
        abort();
    struct ds_addr target;
    if (ds_offer_target(&offer, &target) && (is_scan(&target) || ds_addr_is_private(&target)))
        abort();
    check_drawn(&offer);
    check_again(&offer);
    return 0;
}
