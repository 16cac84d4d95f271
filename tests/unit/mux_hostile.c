/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A mux whose other side breaks the protocol, or wants more than there is. */
#include <string.h>

#include "net/base/limits.h"
#include "net/mux/frame.h"
#include "tests/lib/mux_pair.h"

/* The frames of a hostile helper, written by hand. */
static void
put(GByteArray *wire, uint8_t type, guint32 id, const void *payload, gsize len)
{
    uint8_t header[DS_MUX_HEADER_BYTES] = {type, (uint8_t)(len >> 16), (uint8_t)(len >> 8),
            (uint8_t)len, (uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8),
            (uint8_t)id};
    g_byte_array_append(wire, header, sizeof header);
    g_byte_array_append(wire, payload, (guint)len);
}

static void
put_open(GByteArray *wire, guint32 id, uint8_t kind, guint32 credit)
{
    uint8_t payload[5] = {kind, (uint8_t)(credit >> 24), (uint8_t)(credit >> 16),
            (uint8_t)(credit >> 8), (uint8_t)credit};
    put(wire, DS_MUX_OPEN, id, payload, sizeof payload);
}

static void
put_credit(GByteArray *wire, guint32 id, guint32 credit)
{
    uint8_t payload[4] = {(uint8_t)(credit >> 24), (uint8_t)(credit >> 16), (uint8_t)(credit >> 8),
            (uint8_t)credit};
    put(wire, DS_MUX_CREDIT, id, payload, sizeof payload);
}

static void
put_data(GByteArray *wire, guint32 id, gsize len)
{
    g_autofree uint8_t *bytes = g_malloc0(len);
    put(wire, DS_MUX_DATA, id, bytes, len);
}

static void
put_reset(GByteArray *wire, guint32 id)
{
    put(wire, DS_MUX_RESET, id, &(uint8_t){DS_REASON_STOPPED}, 1);
}

/*
 * One error each, with its twin: `bad` breaks one rule, and without it the same frames keep all.
 * Channel 1 is open, with 16 bytes of credit; 3 was open and was reset by the hostile side.
 */
static void
data_over_its_length(GByteArray *wire, bool bad)
{
    put_data(wire, 1, bad ? DS_MUX_DATA_MAX + 1 : DS_MUX_DATA_MAX);
}

static void
data_without_bytes(GByteArray *wire, bool bad)
{
    put_data(wire, 1, bad ? 0 : 1);
}

static void
data_over_the_credit(GByteArray *wire, bool bad)
{
    for (gsize sent = 0; sent < DS_MUX_WINDOW; sent += DS_MUX_WINDOW / 32)
        put_data(wire, 1, DS_MUX_WINDOW / 32);
    if (bad)
        put_data(wire, 1, 1);
}

static void
data_after_eof(GByteArray *wire, bool bad)
{
    put(wire, DS_MUX_EOF, 1, NULL, 0);
    put_data(wire, bad ? 1 : 0, 1);
}

static void
second_eof(GByteArray *wire, bool bad)
{
    put(wire, DS_MUX_EOF, 1, NULL, 0);
    put(wire, DS_MUX_EOF, bad ? 1 : 3, NULL, 0);
}

static void
data_never_opened(GByteArray *wire, bool bad)
{
    put_data(wire, bad ? 5 : 3, 1);
}

static void
data_on_ours_never_opened(GByteArray *wire, bool bad)
{
    put_data(wire, bad ? 2 : 0, 1);
}

static void
reset_never_opened(GByteArray *wire, bool bad)
{
    put_reset(wire, bad ? 5 : 3);
}

static void
open_twice(GByteArray *wire, bool bad)
{
    put_open(wire, bad ? 3 : 5, DS_CHANNEL_TCP, 16);
}

static void
open_of_our_number(GByteArray *wire, bool bad)
{
    put_open(wire, bad ? 6 : 7, DS_CHANNEL_TCP, 16);
}

static void
open_of_zero(GByteArray *wire, bool bad)
{
    put_open(wire, bad ? 0 : 9, DS_CHANNEL_TCP, 16);
}

static void
open_of_control(GByteArray *wire, bool bad)
{
    put_open(wire, 5, bad ? DS_CHANNEL_CONTROL : 200, 16);
}

static void
open_of_a_wrong_length(GByteArray *wire, bool bad)
{
    static const uint8_t payload[6] = {DS_CHANNEL_TCP};
    put(wire, DS_MUX_OPEN, 5, payload, bad ? 6 : 5);
}

static void
open_with_too_much_credit(GByteArray *wire, bool bad)
{
    put_open(wire, 5, DS_CHANNEL_TCP, DS_MUX_CREDIT_MAX + bad);
}

static void
credit_over_the_sum(GByteArray *wire, bool bad)
{
    put_credit(wire, 1, DS_MUX_CREDIT_MAX - 16 + bad);
}

static void
credit_over_the_sum_on_control(GByteArray *wire, bool bad)
{
    put_credit(wire, 0, DS_MUX_CREDIT_MAX - DS_MUX_CONTROL_WINDOW + bad);
}

static void
credit_of_zero(GByteArray *wire, bool bad)
{
    put_credit(wire, 1, bad ? 0 : 1);
}

static void
credit_of_a_wrong_length(GByteArray *wire, bool bad)
{
    put(wire, DS_MUX_CREDIT, 1, "\0\0\0\1\0", bad ? 5 : 4);
}

static void
eof_with_bytes(GByteArray *wire, bool bad)
{
    put(wire, DS_MUX_EOF, 1, "x", bad ? 1 : 0);
}

static void
eof_on_control(GByteArray *wire, bool bad)
{
    put(wire, DS_MUX_EOF, bad ? 0 : 1, NULL, 0);
}

static void
reset_on_control(GByteArray *wire, bool bad)
{
    put_reset(wire, bad ? 0 : 1);
}

static void
reset_of_a_wrong_length(GByteArray *wire, bool bad)
{
    put(wire, DS_MUX_RESET, 1, "\1\1", bad ? 2 : 1);
}

static void
reset_without_reason(GByteArray *wire, bool bad)
{
    put(wire, DS_MUX_RESET, 1, bad ? "\0" : "\1", 1);
}

static void
unknown_type_too_long(GByteArray *wire, bool bad)
{
    gsize len = bad ? DS_MUX_DATA_MAX + 1 : DS_MUX_DATA_MAX;
    g_autofree uint8_t *bytes = g_malloc0(len);
    put(wire, 99, 1, bytes, len);
}

static const struct {
    const char *name;
    void (*make)(GByteArray *wire, bool bad);
    const char *text;
} faults[] = {
        {"data-over-its-length", data_over_its_length, "DATA with a payload of 16321 bytes"},
        {"data-without-bytes", data_without_bytes, "DATA with a payload of 0 bytes"},
        {"data-over-the-credit", data_over_the_credit, "whose credit is 0"},
        {"data-after-eof", data_after_eof, "DATA after EOF on channel 1"},
        {"second-eof", second_eof, "a second EOF on channel 1"},
        {"data-never-opened", data_never_opened, "DATA on channel 5, which was never opened"},
        {"data-on-ours-never-opened", data_on_ours_never_opened, "DATA on channel 2, which"},
        {"reset-never-opened", reset_never_opened, "RESET on channel 5, which"},
        {"open-twice", open_twice, "OPEN of channel 3 out of order"},
        {"open-of-our-number", open_of_our_number, "OPEN of channel 6 out of order"},
        {"open-of-zero", open_of_zero, "OPEN on the control channel"},
        {"open-of-control", open_of_control, "OPEN of a second control channel"},
        {"open-of-a-wrong-length", open_of_a_wrong_length, "OPEN with a payload of 6 bytes"},
        {"open-with-too-much-credit", open_with_too_much_credit, "a credit of 2147483649"},
        {"credit-over-the-sum", credit_over_the_sum, "on channel 1, which has 16"},
        {"credit-over-the-sum-on-control", credit_over_the_sum_on_control, "on channel 0"},
        {"credit-of-zero", credit_of_zero, "CREDIT of 0 on channel 1"},
        {"credit-of-a-wrong-length", credit_of_a_wrong_length, "CREDIT with a payload of 5"},
        {"eof-with-bytes", eof_with_bytes, "EOF with a payload of 1"},
        {"eof-on-control", eof_on_control, "EOF on the control channel"},
        {"reset-on-control", reset_on_control, "RESET on the control channel"},
        {"reset-of-a-wrong-length", reset_of_a_wrong_length, "RESET with a payload of 2"},
        {"reset-without-reason", reset_without_reason, "RESET without a reason"},
        {"unknown-type-too-long", unknown_type_too_long, "unknown type with a payload of 16321"},
};

static bool
accept_any(void *arg, struct ds_channel *channel, enum ds_channel_kind kind)
{
    return true;
}

/* A helpee's mux that met channels 1 and 3, in a pair whose other end is never used. */
static void
init_victim(struct mux_pair *pair, GByteArray *wire)
{
    mux_pair_init(pair, NULL);
    pair->end[1].on_open = accept_any;
    put_open(wire, 1, DS_CHANNEL_TCP, 16);
    put_open(wire, 3, DS_CHANNEL_TCP, 16);
    put_reset(wire, 3);
}

static int
feed(struct mux_pair *pair, const GByteArray *wire, gsize piece)
{
    int err = 0;
    for (gsize pos = 0; err == 0 && pos < wire->len; pos += piece) {
        gsize n = MIN(piece, wire->len - pos);
        g_autofree uint8_t *bytes = g_memdup2(wire->data + pos, n);
        err = ds_mux_input(pair->end[1].mux, bytes, n);
    }
    return err;
}

static void
run_fault(gsize i, bool bad, gsize piece)
{
    struct mux_pair pair;
    g_autoptr(GByteArray) wire = g_byte_array_new();
    init_victim(&pair, wire);
    faults[i].make(wire, bad);
    int err = feed(&pair, wire, piece);
    const char *text = ds_mux_error_text(pair.end[1].mux);
    g_test_message("%s, %s: %s", faults[i].name, bad ? "bad" : "twin", text);
    if (bad) {
        g_assert_cmpint(err, ==, DS_ERR_PROTOCOL);
        g_assert_nonnull(strstr(text, faults[i].text));
        g_assert_cmpint(ds_mux_input(pair.end[1].mux, wire->data, 1), ==, DS_ERR_PROTOCOL);
    } else {
        g_assert_cmpint(err, ==, 0);
        g_assert_cmpstr(text, ==, "");
    }
    mux_pair_finish(&pair);
}

static void
test_faults(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        for (int bad = 0; bad < 2; bad++) {
            run_fault(i, bad, SIZE_MAX / 2);
            run_fault(i, bad, 1);
        }
    }
}

/* The RESETs on the wire of end 1 with their reason. */
static guint
count_resets(struct mux_pair *pair, uint8_t reason)
{
    struct ds_mux_frame frame;
    gsize pos = 0;
    guint count = 0;
    GByteArray *wire = pair->end[1].wire;
    while (mux_pair_pull(pair, 1))
        ;
    while (mux_frame_next(wire, &pos, &frame))
        if (frame.type == DS_MUX_RESET)
            count += wire->data[pos - 1] == reason;
    g_byte_array_set_size(wire, 0);
    return count;
}

static void
put_opens(GByteArray *wire, guint32 first_id, guint count)
{
    for (guint i = 0; i < count; i++)
        put_open(wire, first_id + 2 * i, DS_CHANNEL_TCP, 16);
}

static void
test_open_flood(void)
{
    struct mux_pair pair;
    g_autoptr(GByteArray) wire = g_byte_array_new();
    init_victim(&pair, wire); /* one is open */
    put_opens(wire, 5, DS_MUX_CHANNELS_MAX - 1);
    g_assert_cmpint(feed(&pair, wire, SIZE_MAX / 2), ==, 0);
    g_assert_cmpuint(count_resets(&pair, DS_REASON_INTERNAL), ==, 0);

    /* Whoever reads the answers may go on for ever. */
    guint32 id = 5 + 2 * DS_MUX_CHANNELS_MAX;
    for (int round = 0; round < 10; round++, id += 2 * DS_MUX_RESETS_MAX) {
        g_byte_array_set_size(wire, 0);
        put_opens(wire, id, DS_MUX_RESETS_MAX);
        g_assert_cmpint(feed(&pair, wire, SIZE_MAX / 2), ==, 0);
        g_assert_cmpuint(count_resets(&pair, DS_REASON_INTERNAL), ==, DS_MUX_RESETS_MAX);
    }
    /* A refused one that is given up by its opener needs no answer, and makes room. */
    g_byte_array_set_size(wire, 0);
    put_opens(wire, id, DS_MUX_RESETS_MAX);
    for (guint i = 0; i < DS_MUX_RESETS_MAX; i++)
        put_reset(wire, id + 2 * i);
    put_opens(wire, id + 2 * DS_MUX_RESETS_MAX, DS_MUX_RESETS_MAX);
    g_assert_cmpint(feed(&pair, wire, SIZE_MAX / 2), ==, 0);

    g_byte_array_set_size(wire, 0);
    put_opens(wire, id + 4 * DS_MUX_RESETS_MAX, 1);
    g_assert_cmpint(feed(&pair, wire, SIZE_MAX / 2), ==, DS_ERR_PROTOCOL);
    g_assert_cmpstr(ds_mux_error_text(pair.end[1].mux), ==, "more than 64 refused channels");
    mux_pair_finish(&pair);
}

static void
test_declined(void)
{
    struct mux_pair pair;
    g_autoptr(GByteArray) wire = g_byte_array_new();
    mux_pair_init(&pair, NULL);
    put_open(wire, 1, DS_CHANNEL_TCP, 16); /* nobody takes it */
    put_open(wire, 3, 77, 16);             /* nobody knows that kind, and nobody is asked */
    g_assert_cmpint(feed(&pair, wire, 1), ==, 0);
    g_assert_cmpuint(count_resets(&pair, DS_REASON_DECLINED), ==, 2);
    pair.end[1].on_open = accept_any;
    g_byte_array_set_size(wire, 0);
    put_open(wire, 5, DS_CHANNEL_FILES, 16);
    put_open(wire, 7, DS_CHANNEL_FILES + 1, 16);
    g_assert_cmpint(feed(&pair, wire, 1), ==, 0);
    g_assert_cmpuint(count_resets(&pair, DS_REASON_DECLINED), ==, 1);
    mux_pair_finish(&pair);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mux-hostile/faults", test_faults);
    g_test_add_func("/mux-hostile/open-flood", test_open_flood);
    g_test_add_func("/mux-hostile/declined", test_declined);
    return g_test_run();
}
