/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The router's packets: read, rewritten, answered. */
#include <glib.h>
#include <string.h>

#include "tests/netlab/router/answer.h"
#include "tests/netlab/unit/build.h"

static const char inside[] = "10.0.1.2:20000", outside[] = "198.51.100.1:4711",
                  remote[] = "203.0.113.5:443", inside6[] = "[2001:db8:1::2]:20000",
                  outside6[] = "[2001:db8:2::2]:4711", remote6[] = "[2001:db8:3::5]:443";

static void
check_end(const struct nl_end *end, const char *wanted)
{
    char text[NL_END_TEXT];
    size_t len = nl_end_format(end, text);
    g_assert_cmpstr(text, ==, wanted);
    g_assert_cmpuint(len, ==, strlen(wanted));
}

/* The example of RFC 1071, section 3, and a header that is known from elsewhere. */
static void
test_checksum(void)
{
    static const uint8_t example[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    static const uint8_t header[] = {0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
            0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7};
    g_assert_cmphex(nl_checksum(example, sizeof example, 0), ==, 0x220d);
    g_assert_cmphex(nl_checksum(header, sizeof header, 0), ==, 0);
    g_assert_cmphex(nl_checksum(example, 3, 0), ==, (uint16_t) ~(0x0001 + 0xf200));
}

static void
test_texts(void)
{
    struct nl_end end;
    struct nl_prefix prefix;
    struct nl_ip in = build_ip("10.0.1.77"), out = build_ip("10.0.2.77");
    check_end(&(struct nl_end){.ip = in, .port = 0}, "10.0.1.77:0");
    g_assert_true(nl_end_parse(remote6, &end));
    check_end(&end, remote6);
    static const char *const bad[] = {"", ":", "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "1.2.3:1",
            "1.2.3.4:1x", "1.2.3.4:-1", "[1.2.3.4:1"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(nl_end_parse(bad[i], &end));
    g_assert_true(nl_prefix_parse("10.0.1.0/24", &prefix));
    g_assert_true(nl_prefix_has(&prefix, &in));
    g_assert_false(nl_prefix_has(&prefix, &out));
    g_assert_true(nl_prefix_parse("10.0.0.0/14", &prefix));
    g_assert_true(nl_prefix_has(&prefix, &out));
    g_assert_true(nl_prefix_parse("10.0.1.77", &prefix));
    g_assert_true(nl_prefix_has(&prefix, &in));
    g_assert_false(nl_prefix_parse("10.0.1.0/33", &prefix));
}

/* Rewrite both ends there and back: every checksum is good, and in the end all is as it was. */
static void
check_rewrite(struct nl_packet *packet, const char *to_src, const char *to_dst)
{
    struct nl_packet before = *packet;
    struct nl_end src = build_end(to_src), dst = build_end(to_dst);
    build_check_sums(packet);
    nl_packet_set_src(packet, &src);
    build_check_sums(packet);
    check_end(&packet->now.src, to_src);
    if (packet->proto != NL_ICMP) {
        nl_packet_set_dst(packet, &dst);
        build_check_sums(packet);
        check_end(&packet->now.dst, to_dst);
        nl_packet_set_dst(packet, &before.now.dst);
    }
    g_assert_cmpint(memcmp(packet->bytes, before.bytes, packet->len), !=, 0);
    nl_packet_set_src(packet, &before.now.src);
    g_assert_cmpmem(packet->bytes, packet->len, before.bytes, before.len);
}

static void
test_rewrite(void)
{
    struct nl_packet packet;
    build_tcp(&packet, inside, remote, NL_SYN);
    check_rewrite(&packet, outside, "203.0.113.6:80");
    build_udp(&packet, inside, remote);
    check_rewrite(&packet, outside, "203.0.113.6:80");
    build_echo(&packet, "10.0.1.2:7", "203.0.113.5:0");
    check_rewrite(&packet, "198.51.100.1:900", "203.0.113.5:0");
    build_tcp(&packet, inside6, remote6, NL_ACK);
    check_rewrite(&packet, outside6, "[2001:db8:9::9]:80");
    build_udp(&packet, inside6, remote6);
    check_rewrite(&packet, outside6, "[2001:db8:9::9]:80");
}

/* A bad checksum stays bad, for it is the host's kernel that has to find it. */
static void
test_rewrite_bad(void)
{
    struct nl_packet packet;
    struct nl_end src = build_end(outside);
    build_tcp(&packet, inside, remote, NL_SYN);
    packet.bytes[packet.len - 1] ^= 1;
    nl_packet_set_src(&packet, &src);
    packet.bytes[packet.len - 1] ^= 1;
    build_check_sums(&packet);
}

/* UDP over IPv4 may go without a checksum: RFC 768. */
static void
test_rewrite_none(void)
{
    struct nl_packet packet;
    struct nl_end src = build_end(outside);
    build_udp(&packet, inside, remote);
    packet.bytes[packet.l4 + 6] = packet.bytes[packet.l4 + 7] = 0;
    nl_packet_set_src(&packet, &src);
    g_assert_cmphex(packet.bytes[packet.l4 + 6], ==, 0);
    g_assert_cmphex(packet.bytes[packet.l4 + 7], ==, 0);
}

/* ... and so none may become 0 by a rewrite. */
static void
test_rewrite_zero(void)
{
    struct nl_packet packet;
    struct nl_end src = build_end(outside);
    build_udp(&packet, inside, remote);
    for (int port = 1; port <= UINT16_MAX; port++) {
        src.port = (uint16_t)port;
        nl_packet_set_src(&packet, &src);
        g_assert_cmpint(packet.bytes[packet.l4 + 6] | packet.bytes[packet.l4 + 7], !=, 0);
    }
    build_check_sums(&packet);
}

static void
test_parse(void)
{
    struct nl_packet packet;
    build_tcp(&packet, inside, remote, NL_SYN | NL_ACK);
    g_assert_cmpint(packet.proto, ==, NL_TCP);
    g_assert_cmpint(packet.flags, ==, NL_SYN | NL_ACK);
    g_assert_cmpuint(packet.payload, ==, 5);
    g_assert_cmpuint(nl_packet_tcp_number(&packet, 4), ==, 1000);
    g_assert_false(nl_packet_is_syn(&packet));
    check_end(&packet.now.src, inside);
    check_end(&packet.now.dst, remote);
    size_t whole = packet.len;
    for (packet.len = 0; packet.len < whole - 5; packet.len++)
        g_assert_false(nl_packet_parse(&packet));
    packet.len = whole;
    packet.bytes[packet.l4 + 12] = 0x40; /* a header of 16 bytes */
    g_assert_false(nl_packet_parse(&packet));
    packet.bytes[packet.l4 + 12] = 0xf0; /* of 60 */
    g_assert_false(nl_packet_parse(&packet));
    packet.bytes[packet.l4 + 12] = 0x50;
    packet.bytes[6] = 0x20; /* more fragments */
    g_assert_false(nl_packet_parse(&packet));
    packet.bytes[6] = 0;
    packet.bytes[0] = 0x44; /* an IP header of 16 bytes */
    g_assert_false(nl_packet_parse(&packet));
    packet.bytes[0] = 0x55;
    g_assert_false(nl_packet_parse(&packet));
}

static void
test_hop(void)
{
    struct nl_packet packet;
    build_tcp(&packet, inside, remote, NL_SYN);
    for (int i = 63; i > 0; i--) {
        g_assert_true(nl_packet_hop(&packet));
        build_check_sums(&packet);
    }
    g_assert_false(nl_packet_hop(&packet));
    build_tcp(&packet, inside6, remote6, NL_SYN);
    packet.bytes[7] = 1;
    g_assert_false(nl_packet_hop(&packet));
}

/* RFC 9293, section 3.5.2. */
static void
test_rst(void)
{
    struct nl_packet packet, answer;
    struct nl_ip router = build_ip("198.51.100.1");
    build_tcp(&packet, remote, outside, NL_SYN);
    g_assert_true(nl_answer_make(&answer, &packet, NL_ANSWER_RST, &router));
    build_check_sums(&answer);
    g_assert_cmpint(answer.flags, ==, NL_RST | NL_ACK);
    g_assert_cmpuint(nl_packet_tcp_number(&answer, 4), ==, 0);
    g_assert_cmpuint(nl_packet_tcp_number(&answer, 8), ==, 1000 + 5 + 1);
    check_end(&answer.now.src, outside);
    check_end(&answer.now.dst, remote);
    build_tcp(&packet, remote, outside, NL_ACK);
    g_assert_true(nl_answer_make(&answer, &packet, NL_ANSWER_RST, &router));
    g_assert_cmpint(answer.flags, ==, NL_RST);
    g_assert_cmpuint(nl_packet_tcp_number(&answer, 4), ==, 2000);
    build_tcp(&packet, remote6, outside6, NL_ACK);
    g_assert_true(nl_answer_make(&answer, &packet, NL_ANSWER_RST, &packet.now.dst.ip));
    build_check_sums(&answer);
    build_tcp(&packet, remote, outside, NL_RST);
    g_assert_false(nl_answer_make(&answer, &packet, NL_ANSWER_RST, &router));
    build_tcp(&packet, remote, outside, NL_SYN);
    g_assert_false(nl_answer_make(&answer, &packet, NL_ANSWER_DROP, &router));
}

static void
check_icmp(
        const char *src, const char *dst, enum nl_answer what, int type, int code, const char *from)
{
    struct nl_packet packet, answer, again;
    struct nl_ip router = build_ip(from);
    build_tcp(&packet, src, dst, NL_SYN);
    g_assert_true(nl_answer_make(&answer, &packet, what, &router));
    g_assert_cmpint(answer.bytes[answer.l4], ==, type);
    g_assert_cmpint(answer.bytes[answer.l4 + 1], ==, code);
    g_assert_true(answer.is_error);
    g_assert_cmpint(answer.quoted_proto, ==, NL_TCP);
    check_end(&answer.quoted.src, src);
    check_end(&answer.quoted.dst, dst);
    g_assert_false(nl_answer_make(&again, &answer, what, &router)); /* no error about an error */
    if (nl_ip_is_v4(&router))
        build_check_sums(&answer);
    else
        g_assert_cmphex(nl_checksum(answer.bytes + answer.l4, answer.len - answer.l4,
                                nl_pseudo_sum(&answer, NL_ICMP6, answer.len - answer.l4)),
                ==, 0);
}

static void
test_icmp(void)
{
    static const char router[] = "198.51.100.1", router6[] = "2001:db8:2::1";
    check_icmp(remote, outside, NL_ANSWER_ICMP_PORT, 3, 3, router);
    check_icmp(remote, outside, NL_ANSWER_ICMP_HOST, 3, 1, router);
    check_icmp(remote, outside, NL_ANSWER_ICMP_ADMIN, 3, 13, router);
    check_icmp(remote, outside, NL_ANSWER_ICMP_TIME, 11, 0, router);
    check_icmp(remote6, outside6, NL_ANSWER_ICMP_PORT, 1, 4, router6);
    check_icmp(remote6, outside6, NL_ANSWER_ICMP_HOST, 1, 3, router6);
    check_icmp(remote6, outside6, NL_ANSWER_ICMP_ADMIN, 1, 1, router6);
    check_icmp(remote6, outside6, NL_ANSWER_ICMP_TIME, 3, 0, router6);
}

/* What an error quotes is translated too, with its own checksums: RFC 5508, REQ-4. */
static void
test_quoted(void)
{
    struct nl_packet packet, answer;
    struct nl_ip router = build_ip("203.0.113.5");
    struct nl_end to = build_end(inside), from = build_end("203.0.113.9:8080");
    build_tcp(&packet, outside, remote, NL_SYN);
    g_assert_true(nl_answer_make(&answer, &packet, NL_ANSWER_ICMP_PORT, &router));
    nl_packet_set_quoted_src(&answer, &to);
    nl_packet_set_quoted_dst(&answer, &from);
    build_check_sums(&answer);
    g_assert_true(nl_packet_parse(&answer));
    check_end(&answer.quoted.src, inside);
    check_end(&answer.quoted.dst, "203.0.113.9:8080");
    struct nl_packet quoted = {.len = answer.len - answer.l4 - 8};
    memcpy(quoted.bytes, answer.bytes + answer.l4 + 8, quoted.len);
    g_assert_true(nl_packet_parse(&quoted));
    build_check_sums(&quoted);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/checksum", test_checksum);
    g_test_add_func("/packet/texts", test_texts);
    g_test_add_func("/packet/rewrite", test_rewrite);
    g_test_add_func("/packet/rewrite/bad", test_rewrite_bad);
    g_test_add_func("/packet/rewrite/none", test_rewrite_none);
    g_test_add_func("/packet/rewrite/zero", test_rewrite_zero);
    g_test_add_func("/packet/parse", test_parse);
    g_test_add_func("/packet/hop", test_hop);
    g_test_add_func("/packet/rst", test_rst);
    g_test_add_func("/packet/icmp", test_icmp);
    g_test_add_func("/packet/quoted", test_quoted);
    return g_test_run();
}
