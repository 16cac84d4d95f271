/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one side tells the other of where it is, and what of that may be dialled. */
#include <string.h>

#include <glib.h>

#include "net/punch/offer.h"
#include "net/wire/tlv.h"
#include "tests/unit/addr.h"
#include "tests/unit/hex.h"

/* Fields by their bytes, as PROTOCOL.md, 9, has them. */
#define GENERATION(hex) "00070004" hex
#define CANDIDATES(len, hex) "0008" len hex
#define MAPPING(hex) "00090001" hex
#define NETWORK(hex) "000a0004" hex
#define AIM(hex) "000b0002" hex
#define SALVO(hex) "000c0006" hex

static void
add(struct ds_offer *offer, enum ds_candidate_type type, guint8 set, const char *text)
{
    const struct ds_addr addr = addr_of(text);
    ds_offer_add(offer, type, set, &addr);
}

/* Lists an offer's addresses with a space between. */
static char *
list(const struct ds_offer *offer)
{
    GString *text = g_string_new(NULL);
    for (gsize i = 0; i < offer->count; i++) {
        char addr[DS_ADDR_TEXT_MAX];
        g_string_append_printf(
                text, "%s%s", i > 0 ? " " : "", ds_addr_format(&offer->candidates[i].addr, addr));
    }
    return g_string_free(text, FALSE);
}

static void
assert_list(const struct ds_offer *offer, const char *wanted)
{
    g_autofree char *got = list(offer);
    g_assert_cmpstr(got, ==, wanted);
}

static int
read_hex(struct ds_offer *offer, const char *hex)
{
    guint8 data[4096];
    struct ds_reader r;
    ds_reader_init(&r, data, from_hex(data, sizeof data, hex));
    return ds_offer_read(offer, &r);
}

/* ---- on the wire ---- */

static void
test_bytes(void)
{
    struct ds_offer offer = {
            .generation = 3, .mapping = DS_MAPPING_ADDRESS, .network = DS_NETWORK_BLOCKED};
    const char *wanted =
            GENERATION("00000003") CANDIDATES("001e", "010004c0a8010756ce"
                                                      "020106"
                                                      "20010db8000000000000000000000001"
                                                      "1f90") MAPPING("02") NETWORK("00000002");
    guint8 data[256];
    struct ds_writer w;
    struct ds_offer again;

    add(&offer, DS_CANDIDATE_HOST, 0, "192.168.1.7:22222");
    add(&offer, DS_CANDIDATE_REFLEXIVE, 1, "[2001:db8::1]:8080");
    ds_writer_init(&w, data, sizeof data);
    ds_offer_write(&offer, &w);
    g_assert_false(w.failed);
    assert_hex(data, w.len, wanted);

    g_assert_cmpint(read_hex(&again, wanted), ==, 0);
    g_assert_cmpuint(again.generation, ==, 3);
    g_assert_cmpint(again.mapping, ==, DS_MAPPING_ADDRESS);
    g_assert_cmpuint(again.network, ==, DS_NETWORK_BLOCKED);
    assert_list(&again, "192.168.1.7:22222 [2001:db8::1]:8080");
    g_assert_cmpint(again.candidates[0].type, ==, DS_CANDIDATE_HOST);
    g_assert_cmpuint(again.candidates[0].set, ==, 0);
    g_assert_cmpint(again.candidates[1].type, ==, DS_CANDIDATE_REFLEXIVE);
    g_assert_cmpuint(again.candidates[1].set, ==, 1);
}

static void
test_full(void)
{
    struct ds_offer offer = {.generation = UINT32_MAX}, again;
    guint8 data[512];
    struct ds_writer w;
    struct ds_reader r;
    for (int i = 0; i < DS_CANDIDATES_MAX + 1; i++) {
        g_autofree char *text = g_strdup_printf("[2001:db8::%d]:22222", i + 1);
        add(&offer, DS_CANDIDATE_MAPPED, 1, text);
        add(&offer, DS_CANDIDATE_HOST, 0, text); /* no second time */
    }
    g_assert_cmpuint(offer.count, ==, DS_CANDIDATES_MAX);
    ds_writer_init(&w, data, sizeof data);
    ds_offer_write(&offer, &w);
    g_assert_false(w.failed);
    for (gsize len = 0; len < w.len; len++) { /* each cut breaks it, but between two fields */
        bool is_between = len == 8 || len == 8 + 4 + 8 * 21 || len == 8 + 4 + 8 * 21 + 5;
        ds_reader_init(&r, data, len);
        g_assert_cmpint(ds_offer_read(&again, &r), ==, is_between ? 0 : DS_ERR_PROTOCOL);
    }
    ds_reader_init(&r, data, w.len);
    g_assert_cmpint(ds_offer_read(&again, &r), ==, 0);
    g_assert_cmpuint(again.count, ==, DS_CANDIDATES_MAX);
    g_assert_cmpuint(again.generation, ==, UINT32_MAX);

    ds_writer_init(&w, data, w.len - 1);
    ds_offer_write(&offer, &w);
    g_assert_true(w.failed);
}

/* What a later version says is passed over; what no version says is not. */
static void
test_odd(void)
{
    struct ds_offer offer;
    const char *with_unknown =
            GENERATION("00000001") CANDIDATES("0023", "090004c0000201ffff"
                                                      "010904c0000202ffff"
                                                      "010004c0000203ffff"
                                                      "010005c0000204ff") "ffff00021234";
    g_assert_cmpint(read_hex(&offer, with_unknown), ==, 0);
    assert_list(&offer, "192.0.2.3:65535"); /* not of type 9, of set 9, or from family 5 on */

    g_assert_cmpint(read_hex(&offer, GENERATION("00000001") MAPPING("09")), ==, 0);
    g_assert_cmpint(offer.mapping, ==, DS_MAPPING_UNKNOWN);
    g_assert_cmpint(read_hex(&offer, GENERATION("00000001") GENERATION("00000002")), ==, 0);
    g_assert_cmpuint(offer.generation, ==, 2);
    g_assert_cmpint(read_hex(&offer, CANDIDATES("0009", "010004c00002010400") CANDIDATES(
                                             "0009", "010004c00002020400") GENERATION("00000001")),
            ==, 0);
    assert_list(&offer, "192.0.2.2:1024");

    g_assert_cmpint(read_hex(&offer, ""), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(read_hex(&offer, MAPPING("01")), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(read_hex(&offer, GENERATION("00000000")), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(read_hex(&offer, "000700050000000001"), ==, 0);
    g_assert_cmpint(read_hex(&offer, "000700050100000001"), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(read_hex(&offer, "00070000"), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(read_hex(&offer, GENERATION("00000001") "00090000"), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(read_hex(&offer, GENERATION("00000001") CANDIDATES("0008", "010004c000020104")),
            ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(read_hex(&offer, GENERATION("00000001") CANDIDATES("0002", "0100")), ==,
            DS_ERR_PROTOCOL);
}

/* Where a window is met is told where there is one, and is a port in any case. */
static void
test_aim(void)
{
    struct ds_offer offer = {.generation = 3, .aim = 40018}, again;
    const char *fields = GENERATION("00000003") CANDIDATES("0000", "") MAPPING("00")
            NETWORK("00000000") AIM("9c52");
    guint8 data[256];
    struct ds_writer w;

    ds_writer_init(&w, data, sizeof data);
    ds_offer_write(&offer, &w);
    assert_hex(data, w.len, fields);
    g_assert_cmpint(read_hex(&again, fields), ==, 0);
    g_assert_cmpuint(again.aim, ==, 40018);
    g_assert_cmpint(read_hex(&again, GENERATION("00000001")), ==, 0);
    g_assert_cmpuint(again.aim, ==, 0);
    g_assert_cmpint(
            read_hex(&again, GENERATION("00000001") "000b000400010000"), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(read_hex(&again, GENERATION("00000001") "000b0000"), ==, DS_ERR_PROTOCOL);
}

/* Which ports are dealt is told with how many sockets there are; without sockets nothing is. */
static void
test_salvo(void)
{
    struct ds_offer offer = {.generation = 3, .salvo = {40000, 600, 70}}, again;
    const char *fields = GENERATION("00000003") CANDIDATES("0000", "") MAPPING("00")
            NETWORK("00000000") SALVO("9c4002580046");
    guint8 data[256];
    struct ds_writer w;

    ds_writer_init(&w, data, sizeof data);
    ds_offer_write(&offer, &w);
    assert_hex(data, w.len, fields);
    g_assert_cmpint(read_hex(&again, fields), ==, 0);
    g_assert_cmpmem(&again.salvo, sizeof again.salvo, &offer.salvo, sizeof offer.salvo);
    g_assert_cmpint(read_hex(&again, GENERATION("00000001") "000c00089c4002580046ffff"), ==, 0);
    g_assert_cmpuint(again.salvo.sockets, ==, 70); /* a later version's, with more behind it */
    g_assert_cmpint(read_hex(&again, GENERATION("00000001") SALVO("000000000200")), ==, 0);
    g_assert_cmpuint(again.salvo.sockets, ==, 512);
    g_assert_cmpint(read_hex(&again, GENERATION("00000001")), ==, 0);
    g_assert_cmpuint(again.salvo.sockets, ==, 0);
    g_assert_cmpint(
            read_hex(&again, GENERATION("00000001") "000c00049c400258"), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(
            read_hex(&again, GENERATION("00000001") SALVO("03ff02580046")), ==, DS_ERR_PROTOCOL);
    g_assert_cmpint(
            read_hex(&again, GENERATION("00000001") SALVO("ffff00020046")), ==, DS_ERR_PROTOCOL);
    offer.salvo.sockets = 0;
    ds_writer_init(&w, data, sizeof data);
    ds_offer_write(&offer, &w);
    assert_hex(data, w.len,
            GENERATION("00000003") CANDIDATES("0000", "") MAPPING("00") NETWORK("00000000"));
}

/* ---- what may be dialled ---- */

/* Returns whether the vetting leaves this one candidate. */
static bool
is_left(const char *text, const char *own, const char *relay)
{
    struct ds_offer offer = {.generation = 1};
    const struct ds_addr own_addr = addr_of(own), relay_addr = addr_of(relay);
    add(&offer, DS_CANDIDATE_HOST, 0, text);
    const struct ds_vetting vetting = {.own = &own_addr, .own_count = 1, .relay = &relay_addr};
    ds_offer_vet(&offer, &vetting);
    return offer.count == 1;
}

static void
test_classes(void)
{
    static const char *const good[] = {"192.0.2.1:1024", "192.0.2.1:65535", "10.0.0.1:20000",
            "10.255.255.255:32767", "172.16.0.1:22222", "192.168.255.1:22222", "100.64.0.1:22222",
            "100.63.255.255:1024", "100.128.0.0:1024", "169.253.0.1:1024", "172.32.0.1:1024",
            "126.255.255.255:1024", "128.0.0.1:1024", "223.255.255.255:1024", "[2001:db8::1]:20000",
            "[2400::1]:32767", "[3fff::1]:22222", "[2001:1::1]:22222", "[2003::1]:22222",
            "[fc00::1]:20000", "[fdff::1]:32767"};
    static const char *const bad[] = {"192.0.2.1:1023", "192.0.2.1:0", "[2001:db8::1]:1023",
            "[2001:db8::1]:9100", "[2001:db8::1]:19999",
            "[2001:db8::1]:32768", /* ports of services */
            "10.0.0.1:19999", "10.0.0.1:32768", "172.31.255.255:443", "192.168.1.1:8080",
            "100.64.0.1:8080", "100.127.255.255:32768", "[fd00::1]:8080", "127.0.0.1:22222",
            "127.255.255.255:22222", "[::1]:22222", /* this machine */
            "0.0.0.0:22222", "0.1.2.3:22222", "[::]:22222", "169.254.1.1:22222", "[fe80::1]:22222",
            "[febf::1]:22222", /* this link */
            "224.0.0.1:22222", "239.255.255.255:22222", "[ff02::1]:22222", "[ff0e::1]:22222",
            "240.0.0.1:22222", "255.255.255.255:22222", "[::ffff:192.0.2.1]:22222",
            "[::ffff:127.0.0.1]:22222", "[::192.0.2.1]:22222", "[2002:c0a8:0101::1]:22222",
            "[2001::1]:22222", "[64:ff9b::c0a8:101]:22222", "[fec0::1]:22222", "[1fff::1]:22222",
            "[4000::1]:22222"};
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
        if (!is_left(good[i], "192.0.2.77:22222", "192.0.2.78:443"))
            g_error("left out: %s", good[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
        if (is_left(bad[i], "192.0.2.77:22222", "192.0.2.78:443"))
            g_error("not left out: %s", bad[i]);
}

static void
test_own(void)
{
    g_assert_false(is_left("10.0.0.1:22222", "10.0.0.1:22222", "192.0.2.78:443"));
    g_assert_true(is_left("10.0.0.1:22223", "10.0.0.1:22222", "192.0.2.78:443"));
    g_assert_true(is_left("10.0.0.2:22222", "10.0.0.1:22222", "192.0.2.78:443"));
    g_assert_false(is_left("10.0.0.1:22222", "[::ffff:10.0.0.1]:22222", "192.0.2.78:443"));
    g_assert_false(is_left("192.0.2.9:40000", "192.0.2.9:40000", "192.0.2.78:443"));
    g_assert_false(is_left("[fd00::1]:22222", "[fd00::1]:22222", "192.0.2.78:443"));
}

static void
test_relay(void)
{
    struct ds_offer offer = {.generation = 1};
    g_assert_false(is_left("192.0.2.78:22222", "10.0.0.9:1", "192.0.2.78:443"));
    g_assert_false(is_left("192.0.2.78:22222", "10.0.0.9:1", "[::ffff:192.0.2.78]:443"));
    g_assert_false(is_left("[2001:db8::78]:22222", "10.0.0.9:1", "[2001:db8::78]:443"));
    g_assert_true(is_left("192.168.1.2:22222", "10.0.0.9:1", "192.168.1.2:443"));
    g_assert_false(is_left("192.168.1.2:443", "10.0.0.9:1", "192.168.1.2:443"));
    add(&offer, DS_CANDIDATE_HOST, 0, "192.0.2.78:22222");
    ds_offer_vet(&offer, &(struct ds_vetting){.relay = NULL});
    ds_offer_vet(&offer, &(struct ds_vetting){.relay = &(struct ds_addr){.len = 0}});
    g_assert_cmpuint(offer.count, ==, 1);
}

/* Of one's own networks no service is met, though their addresses are of the world. */
static void
test_on_link(void)
{
    static const struct {
        const char *text;
        bool is_left;
    } rows[] = {
            {"192.0.2.130:443", false},
            {"192.0.2.130:8080", false},
            {"192.0.2.255:8080", false},
            {"192.0.2.130:22222", true},
            {"192.0.2.127:8080", true}, /* the first network ends before it */
            {"198.51.100.8:8080", true},
            {"203.0.113.1:8080", true},
            {"[2001:db8::1]:22222", true},
    };
    const struct ds_interface interfaces[] = {
            {.addr = addr_of("192.0.2.129:0"), .prefix_bits = 25},
            {.addr = addr_of("[2001:db8::1]:0"), .prefix_bits = 0},
            {.addr = addr_of("198.51.100.9:0"), .prefix_bits = 32},
    };
    const struct ds_vetting vetting = {.interfaces = interfaces, .interface_count = 3};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_offer offer = {.generation = 1};
        add(&offer, DS_CANDIDATE_REFLEXIVE, 0, rows[i].text);
        ds_offer_vet(&offer, &vetting);
        g_assert_cmpuint(offer.count, ==, rows[i].is_left);
    }
    /* Where all the world is on the link there is no service anywhere. */
    struct ds_offer offer = {.generation = 1};
    const struct ds_interface all = {.addr = addr_of("10.0.0.1:0"), .prefix_bits = 0};
    add(&offer, DS_CANDIDATE_REFLEXIVE, 0, "203.0.113.1:8080");
    ds_offer_vet(&offer, &(struct ds_vetting){.interfaces = &all, .interface_count = 1});
    g_assert_cmpuint(offer.count, ==, 0);
}

/* More public addresses than a side can have would be a way to have others dialled. */
static void
test_public(void)
{
    struct ds_offer offer = {.generation = 1};
    add(&offer, DS_CANDIDATE_REFLEXIVE, 0, "192.0.2.1:4001");
    add(&offer, DS_CANDIDATE_REFLEXIVE, 0, "192.0.2.1:443"); /* does not count: it is left out */
    add(&offer, DS_CANDIDATE_REFLEXIVE, 0, "192.0.2.2:4002");
    add(&offer, DS_CANDIDATE_HOST, 0, "10.0.0.1:22222");
    add(&offer, DS_CANDIDATE_REFLEXIVE, 0, "192.0.2.3:4003");
    add(&offer, DS_CANDIDATE_REFLEXIVE, 1, "192.0.2.4:4004");
    add(&offer, DS_CANDIDATE_REFLEXIVE, 1, "192.0.2.5:4005");
    add(&offer, DS_CANDIDATE_HOST, 0, "[2001:db8::1]:22222");
    ds_offer_vet(&offer, &(struct ds_vetting){.relay = NULL});
    assert_list(&offer, "192.0.2.1:4001 192.0.2.2:4002 10.0.0.1:22222 192.0.2.3:4003 "
                        "192.0.2.4:4004 [2001:db8::1]:22222");
}

/* Returns where a window would aim, or "": owned by nobody, until the next call. */
static const char *
target_of(const struct ds_offer *offer)
{
    static char text[DS_ADDR_TEXT_MAX];
    struct ds_addr target;
    return ds_offer_target(offer, &target) ? ds_addr_format(&target, text) : "";
}

/* Only a public address of the offer is aimed at, and only a port that is no service's. */
static void
test_target(void)
{
    struct ds_offer offer = {.generation = 1, .mapping = DS_MAPPING_ADDRESS_AND_PORT, .aim = 1023};
    const struct ds_vetting nothing = {.relay = NULL};
    add(&offer, DS_CANDIDATE_HOST, 0, "192.168.1.7:22222");
    add(&offer, DS_CANDIDATE_HOST, 0, "[2001:db8::1]:22222");
    add(&offer, DS_CANDIDATE_REFLEXIVE, 1, "198.51.100.7:40001");
    ds_offer_vet(&offer, &nothing);
    g_assert_cmpuint(offer.aim, ==, 0);
    offer.aim = 1024;
    ds_offer_vet(&offer, &nothing);
    g_assert_cmpuint(offer.aim, ==, 1024);
    g_assert_cmpstr(target_of(&offer), ==, "");
    add(&offer, DS_CANDIDATE_REFLEXIVE, 0, "198.51.100.7:40000");
    g_assert_cmpstr(target_of(&offer), ==, "198.51.100.7:1024");
    const struct ds_interface near = {.addr = addr_of("198.51.100.9:22222"), .prefix_bits = 24};
    const struct ds_addr own = addr_of("198.51.100.7:1024");
    struct ds_offer there = {.generation = 1, .aim = 8080};
    add(&there, DS_CANDIDATE_REFLEXIVE, 0, "198.51.100.7:22222");
    ds_offer_vet(&there, &nothing);
    g_assert_cmpuint(there.aim, ==, 8080);
    ds_offer_vet(&there, &(struct ds_vetting){.interfaces = &near, .interface_count = 1});
    g_assert_cmpuint(there.aim, ==, 0); /* a service in our own network */
    ds_offer_vet(&offer, &(struct ds_vetting){.own = &own, .own_count = 1});
    g_assert_cmpuint(offer.aim, ==, 0); /* this very machine */
    g_assert_cmpuint(offer.count, ==, 4);
    g_assert_cmpstr(target_of(&offer), ==, ""); /* that port serves nobody else */
    offer.mapping = DS_MAPPING_ADDRESS;
    g_assert_cmpstr(target_of(&offer), ==, "");
    offer.mapping = DS_MAPPING_INDEPENDENT;
    g_assert_cmpstr(target_of(&offer), ==, "198.51.100.7:40000");
    offer.mapping = DS_MAPPING_UNKNOWN;
    g_assert_cmpstr(target_of(&offer), ==, "");
}

static guint
sockets_left(const char *candidate, struct ds_salvo salvo, const struct ds_vetting *vetting)
{
    struct ds_offer offer = {.generation = 1, .salvo = salvo};
    add(&offer, DS_CANDIDATE_REFLEXIVE, 0, candidate);
    ds_offer_vet(&offer, vetting);
    return offer.salvo.sockets;
}

/* A salvo goes to a public address, not into our own network's services, nor to the relay. */
static void
test_salvo_vetted(void)
{
    const struct ds_salvo all = {1024, 64512, 512}, few = {20000, 100, 28}, none = {0, 0, 512};
    const struct ds_interface near = {.addr = addr_of("198.51.100.9:22222"), .prefix_bits = 24};
    const struct ds_addr relay = addr_of("203.0.113.1:443");
    const struct ds_vetting nothing = {.relay = NULL},
                            vetting = {.interfaces = &near, .interface_count = 1, .relay = &relay};

    g_assert_cmpuint(sockets_left("198.51.100.7:22222", all, &nothing), ==, 512);
    g_assert_cmpuint(sockets_left("198.51.100.7:22222", all, &vetting), ==, 0);
    g_assert_cmpuint(sockets_left("198.51.100.7:22222", few, &vetting), ==, 28);
    g_assert_cmpuint(sockets_left("192.0.2.7:22222", all, &vetting), ==, 512);
    g_assert_cmpuint(sockets_left("203.0.113.1:22222", all, &vetting), ==, 0);
    g_assert_cmpuint(sockets_left("192.168.1.7:22222", all, &nothing), ==, 0);
    g_assert_cmpuint(sockets_left("192.168.1.7:22222", none, &vetting), ==, 512);
}

/* By a port that a router maps plain SYNs come in: where ours go out need not be that one. */
static void
test_outside(void)
{
    struct ds_offer offer = {.generation = 1};
    struct ds_addr outside;

    add(&offer, DS_CANDIDATE_MAPPED, 0, "198.51.100.7:40000");
    add(&offer, DS_CANDIDATE_HOST, 0, "192.168.1.7:22222");
    add(&offer, DS_CANDIDATE_REFLEXIVE, 1, "198.51.100.7:40001");
    g_assert_false(ds_offer_outside(&offer, &outside));
    add(&offer, DS_CANDIDATE_REFLEXIVE, 0, "198.51.100.7:40002");
    g_assert_true(ds_offer_outside(&offer, &outside));
    assert_addr(&outside, "198.51.100.7:40002");
}

/* Candidates that come later take the room that is left, and only that. */
static void
test_trickle(void)
{
    struct ds_offer offer = {.generation = 1};
    const struct ds_addr relay = addr_of("192.0.2.78:443");
    const struct ds_vetting vetting = {.relay = &relay};
    for (int i = 0; i < 3; i++)
        add(&offer, DS_CANDIDATE_HOST, 0, "127.0.0.1:22222");
    ds_offer_vet(&offer, &vetting);
    assert_list(&offer, "");
    for (int i = 0; i < 2 * DS_CANDIDATES_MAX; i++) {
        g_autofree char *text = g_strdup_printf("10.0.0.%d:22222", i + 1);
        add(&offer, DS_CANDIDATE_HOST, 0, text);
        ds_offer_vet(&offer, &vetting);
        add(&offer, DS_CANDIDATE_REFLEXIVE, 1, text);
    }
    g_assert_cmpuint(offer.count, ==, DS_CANDIDATES_MAX);
    for (gsize i = 0; i < offer.count; i++)
        g_assert_cmpuint(offer.candidates[i].set, ==, 0);
}

/* Between two NATs an address is of use to who is behind the same second one, and to nobody else.
 */
static void
test_between(void)
{
    static const struct {
        const char *own, *seen, *left;
    } rows[] = {
            {"198.51.100.1:5000", "198.51.100.1:4000",
                    "198.51.100.1:4000 100.64.0.7:20001 10.0.0.7:20001 100.64.0.8:20001"},
            {"198.51.100.2:5000", "198.51.100.1:4000", "198.51.100.1:4000 100.64.0.8:20001"},
            {"10.0.0.2:5000", "10.0.0.2:24000", "10.0.0.2:24000 100.64.0.8:20001"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_offer offer = {0}, here = {0};
        const struct ds_addr own = addr_of(rows[i].own);
        add(&offer, DS_CANDIDATE_REFLEXIVE, 0, rows[i].seen);
        add(&offer, DS_CANDIDATE_MAPPED, 0, "100.64.0.7:20001");
        add(&offer, DS_CANDIDATE_MAPPED, 0, "10.0.0.7:20001");
        add(&offer, DS_CANDIDATE_HOST, 0, "100.64.0.8:20001");
        ds_offer_vet(&offer, &(struct ds_vetting){.own = &own, .own_count = 1});
        assert_list(&offer, rows[i].left);
        add(&here, DS_CANDIDATE_REFLEXIVE, 0, rows[i].own);
        add(&here, DS_CANDIDATE_HOST, 0, "192.0.2.1:20000");
        g_assert_cmpint(ds_offer_share_nat(&here, &offer), ==, i == 0);
    }
    const struct ds_offer none = {0};
    g_assert_false(ds_offer_share_nat(&none, &none));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/offer/bytes", test_bytes);
    g_test_add_func("/offer/full", test_full);
    g_test_add_func("/offer/odd", test_odd);
    g_test_add_func("/offer/aim", test_aim);
    g_test_add_func("/offer/salvo", test_salvo);
    g_test_add_func("/offer/salvo/vetted", test_salvo_vetted);
    g_test_add_func("/offer/outside", test_outside);
    g_test_add_func("/offer/target", test_target);
    g_test_add_func("/offer/classes", test_classes);
    g_test_add_func("/offer/own", test_own);
    g_test_add_func("/offer/relay", test_relay);
    g_test_add_func("/offer/on-link", test_on_link);
    g_test_add_func("/offer/public", test_public);
    g_test_add_func("/offer/trickle", test_trickle);
    g_test_add_func("/offer/between", test_between);
    return g_test_run();
}
