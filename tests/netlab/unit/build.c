/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/netlab/unit/build.h"

#include <glib.h>
#include <string.h>

enum { V4_LEN = 20, V6_LEN = 40, PAYLOAD = 5 };

struct nl_end
build_end(const char *text)
{
    struct nl_end end;
    g_assert_true(nl_end_parse(text, &end));
    return end;
}

struct nl_ip
build_ip(const char *text)
{
    struct nl_ip ip;
    g_assert_true(nl_ip_parse(text, &ip));
    return ip;
}

static void
put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* Write the IP header and the payload; return where the header of `len` bytes between them begins.
 */
static uint8_t *
begin(struct nl_packet *packet, const struct nl_end *src, const struct nl_end *dst, uint8_t proto,
        size_t len)
{
    bool is_v4 = nl_ip_is_v4(&src->ip);
    uint8_t *ip = packet->bytes;
    memset(packet, 0, sizeof *packet);
    packet->l4 = is_v4 ? V4_LEN : V6_LEN;
    packet->len = packet->l4 + len + PAYLOAD;
    memcpy(ip + packet->l4 + len, "hello", PAYLOAD);
    if (!is_v4) {
        ip[0] = 0x60;
        put16(ip + 4, len + PAYLOAD);
        ip[6] = proto;
        ip[7] = 64;
        memcpy(ip + 8, src->ip.b, 16);
        memcpy(ip + 24, dst->ip.b, 16);
        return ip + V6_LEN;
    }
    ip[0] = 0x45;
    put16(ip + 2, packet->len);
    ip[8] = 64;
    ip[9] = proto;
    memcpy(ip + 12, src->ip.b + 12, 4);
    memcpy(ip + 16, dst->ip.b + 12, 4);
    put16(ip + 10, nl_checksum(ip, V4_LEN, 0));
    return ip + V4_LEN;
}

/* The checksum over all behind the IP header; 0 where the one in the packet is good. */
static uint16_t
sum(const struct nl_packet *packet, uint8_t proto)
{
    size_t len = packet->len - packet->l4;
    uint32_t start = proto == NL_ICMP ? 0 : nl_pseudo_sum(packet, proto, len);
    return nl_checksum(packet->bytes + packet->l4, len, start);
}

void
build_tcp(struct nl_packet *packet, const char *src, const char *dst, uint8_t flags)
{
    struct nl_end from = build_end(src), to = build_end(dst);
    uint8_t *tcp = begin(packet, &from, &to, NL_TCP, 20);
    put16(tcp, from.port);
    put16(tcp + 2, to.port);
    put16(tcp + 6, 1000);  /* SEQ */
    put16(tcp + 10, 2000); /* ACK */
    tcp[12] = 0x50;
    tcp[13] = flags;
    put16(tcp + 16, sum(packet, NL_TCP));
    g_assert_true(nl_packet_parse(packet));
}

void
build_udp(struct nl_packet *packet, const char *src, const char *dst)
{
    struct nl_end from = build_end(src), to = build_end(dst);
    uint8_t *udp = begin(packet, &from, &to, NL_UDP, 8);
    put16(udp, from.port);
    put16(udp + 2, to.port);
    put16(udp + 4, 8 + PAYLOAD);
    put16(udp + 6, sum(packet, NL_UDP));
    g_assert_true(nl_packet_parse(packet));
}

void
build_echo(struct nl_packet *packet, const char *src, const char *dst)
{
    struct nl_end from = build_end(src), to = build_end(dst);
    uint8_t *icmp = begin(packet, &from, &to, NL_ICMP, 8);
    icmp[0] = 8;
    put16(icmp + 4, from.port);
    put16(icmp + 2, sum(packet, NL_ICMP));
    g_assert_true(nl_packet_parse(packet));
}

void
build_check_sums(const struct nl_packet *packet)
{
    if (packet->bytes[0] >> 4 == 4)
        g_assert_cmpint(nl_checksum(packet->bytes, V4_LEN, 0), ==, 0);
    g_assert_cmpint(sum(packet, packet->proto), ==, 0);
}
