/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/netlab/router/answer.h"

#include <string.h>

enum { V4_LEN = 20, V6_LEN = 40, TCP_LEN = 20, ICMP_LEN = 8, HOPS = 64, QUOTED_MAX = 128 };

static void
put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void
put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

/* Write an IP header before `len` bytes of `proto`, and say where they go. */
static uint8_t *
begin(struct nl_packet *packet, const struct nl_ip *src, const struct nl_ip *dst, uint8_t proto,
        size_t len)
{
    bool is_v4 = nl_ip_is_v4(dst);
    uint8_t *ip = packet->bytes;
    memset(packet, 0, sizeof *packet);
    packet->l4 = is_v4 ? V4_LEN : V6_LEN;
    packet->len = packet->l4 + len;
    if (!is_v4) {
        ip[0] = 0x60;
        put16(ip + 4, len);
        ip[6] = proto;
        ip[7] = HOPS;
        memcpy(ip + 8, src->b, 16);
        memcpy(ip + 24, dst->b, 16);
        return ip + V6_LEN;
    }
    ip[0] = 0x45;
    put16(ip + 2, packet->len);
    ip[6] = 0x40; /* do not fragment */
    ip[8] = HOPS;
    ip[9] = proto;
    memcpy(ip + 12, src->b + 12, 4);
    memcpy(ip + 16, dst->b + 12, 4);
    put16(ip + 10, nl_checksum(ip, V4_LEN, 0));
    return ip + V4_LEN;
}

static void
make_rst(struct nl_packet *packet, const struct nl_tuple *tuple, uint32_t seq, uint32_t ack,
        uint8_t flags)
{
    uint8_t *tcp = begin(packet, &tuple->src.ip, &tuple->dst.ip, NL_TCP, TCP_LEN);
    put16(tcp, tuple->src.port);
    put16(tcp + 2, tuple->dst.port);
    put32(tcp + 4, seq);
    put32(tcp + 8, ack);
    tcp[12] = TCP_LEN / 4 << 4;
    tcp[13] = flags;
    put16(tcp + 16, nl_checksum(tcp, TCP_LEN, nl_pseudo_sum(packet, NL_TCP, TCP_LEN)));
    (void)nl_packet_parse(packet);
}

void
nl_answer_reset(struct nl_packet *packet, const struct nl_tuple *tuple, uint32_t seq)
{
    make_rst(packet, tuple, seq, 0, NL_RST);
}

static void
refuse(struct nl_packet *answer, const struct nl_packet *packet)
{
    struct nl_tuple back = {.src = packet->now.dst, .dst = packet->now.src};
    if (packet->flags & NL_ACK) {
        make_rst(answer, &back, nl_packet_tcp_number(packet, 8), 0, NL_RST);
        return;
    }
    uint32_t len =
            packet->payload + ((packet->flags & NL_SYN) != 0) + ((packet->flags & NL_FIN) != 0);
    make_rst(answer, &back, 0, nl_packet_tcp_number(packet, 4) + len, NL_RST | NL_ACK);
}

/* Type and code: of ICMP, of ICMPv6. */
static const uint8_t types[][4] = {
        [NL_ANSWER_RST] = {3, 3, 1, 4},
        [NL_ANSWER_ICMP_PORT] = {3, 3, 1, 4},
        [NL_ANSWER_ICMP_HOST] = {3, 1, 1, 3},
        [NL_ANSWER_ICMP_ADMIN] = {3, 13, 1, 1},
        [NL_ANSWER_ICMP_TIME] = {11, 0, 3, 0},
};

static void
complain(struct nl_packet *answer, const struct nl_packet *packet, enum nl_answer what,
        const struct nl_ip *from)
{
    bool is_v4 = nl_ip_is_v4(from);
    size_t quoted = packet->len < QUOTED_MAX ? packet->len : QUOTED_MAX, len = ICMP_LEN + quoted;
    uint8_t proto = is_v4 ? NL_ICMP : NL_ICMP6;
    uint8_t *icmp = begin(answer, from, &packet->now.src.ip, proto, len);
    icmp[0] = types[what][is_v4 ? 0 : 2];
    icmp[1] = types[what][is_v4 ? 1 : 3];
    memcpy(icmp + ICMP_LEN, packet->bytes, quoted);
    put16(icmp + 2, nl_checksum(icmp, len, is_v4 ? 0 : nl_pseudo_sum(answer, proto, len)));
    (void)nl_packet_parse(answer);
}

bool
nl_answer_make(struct nl_packet *answer, const struct nl_packet *packet, enum nl_answer what,
        const struct nl_ip *router)
{
    if (what == NL_ANSWER_DROP || packet->is_error)
        return false;
    if (what == NL_ANSWER_RST && packet->proto == NL_TCP) {
        if (packet->flags & NL_RST)
            return false;
        refuse(answer, packet);
        return true;
    }
    bool as_target = what == NL_ANSWER_RST || what == NL_ANSWER_ICMP_PORT;
    complain(answer, packet, what, as_target ? &packet->now.dst.ip : router);
    return true;
}
