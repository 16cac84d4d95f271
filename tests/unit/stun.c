/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include <glib.h>

#include "net/wire/stun.h"
#include "tests/unit/addr.h"
#include "tests/unit/hex.h"

#define ID "b7e7a701bc34d686fa87dfae"
#define HEADER(type, len) type len "2112a442" ID

/* RFC 5769, 2.1 to 2.3. */
static const char sample_request[] =
        HEADER("0001", "0058") "802200105354554e207465737420636c69656e74"
                               "002400046e0001ff"
                               "80290008932ff9b151263b36"
                               "000600096576746a3a68367659202020"
                               "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
                               "80280004e57a3bcf";
static const char sample_v4[] =
        HEADER("0101", "003c") "8022000b7465737420766563746f7220"
                               "002000080001a147e112a643"
                               "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
                               "80280004c07d4c96";
static const char sample_v6[] =
        HEADER("0101", "0048") "8022000b7465737420766563746f7220"
                               "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
                               "00080014a382954e4be67bf11784c97c8292c275bfe3ed41"
                               "80280004c8fb0b4c";

/* Parses hex; what is all taken gives 0, else what ds_stun_parse() answered. */
static int
parse(struct ds_stun *message, const char *hex)
{
    guint8 data[2 * DS_STUN_MAX];
    gsize len = from_hex(data, sizeof data, hex);
    int n = ds_stun_parse(message, data, len);
    return n == (int)len && n > 0 ? 0 : n == 0 ? DS_ERR_AGAIN : n;
}

static void
test_samples(void)
{
    struct ds_stun message;

    g_assert_cmpint(parse(&message, sample_request), ==, 0);
    g_assert_cmpint(message.type, ==, DS_STUN_REQUEST);
    assert_hex(message.id, sizeof message.id, ID);
    g_assert_cmpuint(message.unknown_count, ==, 1);
    g_assert_cmphex(message.unknown[0], ==, 0x0024); /* PRIORITY, which is ICE's */
    assert_addr(&message.mapped, "");

    g_assert_cmpint(parse(&message, sample_v4), ==, 0);
    g_assert_cmpint(message.type, ==, DS_STUN_RESPONSE);
    g_assert_cmpuint(message.unknown_count, ==, 0);
    assert_addr(&message.mapped, "192.0.2.1:32853");

    g_assert_cmpint(parse(&message, sample_v6), ==, 0);
    assert_addr(&message.mapped, "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
}

/* Each cut wants more; each changed bit of the type, the id and the fingerprint is found. */
static void
test_cut_and_changed(void)
{
    const char *const samples[] = {sample_request, sample_v4, sample_v6};
    struct ds_stun message;
    for (gsize i = 0; i < G_N_ELEMENTS(samples); i++) {
        guint8 data[DS_STUN_MAX];
        gsize len = from_hex(data, sizeof data, samples[i]);
        for (gsize n = 0; n < len; n++) {
            g_autofree guint8 *cut = g_memdup2(data, n); /* its end is the end of the memory */
            g_assert_cmpint(ds_stun_parse(&message, cut, n), ==, 0);
        }
        for (gsize bit = 0; bit < 8 * len; bit++) {
            gsize at = bit / 8;
            if (at != 1 && (at < 8 || at >= DS_STUN_HEADER) && at < len - 4)
                continue; /* an attribute whose type or length changes may hide FINGERPRINT */
            data[at] ^= (guint8)(1 << bit % 8);
            g_assert_cmpint(ds_stun_parse(&message, data, len), ==, DS_ERR_PROTOCOL);
            data[at] ^= (guint8)(1 << bit % 8);
        }
    }
}

static void
test_wrong_headers(void)
{
    struct ds_stun message;
    g_assert_cmpint(parse(&message, HEADER("0001", "0000")), ==, 0);
    g_assert_cmpint(parse(&message, HEADER("0011", "0000")), ==, 0);
    g_assert_cmpint(parse(&message, HEADER("0003", "0000")), ==, DS_ERR_PROTOCOL); /* Allocate */
    g_assert_cmpint(parse(&message, HEADER("4001", "0000")), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(parse(&message, HEADER("8001", "0000")), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(parse(&message, HEADER("0001", "0002") "0000"), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(parse(&message, "00010000"
                                    "2112a443" ID),
            ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(parse(&message, HEADER("0001", "0210")), ==, DS_ERR_AGAIN); /* 548 in all */
    g_assert_cmpint(parse(&message, HEADER("0001", "0214")), ==, DS_ERR_TOO_BIG);
    g_assert_cmpint(parse(&message, HEADER("0001", "fffc")), ==, DS_ERR_TOO_BIG);
}

static void
test_wrong_attributes(void)
{
    static const char *const wrong[] = {
            HEADER("0101", "0004") "00010008",                 /* longer than the message */
            HEADER("0101", "0008") "0001000400011234",         /* an address without its host */
            HEADER("0101", "000c") "0001000800031234c0000201", /* of no family */
            HEADER("0101", "000c") "0001000800021234c0000201", /* IPv6 with four bytes */
            HEADER("0101", "0010") "0001000c00011234c000020100000000", /* and one with more */
            HEADER("0101", "0008") "000100000000ffff", /* an empty one, and what is cut */
            HEADER("0001", "0008") "0003000300000006", /* CHANGE-REQUEST of three bytes */
            HEADER("0111", "0008") "0009000400000200", /* ERROR-CODE 200 */
            HEADER("0111", "0008") "0009000400000464", /* and 500 as 4 * 100 + 100 */
            HEADER("0001", "0008") "8028000400000000", /* FINGERPRINT of something else */
            HEADER("0001", "0008") "8028000200000000", /* and of two bytes */
            HEADER("0001", "0008") "00240005"
                                   "01020304", /* padding that is not there */
    };
    struct ds_stun message;
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        if (parse(&message, wrong[i]) != DS_ERR_PROTOCOL)
            g_error("taken: %s", wrong[i]);
}

/* What is first counts, what stands behind MESSAGE-INTEGRITY does not, XOR goes before plain. */
static void
test_order(void)
{
    struct ds_stun message;
    const char *twice = HEADER("0101", "0018") "0001000800010050c0000201"
                                               "0001000800010051c0000202";
    const char *mixed = HEADER("0101", "0018") "0001000800010050c0000201"
                                               "002000080001a147e112a643";
    const char *behind = HEADER("0101", "0028") "0001000800010050c0000201"
                                                "00080014000000000000000000000000000000000000"
                                                "0000"
                                                "00240000";
    g_assert_cmpint(parse(&message, twice), ==, 0);
    assert_addr(&message.mapped, "192.0.2.1:80");
    g_assert_cmpint(parse(&message, mixed), ==, 0);
    assert_addr(&message.mapped, "192.0.2.1:32853");
    g_assert_cmpint(parse(&message, behind), ==, 0);
    g_assert_cmpuint(message.unknown_count, ==, 0);
}

static void
test_unknown(void)
{
    struct ds_stun message;
    g_autoptr(GString) hex = g_string_new(NULL);
    g_string_append_printf(hex, "0001%04x2112a442" ID, 12 * 4);
    for (int i = 0; i < 12; i++)
        g_string_append_printf(hex, "%04x0000", i < 10 ? 0x7000 + i : 0xc000 + i);
    g_assert_cmpint(parse(&message, hex->str), ==, 0);
    g_assert_cmpuint(message.unknown_count, ==, 10);
    g_assert_cmphex(message.unknown[DS_STUN_UNKNOWN_MAX - 1], ==, 0x7007);
}

/* ---- writing ---- */

static int
write_and_parse(struct ds_stun *message)
{
    guint8 data[DS_STUN_MAX];
    int len = ds_stun_write(message, data);
    if (len < 0)
        return len;
    g_assert_cmpint(ds_stun_parse(message, data, (gsize)len), ==, len);
    return len;
}

static void
test_request_bytes(void)
{
    struct ds_stun request = {.type = DS_STUN_REQUEST};
    guint8 data[DS_STUN_MAX];
    from_hex(request.id, sizeof request.id, ID);
    int len = ds_stun_write(&request, data);
    /* The CRC is from Python's zlib. */
    assert_hex(data, (gsize)len, HEADER("0001", "0008") "80280004fdf6ae02");
}

static void
test_answers(void)
{
    struct ds_stun message = {.type = DS_STUN_RESPONSE};
    message.mapped = addr_of("[::ffff:192.0.2.7]:4711"); /* as a socket of both families has it */
    message.origin = addr_of("198.51.100.1:3478");
    message.other = addr_of("[2001:db8::1]:3479");
    g_assert_cmpint(write_and_parse(&message), ==, 20 + 12 + 12 + 24 + 8);
    g_assert_cmpint(message.mapped.ss.ss_family, ==, AF_INET);
    assert_addr(&message.mapped, "192.0.2.7:4711");
    assert_addr(&message.origin, "198.51.100.1:3478");
    assert_addr(&message.other, "[2001:db8::1]:3479");

    message = (struct ds_stun){.type = DS_STUN_ERROR, .error = 420, .unknown_count = 20};
    message.unknown[0] = 0x0024;
    g_assert_cmpint(write_and_parse(&message), ==, 20 + 8 + 4 + 16 + 8);
    g_assert_cmpuint(message.error, ==, 420);
    g_assert_cmpuint(message.unknown_count, ==, 0);

    message = (struct ds_stun){.type = DS_STUN_REQUEST, .change = DS_STUN_CHANGE_ADDRESS};
    g_assert_cmpint(write_and_parse(&message), ==, 20 + 8 + 8);
    g_assert_cmpuint(message.change, ==, DS_STUN_CHANGE_ADDRESS);

    message.mapped = (struct ds_addr){.ss = {.ss_family = AF_UNIX}, .len = 2};
    g_assert_cmpint(write_and_parse(&message), ==, DS_ERR_INVALID);
}

static void
test_first_byte(void)
{
    for (int byte = 0; byte < 256; byte++)
        g_assert_cmpint(ds_stun_is_first_byte((guint8)byte), ==, byte < 64 && byte != 22);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stun/samples", test_samples);
    g_test_add_func("/stun/cut-and-changed", test_cut_and_changed);
    g_test_add_func("/stun/wrong-headers", test_wrong_headers);
    g_test_add_func("/stun/wrong-attributes", test_wrong_attributes);
    g_test_add_func("/stun/order", test_order);
    g_test_add_func("/stun/unknown", test_unknown);
    g_test_add_func("/stun/request-bytes", test_request_bytes);
    g_test_add_func("/stun/answers", test_answers);
    g_test_add_func("/stun/first-byte", test_first_byte);
    return g_test_run();
}
