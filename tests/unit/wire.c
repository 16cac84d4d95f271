/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include "net/wire/reader.h"
#include "net/wire/record.h"
#include "net/wire/tlv.h"
#include "net/wire/writer.h"

static void
test_numbers(void)
{
    uint8_t buf[64];
    struct ds_writer w;
    struct ds_reader r;

    ds_writer_init(&w, buf, sizeof buf);
    ds_writer_u8(&w, 0x12);
    ds_writer_u16(&w, 0x3456);
    ds_writer_u24(&w, 0x789abc);
    ds_writer_u32(&w, 0xdef01234);
    ds_writer_u64(&w, 0x56789abcdef01234);
    g_assert_false(w.failed);
    g_assert_cmpuint(w.len, ==, 18);
    g_assert_cmpmem(buf, 6, "\x12\x34\x56\x78\x9a\xbc", 6);

    ds_reader_init(&r, buf, w.len);
    g_assert_cmphex(ds_reader_u8(&r), ==, 0x12);
    g_assert_cmphex(ds_reader_u16(&r), ==, 0x3456);
    g_assert_cmphex(ds_reader_u24(&r), ==, 0x789abc);
    g_assert_cmphex(ds_reader_u32(&r), ==, 0xdef01234);
    g_assert_cmphex(ds_reader_u64(&r), ==, 0x56789abcdef01234);
    g_assert_true(ds_reader_is_done(&r));
}

static void
test_past_the_end(void)
{
    uint8_t buf[3] = {1, 2, 3};
    struct ds_reader r;
    struct ds_writer w;

    ds_reader_init(&r, buf, sizeof buf);
    g_assert_cmpuint(ds_reader_u32(&r), ==, 0);
    g_assert_true(r.failed);
    g_assert_cmpuint(ds_reader_u8(&r), ==, 0); /* failure stays */
    g_assert_null(ds_reader_bytes(&r, 0));
    g_assert_false(ds_reader_is_done(&r));

    ds_writer_init(&w, buf, sizeof buf);
    ds_writer_u16(&w, 0xffff);
    ds_writer_u16(&w, 0xffff);
    g_assert_true(w.failed);
    g_assert_cmpuint(w.len, ==, 2);
    ds_writer_init(&w, buf, sizeof buf);
    ds_writer_u24(&w, 0x1000000);
    g_assert_true(w.failed);
}

static void
test_tlv(void)
{
    uint8_t buf[64];
    struct ds_writer w;
    struct ds_reader r;
    struct ds_tlv tlv;
    uint64_t number;
    char text[4];

    ds_writer_init(&w, buf, sizeof buf);
    ds_tlv_put_number(&w, 7, 0x0102, 2);
    ds_tlv_put_text(&w, 8, "hello");
    ds_reader_init(&r, buf, w.len);
    g_assert_true(ds_tlv_next(&r, &tlv));
    g_assert_cmpuint(tlv.tag, ==, 7);
    g_assert_true(ds_tlv_number(&tlv, &number));
    g_assert_cmpuint(number, ==, 0x0102);
    g_assert_true(ds_tlv_next(&r, &tlv));
    g_assert_true(ds_tlv_text(&tlv, text, sizeof text));
    g_assert_cmpstr(text, ==, "hel"); /* cut to the room given */
    g_assert_false(ds_tlv_number(&(struct ds_tlv){.len = 9}, &number));
    g_assert_false(ds_tlv_next(&r, &tlv));
    g_assert_false(r.failed);

    for (size_t cut = 1; cut < w.len; cut++) {
        if (cut == 6) /* the whole first field */
            continue;
        ds_reader_init(&r, buf, cut);
        while (ds_tlv_next(&r, &tlv))
            ;
        g_assert_true(r.failed);
    }
}

static void
test_record(void)
{
    uint8_t buf[16];
    struct ds_record record;

    ds_record_header(buf, DS_RECORD_SAY, 5);
    for (size_t n = 0; n < 9; n++)
        g_assert_cmpint(ds_record_parse(&record, buf, n, 5), ==, 0);
    g_assert_cmpint(ds_record_parse(&record, buf, sizeof buf, 5), ==, 9);
    g_assert_cmpuint(record.type, ==, DS_RECORD_SAY);
    g_assert_cmpuint(record.len, ==, 5);
    g_assert_true(record.payload == buf + 4);
    g_assert_cmpint(ds_record_parse(&record, buf, 4, 4), ==, DS_ERR_TOO_BIG);
    ds_record_header(buf, DS_RECORD_PIPE, 0xffffff);
    g_assert_cmpint(ds_record_parse(&record, buf, 4, 16380), ==, DS_ERR_TOO_BIG);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/numbers", test_numbers);
    g_test_add_func("/wire/past-the-end", test_past_the_end);
    g_test_add_func("/wire/tlv", test_tlv);
    g_test_add_func("/wire/record", test_record);
    return g_test_run();
}
