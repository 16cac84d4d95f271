/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said to a router by datagrams, and what it may answer. */
#include <string.h>

#include <glib.h>

#include "net/portmap/natpmp.h"
#include "net/portmap/pcp.h"
#include "tests/unit/addr.h"
#include "tests/unit/hex.h"

#define NONCE "0102030405060708090a0b0c"
#define V4(host) "00000000000000000000ffff" host
#define CLIENT V4("0a010002")
#define OUTSIDE V4("cb007109")
#define TCP "06000000"
#define PORT "5a3c" /* 23100 */

/* RFC 6887, figures 2 and 9: a request; figures 3 and 10: an answer. */
#define REQUEST(lifetime, suggested_port, suggested)                                               \
    "02010000" lifetime CLIENT NONCE TCP PORT suggested_port suggested
#define ANSWER(result, lifetime, epoch, port, host)                                                \
    "028100" result lifetime epoch "000000000000000000000000" NONCE TCP PORT port host
#define GOOD ANSWER("00", "00000078", "00000010", "5a3d", OUTSIDE)

static struct ds_pcp_request
request(void)
{
    struct ds_pcp_request request = {.lifetime_s = 120};
    from_hex(request.nonce, sizeof request.nonce, NONCE);
    g_assert_cmpint(ds_addr_parse(&request.client, "10.1.0.2:23100", 0), ==, 0);
    return request;
}

static void
assert_written(const struct ds_pcp_request *asked, const char *hex)
{
    guint8 out[DS_PCP_REQUEST_BYTES];
    ds_pcp_write(asked, out);
    assert_hex(out, sizeof out, hex);
}

static void
test_pcp_request(void)
{
    struct ds_pcp_request asked = request();

    assert_written(&asked, REQUEST("00000078", "0000", V4("00000000")));
    g_assert_cmpint(ds_addr_parse(&asked.suggested, "203.0.113.9:23101", 0), ==, 0);
    assert_written(&asked, REQUEST("00000078", "5a3d", OUTSIDE));
    asked.suggested = (struct ds_addr){0};
    asked.lifetime_s = 0;
    assert_written(&asked, REQUEST("00000000", "0000", V4("00000000")));
    g_assert_cmpint(ds_addr_parse(&asked.client, "[2001:db8::2]:23100", 0), ==, 0);
    assert_written(&asked, "0201000000000000"
                           "20010db8000000000000000000000002" NONCE TCP PORT
                           "000000000000000000000000000000000000");
}

static int
read_hex(struct ds_pcp_answer *answer, const char *hex)
{
    struct ds_pcp_request asked = request();
    guint8 data[2 * DS_PCP_MESSAGE_MAX];
    gsize len = from_hex(data, sizeof data, hex);
    g_autofree guint8 *exact = g_memdup2(data, len); /* its end is the end of the memory */
    return ds_pcp_read(answer, &asked, exact, len);
}

static void
test_pcp_answer(void)
{
    struct ds_pcp_answer answer;

    g_assert_cmpint(read_hex(&answer, GOOD), ==, 0);
    g_assert_cmpuint(answer.result, ==, DS_PCP_SUCCESS);
    g_assert_cmpuint(answer.lifetime_s, ==, 120);
    g_assert_cmpuint(answer.epoch_s, ==, 16);
    assert_addr(&answer.external, "203.0.113.9:23101");
    /* An option behind it, THIRD_PARTY's length wrong or not, is none of ours. */
    g_assert_cmpint(read_hex(&answer, GOOD "01000010"), ==, 0);
    assert_addr(&answer.external, "203.0.113.9:23101");
    g_assert_cmpint(read_hex(&answer, ANSWER("00", "00000078", "00000010", "5a3d",
                                              "20010db8000000000000000000000002")),
            ==, 0);
    assert_addr(&answer.external, "[2001:db8::2]:23101");
}

/* RFC 6887, 7.4: each of them, and one that nobody knows. */
static void
test_pcp_results(void)
{
    static const char *const names[] = {"SUCCESS", "UNSUPP_VERSION", "NOT_AUTHORIZED",
            "MALFORMED_REQUEST", "UNSUPP_OPCODE", "UNSUPP_OPTION", "MALFORMED_OPTION",
            "NETWORK_FAILURE", "NO_RESOURCES", "UNSUPP_PROTOCOL", "USER_EX_QUOTA",
            "CANNOT_PROVIDE_EXTERNAL", "ADDRESS_MISMATCH", "EXCESSIVE_REMOTE_PEERS"};
    struct ds_pcp_request asked = request();
    guint8 data[DS_PCP_REQUEST_BYTES];
    struct ds_pcp_answer answer;

    gsize len = from_hex(data, sizeof data, GOOD);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        data[3] = (guint8)i;
        g_assert_cmpint(ds_pcp_read(&answer, &asked, data, len), ==, 0);
        g_assert_cmpuint(answer.result, ==, i);
        g_assert_cmpstr(ds_pcp_result_name(answer.result), ==, names[i]);
    }
    data[3] = 200;
    g_assert_cmpint(ds_pcp_read(&answer, &asked, data, len), ==, 0);
    g_assert_cmpuint(answer.result, ==, 200);
    g_assert_cmpstr(ds_pcp_result_name(answer.result), ==, "an unknown result");
}

/* A bit that differs in what names the request makes it another's answer. */
static void
test_pcp_strangers(void)
{
    struct ds_pcp_request asked = request();
    guint8 good[DS_PCP_REQUEST_BYTES];
    struct ds_pcp_answer answer;

    gsize len = from_hex(good, sizeof good, GOOD);
    for (gsize n = 0; n < len; n++) {
        g_autofree guint8 *cut = g_memdup2(good, n);
        g_assert_cmpint(ds_pcp_read(&answer, &asked, cut, n), ==, DS_ERR_PROTOCOL);
    }
    for (gsize bit = 0; bit < 8 * len; bit++) {
        gsize at = bit / 8;
        gboolean is_named = at == 1 || (at >= 24 && at < 37) || at == 40 || at == 41;
        good[at] ^= (guint8)(1 << bit % 8);
        int wanted = is_named ? DS_ERR_PROTOCOL : 0;
        g_assert_cmpint(ds_pcp_read(&answer, &asked, good, len), ==, wanted);
        good[at] ^= (guint8)(1 << bit % 8);
    }
}

static void
test_pcp_sizes(void)
{
    guint8 data[DS_PCP_MESSAGE_MAX + 4] = {0};
    struct ds_pcp_request asked = request();
    struct ds_pcp_answer answer;

    from_hex(data, sizeof data, GOOD);
    g_assert_cmpint(ds_pcp_read(&answer, &asked, data, DS_PCP_MESSAGE_MAX), ==, 0);
    g_assert_cmpint(
            ds_pcp_read(&answer, &asked, data, DS_PCP_MESSAGE_MAX + 4), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(ds_pcp_read(&answer, &asked, data, 62), ==, DS_ERR_PROTOCOL);
}

/* A server of NAT-PMP (RFC 6886, 3.5), and one of a PCP to come. */
static void
test_pcp_versions(void)
{
    struct ds_pcp_answer answer;

    g_assert_cmpint(read_hex(&answer, "0081000100000010"), ==, 0);
    g_assert_cmpuint(answer.result, ==, DS_PCP_UNSUPP_VERSION);
    g_assert_cmpint(read_hex(&answer, "038100010000000000000000"), ==, 0);
    g_assert_cmpuint(answer.result, ==, DS_PCP_UNSUPP_VERSION);
    g_assert_cmpint(read_hex(&answer, "00810001"), ==, 0);
    g_assert_cmpint(read_hex(&answer, "008100"), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(read_hex(&answer, "0001000100000010"), ==, DS_ERR_PROTOCOL);
}

/* RFC 6887, 8.5: a second back is nothing; a sixteenth and two seconds are. */
static void
test_epoch(void)
{
    static const struct {
        guint32 server_s;
        guint64 now_s;
        gboolean remembers;
    } rows[] = {
            {1000, 5000, TRUE}, /* the first */
            {1060, 5060, TRUE},
            {1059, 5060, TRUE},  /* datagrams that overtook each other */
            {1058, 5062, TRUE},  /* one back */
            {10, 5064, FALSE},   /* it began anew */
            {70, 5124, TRUE},    /* and counts from there */
            {1070, 6187, TRUE},  /* slow by less than a sixteenth */
            {1130, 6260, FALSE}, /* lost 13 of 73 */
            {1230, 6355, TRUE},
            {1330, 6440, FALSE}, /* won 15 of 85 */
            {G_MAXUINT32, 6441, FALSE},
            {0, 6442, FALSE},
    };
    struct ds_pcp_epoch epoch = {0};

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        gboolean remembers = ds_pcp_epoch_take(&epoch, rows[i].server_s, rows[i].now_s);
        g_test_message("row %zu", i);
        g_assert_cmpint(remembers, ==, rows[i].remembers);
    }
}

/* RFC 6886, 3.2 and 3.3. */
static void
test_natpmp_request(void)
{
    guint8 out[DS_NATPMP_REQUEST_MAX];

    assert_hex(out, ds_natpmp_write_address(out), "0000");
    assert_hex(out, ds_natpmp_write_map(out, 23100, 23101, 120), "00020000" PORT "5a3d00000078");
    assert_hex(out, ds_natpmp_write_map(out, 23100, 0, 0), "00020000" PORT "000000000000");
}

static int
read_natpmp(struct ds_natpmp_answer *answer, guint8 opcode, const char *hex)
{
    guint8 data[64];
    gsize len = from_hex(data, sizeof data, hex);
    g_autofree guint8 *exact = g_memdup2(data, len);
    return ds_natpmp_read(answer, opcode, 23100, exact, len);
}

static void
test_natpmp_answer(void)
{
    struct ds_natpmp_answer answer;

    g_assert_cmpint(read_natpmp(&answer, DS_NATPMP_ADDRESS, "0080000000000010cb007109"), ==, 0);
    g_assert_cmphex(answer.address, ==, GUINT32_TO_BE(0xcb007109));
    g_assert_cmpint(
            read_natpmp(&answer, DS_NATPMP_MAP_TCP, "0082000000000010" PORT "5a3d00000078"), ==, 0);
    g_assert_cmpuint(answer.port, ==, 23101);
    g_assert_cmpuint(answer.lifetime_s, ==, 120);
    g_assert_cmpuint(answer.epoch_s, ==, 16);
    /* A refusal may be short (3.5). */
    g_assert_cmpint(read_natpmp(&answer, DS_NATPMP_MAP_TCP, "0082000200000010"), ==, 0);
    g_assert_cmpuint(answer.result, ==, 2);
}

static void
test_natpmp_strangers(void)
{
    static const char *const strangers[] = {
            "", "0082", "00820000000000", "0082000000000010", /* success, and nothing of it */
            "0082000000000010" PORT "5a3d000000",             /* cut */
            "0082000000000010" PORT "",                       /* cut */
            "0082000000000010"
            "5a3b5a3d00000078",                     /* another port's */
            "0081000000000010" PORT "5a3d00000078", /* UDP's */
            "0080000000000010cb007109",             /* to the other question */
            "0282000000000010" PORT "5a3d00000078", /* of another version */
            "0002000000000010" PORT "5a3d00000078", /* a question */
    };
    struct ds_natpmp_answer answer;

    for (gsize i = 0; i < G_N_ELEMENTS(strangers); i++) {
        g_test_message("%s", strangers[i]);
        g_assert_cmpint(read_natpmp(&answer, DS_NATPMP_MAP_TCP, strangers[i]), ==, DS_ERR_PROTOCOL);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/portmap/pcp/request", test_pcp_request);
    g_test_add_func("/portmap/pcp/answer", test_pcp_answer);
    g_test_add_func("/portmap/pcp/results", test_pcp_results);
    g_test_add_func("/portmap/pcp/strangers", test_pcp_strangers);
    g_test_add_func("/portmap/pcp/sizes", test_pcp_sizes);
    g_test_add_func("/portmap/pcp/versions", test_pcp_versions);
    g_test_add_func("/portmap/epoch", test_epoch);
    g_test_add_func("/portmap/natpmp/request", test_natpmp_request);
    g_test_add_func("/portmap/natpmp/answer", test_natpmp_answer);
    g_test_add_func("/portmap/natpmp/strangers", test_natpmp_strangers);
    return g_test_run();
}
