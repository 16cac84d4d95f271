/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/offer.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "net/wire/tlv.h"

enum {
    TAG_GENERATION = 7,
    TAG_CANDIDATES = 8,
    TAG_MAPPING = 9,
    TAG_NETWORK = 10,
    TAG_AIM = 11,
    TAG_SALVO = 12,
};

enum { LEAST_PORT = 1024 /* below are services */ };

/* The longest candidate: u8 type, u8 set, u8 family, 16 bytes of address, u16 port. */
enum { FAMILY_V4 = 4, FAMILY_V6 = 6, CANDIDATE_BYTES = 21, SALVO_BYTES = 6 };

void
ds_offer_add(struct ds_offer *offer, enum ds_candidate_type type, uint8_t set,
        const struct ds_addr *addr)
{
    for (size_t i = 0; i < offer->count; i++)
        if (ds_addr_equal(&offer->candidates[i].addr, addr))
            return;
    if (offer->count == DS_CANDIDATES_MAX)
        return;
    offer->candidates[offer->count++] =
            (struct ds_candidate){.type = type, .set = set, .addr = *addr};
}

/* ---- on the wire ---- */

static void
put_candidate(struct ds_writer *w, const struct ds_candidate *candidate)
{
    const struct sockaddr_in *in4 = (const struct sockaddr_in *)&candidate->addr.ss;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&candidate->addr.ss;
    bool is_v4 = candidate->addr.ss.ss_family == AF_INET;

    ds_writer_u8(w, (uint8_t)candidate->type);
    ds_writer_u8(w, candidate->set);
    ds_writer_u8(w, is_v4 ? FAMILY_V4 : FAMILY_V6);
    if (is_v4)
        ds_writer_bytes(w, &in4->sin_addr, sizeof in4->sin_addr);
    else
        ds_writer_bytes(w, &in6->sin6_addr, sizeof in6->sin6_addr);
    ds_writer_u16(w, ds_addr_port(&candidate->addr));
}

static void
put_salvo(struct ds_writer *w, const struct ds_salvo *salvo)
{
    uint8_t value[SALVO_BYTES];
    struct ds_writer salvo_writer;

    ds_writer_init(&salvo_writer, value, sizeof value);
    ds_writer_u16(&salvo_writer, salvo->base);
    ds_writer_u16(&salvo_writer, salvo->size);
    ds_writer_u16(&salvo_writer, salvo->sockets);
    ds_tlv_put(w, TAG_SALVO, value, salvo_writer.len);
}

void
ds_offer_write(const struct ds_offer *offer, struct ds_writer *w)
{
    uint8_t list[DS_CANDIDATES_MAX * CANDIDATE_BYTES];
    struct ds_writer candidates;

    ds_writer_init(&candidates, list, sizeof list);
    for (size_t i = 0; i < offer->count; i++)
        put_candidate(&candidates, &offer->candidates[i]);
    ds_tlv_put_number(w, TAG_GENERATION, offer->generation, 4);
    ds_tlv_put(w, TAG_CANDIDATES, list, candidates.len);
    ds_tlv_put_number(w, TAG_MAPPING, offer->mapping, 1);
    ds_tlv_put_number(w, TAG_NETWORK, offer->network, 4);
    if (offer->aim != 0)
        ds_tlv_put_number(w, TAG_AIM, offer->aim, 2);
    if (offer->salvo.sockets != 0)
        put_salvo(w, &offer->salvo);
}

/* Returns false for a family that this version does not know. */
static bool
read_addr(struct ds_addr *addr, struct ds_reader *r)
{
    struct sockaddr_in in4 = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

    switch (ds_reader_u8(r)) {
    case FAMILY_V4:
        ds_reader_copy(r, &in4.sin_addr, sizeof in4.sin_addr);
        in4.sin_port = htons(ds_reader_u16(r));
        return ds_addr_from_sockaddr(addr, (const struct sockaddr *)&in4, sizeof in4) == 0;
    case FAMILY_V6:
        ds_reader_copy(r, &in6.sin6_addr, sizeof in6.sin6_addr);
        in6.sin6_port = htons(ds_reader_u16(r));
        return ds_addr_from_sockaddr(addr, (const struct sockaddr *)&in6, sizeof in6) == 0;
    default:
        return false;
    }
}

/* A family that is not known ends the list: how long its addresses are is not known either. */
static int
read_candidates(struct ds_offer *offer, const struct ds_tlv *tlv)
{
    struct ds_reader r;

    offer->count = 0; /* of a field that comes twice the last counts */
    ds_reader_init(&r, tlv->value, tlv->len);
    while (ds_reader_left(&r) > 0) {
        uint8_t type = ds_reader_u8(&r), set = ds_reader_u8(&r);
        struct ds_addr addr;
        bool is_known = read_addr(&addr, &r);
        if (r.failed)
            return DS_ERR_PROTOCOL;
        if (!is_known)
            return 0;
        if (type >= DS_CANDIDATE_HOST && type <= DS_CANDIDATE_MAPPED && set < DS_PUNCH_SETS)
            ds_offer_add(offer, (enum ds_candidate_type)type, set, &addr);
    }
    return 0;
}

/* What a later version has behind it is passed over. */
static int
read_salvo(struct ds_offer *offer, const struct ds_tlv *tlv)
{
    struct ds_reader r;

    ds_reader_init(&r, tlv->value, tlv->len);
    offer->salvo.base = ds_reader_u16(&r);
    offer->salvo.size = ds_reader_u16(&r);
    offer->salvo.sockets = ds_reader_u16(&r);
    return r.failed || !ds_salvo_is_sound(&offer->salvo) ? DS_ERR_PROTOCOL : 0;
}

static void
set_field(struct ds_offer *offer, uint16_t tag, uint32_t number)
{
    if (tag == TAG_GENERATION)
        offer->generation = number;
    else if (tag == TAG_NETWORK)
        offer->network = number;
    else if (tag == TAG_AIM)
        offer->aim = (uint16_t)number;
    else if (number <= DS_MAPPING_NO_NAT)
        offer->mapping = (enum ds_mapping)number;
}

static int
read_field(struct ds_offer *offer, const struct ds_tlv *tlv)
{
    uint64_t number = 0;

    if (tlv->tag == TAG_CANDIDATES)
        return read_candidates(offer, tlv);
    if (tlv->tag == TAG_SALVO)
        return read_salvo(offer, tlv);
    if (tlv->tag < TAG_GENERATION || tlv->tag > TAG_AIM)
        return 0;
    if (!ds_tlv_number(tlv, &number) || number > (tlv->tag == TAG_AIM ? UINT16_MAX : UINT32_MAX))
        return DS_ERR_PROTOCOL;
    set_field(offer, tlv->tag, (uint32_t)number);
    return 0;
}

int
ds_offer_read(struct ds_offer *offer, struct ds_reader *r)
{
    struct ds_tlv tlv;

    *offer = (struct ds_offer){0};
    while (ds_tlv_next(r, &tlv))
        if (read_field(offer, &tlv) < 0)
            return DS_ERR_PROTOCOL;
    return r->failed || offer->generation == 0 ? DS_ERR_PROTOCOL : 0;
}

/* ---- what may be dialled ---- */

static uint32_t
host_v4(const struct ds_addr *addr)
{
    return ntohl(((const struct sockaddr_in *)&addr->ss)->sin_addr.s_addr);
}

static bool
is_unicast_v4(const struct ds_addr *addr)
{
    uint32_t host = host_v4(addr);
    bool is_link_local = host >> 16 == 0xa9fe, is_loopback = host >> 24 == 127;
    return host >> 24 != 0 && host >> 28 < 0xe && !is_link_local && !is_loopback;
}

/*
 * Global unicast (2000::/3) or unique local (fc00::/7), and nothing in which an IPv4 address hides,
 * which would pass for a public one: 6to4 (2002::/16) and Teredo (2001::/32). Mapped ones and those
 * of NAT64 (64:ff9b::/96) are in neither range.
 */
static bool
is_unicast_v6(const struct ds_addr *addr)
{
    const uint8_t *host = ((const struct sockaddr_in6 *)&addr->ss)->sin6_addr.s6_addr;
    bool is_6to4 = host[0] == 0x20 && host[1] == 0x02;
    bool is_teredo = host[0] == 0x20 && host[1] == 0x01 && host[2] == 0 && host[3] == 0;
    return (host[0] & 0xfe) == 0xfc || ((host[0] & 0xe0) == 0x20 && !is_6to4 && !is_teredo);
}

/* Say whether an interface of ours leads right there, in IPv4. */
static bool
is_on_link(const struct ds_addr *addr, const struct ds_interface *interface)
{
    if (addr->ss.ss_family != AF_INET || interface->addr.ss.ss_family != AF_INET)
        return false;
    uint64_t differing = host_v4(addr) ^ host_v4(&interface->addr);
    return differing >> (32 - interface->prefix_bits) == 0;
}

/* Services inside this network are not to be met: its machines may have addresses of the world. */
static bool
is_near(const struct ds_addr *addr, const struct ds_vetting *vetting)
{
    for (size_t i = 0; i < vetting->interface_count; i++)
        if (is_on_link(addr, &vetting->interfaces[i]))
            return true;
    return ds_addr_is_inside(addr);
}

/* In IPv6 nothing tells what is near; nor does anything translate ports: they are as chosen. */
static bool
has_good_port(const struct ds_addr *addr, const struct ds_vetting *vetting)
{
    uint16_t port = ds_addr_port(addr);
    if (addr->ss.ss_family == AF_INET6 || is_near(addr, vetting))
        return port >= DS_PUNCH_PORT_MIN && port <= DS_PUNCH_PORT_MAX;
    return port >= LEAST_PORT;
}

static bool
is_unicast(const struct ds_addr *addr)
{
    return addr->ss.ss_family == AF_INET ? is_unicast_v4(addr) : is_unicast_v6(addr);
}

bool
ds_offer_is_public(const struct ds_addr *addr)
{
    return is_unicast(addr) && !ds_addr_is_inside(addr);
}

bool
ds_offer_is_ready(const struct ds_offer *offer)
{
    for (size_t i = 0; i < offer->count; i++)
        if (offer->candidates[i].type != DS_CANDIDATE_HOST)
            return true;
    return offer->mapping == DS_MAPPING_NO_NAT || (offer->network & DS_NETWORK_PROXY) != 0;
}

bool
ds_offer_is_same(const struct ds_offer *a, const struct ds_offer *b)
{
    bool is_same = a->count == b->count && a->mapping == b->mapping && a->network == b->network;

    for (size_t i = 0; is_same && i < a->count; i++)
        is_same = a->candidates[i].type == b->candidates[i].type &&
                  ds_addr_equal(&a->candidates[i].addr, &b->candidates[i].addr);
    return is_same;
}

bool
ds_offer_is_hard(const struct ds_offer *offer)
{
    return offer->mapping == DS_MAPPING_ADDRESS || offer->mapping == DS_MAPPING_ADDRESS_AND_PORT;
}

bool
ds_offer_is_easy(const struct ds_offer *offer)
{
    return offer->mapping == DS_MAPPING_INDEPENDENT || offer->mapping == DS_MAPPING_NO_NAT;
}

/* Where a router maps a port, SYNs from it may still go out by another one. */
static bool
may_be_target(const struct ds_candidate *candidate)
{
    return candidate->set == 0 && candidate->type != DS_CANDIDATE_MAPPED &&
           candidate->addr.ss.ss_family == AF_INET && ds_offer_is_public(&candidate->addr);
}

bool
ds_offer_outside(const struct ds_offer *offer, struct ds_addr *outside)
{
    for (size_t i = 0; i < offer->count; i++) {
        if (!may_be_target(&offer->candidates[i]))
            continue;
        *outside = offer->candidates[i].addr;
        return true;
    }
    return false;
}

bool
ds_offer_target(const struct ds_offer *offer, struct ds_addr *target)
{
    if (offer->aim == 0 && !ds_offer_is_easy(offer))
        return false;
    if (!ds_offer_outside(offer, target))
        return false;
    if (offer->aim != 0)
        ds_addr_set_port(target, offer->aim);
    return true;
}

static bool
is_own(const struct ds_addr *addr, const struct ds_vetting *vetting)
{
    for (size_t i = 0; i < vetting->own_count; i++)
        if (ds_addr_equal(addr, &vetting->own[i]))
            return true;
    return false;
}

static bool
is_outside(const struct ds_candidate *candidate)
{
    return candidate->type == DS_CANDIDATE_REFLEXIVE && candidate->addr.ss.ss_family == AF_INET &&
           ds_offer_is_public(&candidate->addr);
}

static bool
has_host(const struct ds_offer *offer, const struct ds_addr *addr)
{
    for (size_t i = 0; i < offer->count; i++)
        if (is_outside(&offer->candidates[i]) &&
                ds_addr_is_same_host(&offer->candidates[i].addr, addr))
            return true;
    return false;
}

bool
ds_offer_share_nat(const struct ds_offer *a, const struct ds_offer *b)
{
    for (size_t i = 0; i < b->count; i++)
        if (is_outside(&b->candidates[i]) && has_host(a, &b->candidates[i].addr))
            return true;
    return false;
}

/* Elsewhere that address is somebody else's. */
static bool
is_stray(const struct ds_offer *offer, const struct ds_candidate *candidate,
        const struct ds_vetting *vetting)
{
    if (candidate->type != DS_CANDIDATE_MAPPED || !ds_addr_is_inside(&candidate->addr) ||
            candidate->addr.ss.ss_family != AF_INET)
        return false;
    for (size_t i = 0; i < vetting->own_count; i++)
        if (has_host(offer, &vetting->own[i]))
            return false;
    return true;
}

/* A relay of one's own network may be on the other side's very machine. */
static bool
is_public_relay(const struct ds_addr *addr, const struct ds_addr *relay)
{
    return relay != NULL && relay->len != 0 && !ds_addr_is_private(relay) &&
           ds_addr_is_same_host(addr, relay);
}

static bool
may_be_dialled(const struct ds_addr *addr, const struct ds_vetting *vetting)
{
    return is_unicast(addr) && has_good_port(addr, vetting) && !is_own(addr, vetting) &&
           !is_public_relay(addr, vetting->relay);
}

/* Where the ends may be dialled all between may be: what is forbidden is below, or on one side. */
static bool
may_be_drawn(const struct ds_offer *offer, const struct ds_vetting *vetting)
{
    const struct ds_salvo *salvo = &offer->salvo;
    struct ds_addr first, last;

    if (!ds_offer_outside(offer, &first))
        return false;
    last = first;
    ds_addr_set_port(&first, salvo->base);
    ds_addr_set_port(&last, (uint16_t)(salvo->base + salvo->size - 1));
    return may_be_dialled(&first, vetting) && may_be_dialled(&last, vetting);
}

void
ds_offer_vet(struct ds_offer *offer, const struct ds_vetting *vetting)
{
    size_t kept = 0, publics = 0;
    struct ds_addr target;

    for (size_t i = 0; i < offer->count; i++) {
        const struct ds_candidate *candidate = &offer->candidates[i];
        bool is_public_v4 =
                candidate->addr.ss.ss_family == AF_INET && !ds_addr_is_inside(&candidate->addr);
        if (!may_be_dialled(&candidate->addr, vetting) || is_stray(offer, candidate, vetting) ||
                (is_public_v4 && publics == DS_CANDIDATES_PUBLIC_MAX))
            continue;
        publics += is_public_v4;
        offer->candidates[kept++] = *candidate;
    }
    offer->count = kept;
    if (offer->aim < LEAST_PORT ||
            (ds_offer_target(offer, &target) && !may_be_dialled(&target, vetting)))
        offer->aim = 0;
    if (ds_salvo_is_opened(&offer->salvo) && !may_be_drawn(offer, vetting))
        offer->salvo = (struct ds_salvo){0};
}
