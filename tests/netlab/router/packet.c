/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/netlab/router/packet.h"

#include <string.h>

enum { V4_MIN = 20, V6_LEN = 40, TCP_MIN = 20, UDP_LEN = 8, ICMP_LEN = 8 };
enum { TCP_SUM = 16, UDP_SUM = 6, ICMP_SUM = 2, V4_SUM = 10, V4_SRC = 12, V6_SRC = 8 };

/* An IP header somewhere in the bytes: the packet's own, or one that an ICMP error quotes. */
struct place {
    uint8_t *ip, *l4, *end;
    bool is_v4;
    uint8_t proto; /* as the header has it */
};

static uint16_t
get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static void
put16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static uint16_t
fold(uint32_t sum)
{
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

static uint32_t
sum_of(const uint8_t *bytes, size_t len, uint32_t sum)
{
    for (; len >= 2; len -= 2, bytes += 2)
        sum += get16(bytes);
    return len == 1 ? sum + (uint32_t)(bytes[0] << 8) : sum;
}

uint16_t
nl_checksum(const uint8_t *bytes, size_t len, uint32_t start)
{
    return (uint16_t)~fold(sum_of(bytes, len, start));
}

uint32_t
nl_pseudo_sum(const struct nl_packet *packet, uint8_t proto, size_t len)
{
    bool is_v4 = packet->bytes[0] >> 4 == 4;
    const uint8_t *addresses = packet->bytes + (is_v4 ? V4_SRC : V6_SRC);
    return sum_of(addresses, is_v4 ? 8 : 32, (uint32_t)len + proto);
}

static bool
find_v4(struct place *place)
{
    size_t room = (size_t)(place->end - place->ip), head = (place->ip[0] & 0xf) * 4U;
    if (room < V4_MIN || head < V4_MIN || head > room)
        return false;
    place->proto = place->ip[9];
    place->l4 = place->ip + head;
    return (get16(place->ip + 6) & 0x3fff) == 0; /* no fragment */
}

static bool
find_v6(struct place *place)
{
    if (place->end - place->ip < V6_LEN)
        return false;
    place->proto = place->ip[6];
    place->l4 = place->ip + V6_LEN;
    return true;
}

/* Find the headers of the packet that begins at `ip`. */
static bool
find(struct place *place, uint8_t *ip, uint8_t *end)
{
    *place = (struct place){.ip = ip, .end = end};
    if (ip >= end)
        return false;
    place->is_v4 = ip[0] >> 4 == 4;
    return place->is_v4 ? find_v4(place) : ip[0] >> 4 == 6 && find_v6(place);
}

static struct nl_ip
address(const struct place *place, bool is_src)
{
    if (place->is_v4)
        return nl_ip_of_v4(place->ip + V4_SRC + (is_src ? 0 : 4));
    return nl_ip_of_v6(place->ip + V6_SRC + (is_src ? 0 : 16));
}

static bool
is_icmp(const struct place *place)
{
    return place->proto == (place->is_v4 ? NL_ICMP : NL_ICMP6);
}

static bool
is_echo_request(const struct place *place)
{
    return place->l4[0] == (place->is_v4 ? 8 : 128);
}

static bool
is_echo(const struct place *place)
{
    return is_echo_request(place) || place->l4[0] == (place->is_v4 ? 0 : 129);
}

/* Where the port of one side stands; NULL where the transport has none or its header is cut. */
static uint8_t *
port_at(const struct place *place, bool is_src)
{
    if (place->end - place->l4 < 8)
        return NULL;
    if (place->proto == NL_TCP || place->proto == NL_UDP)
        return place->l4 + (is_src ? 0 : 2);
    if (is_icmp(place) && is_echo(place) && is_echo_request(place) == is_src)
        return place->l4 + 4;
    return NULL;
}

static struct nl_end
end_of(const struct place *place, bool is_src)
{
    const uint8_t *port = port_at(place, is_src);
    return (struct nl_end){.ip = address(place, is_src), .port = port != NULL ? get16(port) : 0};
}

/* Where the transport's checksum stands; NULL where there is none. */
static uint8_t *
sum_at(const struct place *place)
{
    size_t offset;
    if (place->proto == NL_TCP)
        offset = TCP_SUM;
    else if (place->proto == NL_UDP)
        offset = UDP_SUM;
    else if (is_icmp(place))
        offset = ICMP_SUM;
    else
        return NULL;
    if ((size_t)(place->end - place->l4) < offset + 2)
        return NULL; /* cut off in a quotation */
    uint8_t *sum = place->l4 + offset;
    return place->proto == NL_UDP && get16(sum) == 0 ? NULL : sum;
}

/* Mend a checksum after some even number of bytes changed. Source: RFC 1624, equation 3. */
static void
mend(uint8_t *sum, const uint8_t *before, const uint8_t *after, size_t len)
{
    uint32_t total = (uint16_t)~get16(sum);
    for (size_t i = 0; i < len; i += 2)
        total += (uint32_t)(uint16_t)~get16(before + i) + get16(after + i);
    put16(sum, (uint16_t)~fold(total));
}

/* Put an end into the headers of a place and mend the checksums there. */
static void
set_end(struct place *place, bool is_src, const struct nl_end *end)
{
    size_t size = place->is_v4 ? 4 : 16;
    uint8_t *ip = place->ip + (place->is_v4 ? V4_SRC : V6_SRC) + (is_src ? 0 : size);
    uint8_t before[18], after[18], *port = port_at(place, is_src), *sum = sum_at(place);
    memcpy(before, ip, size);
    memcpy(after, end->ip.b + 16 - size, size);
    memcpy(ip, after, size);
    if (place->is_v4)
        mend(place->ip + V4_SUM, before, after, size);
    if (sum != NULL && !(is_icmp(place) && place->is_v4)) /* ICMP has no pseudo header */
        mend(sum, before, after, size);
    if (port != NULL) {
        memcpy(before, port, 2);
        put16(port, end->port);
        if (sum != NULL)
            mend(sum, before, port, 2);
    }
    if (place->proto == NL_UDP && sum != NULL && get16(sum) == 0)
        put16(sum, 0xffff); /* 0 says that there is no checksum: RFC 768 */
}

/* Errors are the types that quote a packet: RFC 792 and 4443. */
static bool
is_error(const struct place *place)
{
    uint8_t type = place->l4[0];
    return place->is_v4 ? type == 3 || type == 11 || type == 12 : type >= 1 && type <= 4;
}

static bool
parse_icmp(struct nl_packet *packet, const struct place *place)
{
    struct place quoted;
    packet->proto = NL_ICMP;
    if (place->end - place->l4 < ICMP_LEN)
        return false;
    packet->is_error = is_error(place);
    if (!packet->is_error)
        return true;
    if (!find(&quoted, place->l4 + ICMP_LEN, place->end))
        return false;
    packet->quoted_proto = is_icmp(&quoted) ? NL_ICMP : quoted.proto;
    packet->quoted.src = end_of(&quoted, true);
    packet->quoted.dst = end_of(&quoted, false);
    return true;
}

static bool
parse_tcp(struct nl_packet *packet, const struct place *place)
{
    size_t room = (size_t)(place->end - place->l4);
    size_t head = room < TCP_MIN ? 0 : (place->l4[12] >> 4) * 4U;
    if (head < TCP_MIN || head > room)
        return false;
    packet->flags = place->l4[13] & 0x3f;
    packet->payload = (uint32_t)(room - head);
    return true;
}

bool
nl_packet_parse(struct nl_packet *packet)
{
    struct place place;
    packet->flags = 0;
    packet->payload = 0;
    packet->is_error = false;
    if (!find(&place, packet->bytes, packet->bytes + packet->len))
        return false;
    packet->l4 = (size_t)(place.l4 - packet->bytes);
    packet->proto = place.proto;
    packet->now.src = end_of(&place, true);
    packet->now.dst = end_of(&place, false);
    if (is_icmp(&place))
        return parse_icmp(packet, &place);
    if (place.proto == NL_TCP)
        return parse_tcp(packet, &place);
    if (place.proto == NL_UDP && place.end - place.l4 < UDP_LEN)
        return false;
    if (place.proto == NL_UDP)
        packet->payload = (uint32_t)(place.end - place.l4 - UDP_LEN);
    return true;
}

bool
nl_packet_is_echo(const struct nl_packet *packet)
{
    uint8_t type = packet->bytes[packet->l4];
    bool is_v4 = packet->bytes[0] >> 4 == 4;
    return packet->proto == NL_ICMP && (is_v4 ? type == 0 || type == 8 : type / 2 == 64);
}

bool
nl_packet_is_syn(const struct nl_packet *packet)
{
    return packet->proto == NL_TCP && (packet->flags & (NL_SYN | NL_ACK)) == NL_SYN;
}

uint32_t
nl_packet_tcp_number(const struct nl_packet *packet, size_t offset)
{
    const uint8_t *at = packet->bytes + packet->l4 + offset;
    return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static void
set_own(struct nl_packet *packet, bool is_src, const struct nl_end *end)
{
    struct place place;
    if (!find(&place, packet->bytes, packet->bytes + packet->len))
        return;
    set_end(&place, is_src, end);
    *(is_src ? &packet->now.src : &packet->now.dst) = end_of(&place, is_src);
}

void
nl_packet_set_src(struct nl_packet *packet, const struct nl_end *src)
{
    set_own(packet, true, src);
}

void
nl_packet_set_dst(struct nl_packet *packet, const struct nl_end *dst)
{
    set_own(packet, false, dst);
}

static void
set_quoted(struct nl_packet *packet, bool is_src, const struct nl_end *end)
{
    struct place place;
    uint8_t *icmp = packet->bytes + packet->l4, *bytes_end = packet->bytes + packet->len;
    if (!find(&place, icmp + ICMP_LEN, bytes_end))
        return;
    set_end(&place, is_src, end);
    *(is_src ? &packet->quoted.src : &packet->quoted.dst) = end_of(&place, is_src);
    bool is_v4 = packet->bytes[0] >> 4 == 4;
    size_t len = packet->len - packet->l4;
    put16(icmp + ICMP_SUM, 0);
    put16(icmp + ICMP_SUM,
            nl_checksum(icmp, len, is_v4 ? 0 : nl_pseudo_sum(packet, NL_ICMP6, len)));
}

void
nl_packet_set_quoted_src(struct nl_packet *packet, const struct nl_end *src)
{
    set_quoted(packet, true, src);
}

void
nl_packet_set_quoted_dst(struct nl_packet *packet, const struct nl_end *dst)
{
    set_quoted(packet, false, dst);
}

bool
nl_packet_hop(struct nl_packet *packet)
{
    if (packet->bytes[0] >> 4 == 6)
        return --packet->bytes[7] > 0;
    uint8_t before[2] = {packet->bytes[8], packet->bytes[9]};
    packet->bytes[8]--;
    mend(packet->bytes + V4_SUM, before, packet->bytes + 8, 2);
    return packet->bytes[8] > 0;
}
