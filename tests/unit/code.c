/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/crypto/code.h"

#include <glib.h>
#include <string.h>

#include "net/crypto/code_link.h"
#include "net/crypto/damm.h"
#include "net/crypto/digits.h"
#include "net/crypto/utf8.h"
#include "tests/lib/seed.h"

/* 4821 9130 577 and its check digit. */
#define SHOWN "4821 9130 5778"
#define PLAIN "482191305778"
#define PIN "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void
test_damm(void)
{
    g_assert_true(ds_damm("572", 3) == '4'); /* the example in Damm's text */
    g_assert_true(ds_damm("5724", 4) == '0');
    g_assert_true(ds_damm("", 0) == '0');
    g_assert_true(ds_damm(PLAIN, 11) == PLAIN[11]);
}

/* Every wrong digit and every swap of neighbours, in random codes of every length. */
static void
test_slips(void)
{
    g_autoptr(GRand) rand = test_seed();
    for (gsize n = DS_CODE_DIGITS_MIN; n <= DS_CODE_DIGITS_MAX; n++) {
        char good[DS_CODE_DIGITS_MAX + 1], bad[sizeof good];
        struct ds_code code;
        enum ds_code_why why;
        for (gsize i = 0; i + 1 < n; i++)
            good[i] = (char)('0' + g_rand_int_range(rand, 0, 10));
        good[n - 1] = ds_damm(good, n - 1);
        good[n] = '\0';
        g_assert_cmpint(ds_code_parse(&code, good, &why), ==, 0);
        for (gsize i = 0; i < n; i++) {
            for (gsize value = 0; value < 10; value++) {
                char wrong = "0123456789"[value];
                memcpy(bad, good, sizeof bad);
                bad[i] = wrong;
                g_assert_cmpint(
                        ds_code_parse(&code, bad, &why), ==, wrong == good[i] ? 0 : DS_ERR_INVALID);
                g_assert_cmpint(why, ==, wrong == good[i] ? DS_CODE_FINE : DS_CODE_CHECK);
            }
            memcpy(bad, good, sizeof bad);
            if (i + 1 < n && good[i] != good[i + 1]) {
                bad[i] = good[i + 1];
                bad[i + 1] = good[i];
                g_assert_cmpint(ds_code_parse(&code, bad, &why), ==, DS_ERR_INVALID);
                g_assert_cmpint(why, ==, DS_CODE_CHECK);
            }
        }
    }
}

static void
test_forgiving(void)
{
    static const char *const texts[] = {
            PLAIN, SHOWN, "  4821-9130-5778\r\n", "4821.9130.5778",
            "4821\u00a09130\u202f5778",                         /* no-break spaces */
            "4821\u20099130\u30005778",                         /* thin, ideographic */
            "4821\u20139130\u20145778",                         /* en dash, em dash */
            "4821\u22129130\uff0d5778",                         /* minus, fullwidth hyphen */
            "4821\u00b79130\u30fb5778",                         /* middle dots */
            "\u202a4821\u200b9130\u00ad5778\u202c\u200e\ufeff", /* invisible marks */
            "\uff14\uff18\uff12\uff11 \uff19\uff11\uff13\uff10 \uff15\uff17\uff17\uff18",
            "\u0664\u0668\u0662\u0661 \u0669\u0661\u0663\u0660 \u0665\u0667\u0667\u0668",
            "\u06f4\u06f8\u06f2\u06f1 \u06f9\u06f1\u06f3\u06f0 \u06f5\u06f7\u06f7\u06f8",
            "\u096a\u096e\u0968\u0967 \u096f\u0967\u0969\u0966 \u096b\u096d\u096d\u096e",
            "\u09ea\u09ee\u09e8\u09e7 \u09ef\u09e7\u09e9\u09e6 \u09eb\u09ed\u09ed\u09ee",
            "\u0e54\u0e58\u0e52\u0e51 \u0e59\u0e51\u0e53\u0e50 \u0e55\u0e57\u0e57\u0e58",
            "4821 \u0669\u0661\u0663\u0660 5778", /* mixed */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        struct ds_code code;
        enum ds_code_why why = DS_CODE_CHECK;
        char text[DS_CODE_TEXT_MAX], digits[DS_CODE_DIGITS_MAX + 1];
        g_test_message("%s", texts[i]);
        g_assert_cmpint(ds_code_parse(&code, texts[i], &why), ==, 0);
        g_assert_cmpint(why, ==, DS_CODE_FINE);
        g_assert_cmpstr(code.nameplate, ==, "4821");
        g_assert_cmpstr(code.secret, ==, "9130577");
        g_assert_cmpstr(ds_code_format(&code, text), ==, SHOWN);
        g_assert_cmpstr(ds_code_digits(&code, digits), ==, PLAIN);
        g_assert_cmpuint(ds_code_password(&code, digits), ==, 11);
        g_assert_cmpstr(digits, ==, "48219130577");
    }
}

/* GLib knows which code points are decimal digits, and which are dashes and spaces. */
static void
test_all_scripts(void)
{
    guint digits = 0, separators = 0;
    for (gunichar c = 1; c <= 0x10ffff; c++) {
        char text[8] = "", out[4];
        if (!g_unichar_validate(c))
            continue;
        text[g_unichar_to_utf8(c, text)] = '\0';
        GUnicodeType type = g_unichar_type(c);
        int n = ds_digits_read(out, sizeof out, text);
        if (n == 1) {
            g_assert_cmpint(g_unichar_digit_value(c), ==, out[0] - '0');
            digits++;
        } else if (type == G_UNICODE_DASH_PUNCTUATION || type == G_UNICODE_SPACE_SEPARATOR) {
            g_assert_cmpint(n, ==, 0);
            separators++;
        } else if (c < 0x10000) {
            g_assert_cmpint(type, !=, G_UNICODE_DECIMAL_NUMBER);
        }
        if (type == G_UNICODE_UPPERCASE_LETTER || type == G_UNICODE_LOWERCASE_LETTER)
            g_assert_cmpint(n, ==, DS_ERR_INVALID);
    }
    g_assert_cmpuint(digits, ==, 660);
    g_assert_cmpuint(separators, >, 40);
}

static void
test_not_a_code(void)
{
    static const struct {
        const char *text;
        enum ds_code_why why;
    } rows[] = {
            {"", DS_CODE_TOO_SHORT},
            {" - ", DS_CODE_TOO_SHORT},
            {"4821 9130 577", DS_CODE_TOO_SHORT},
            {"4821 9130 5778 1234 56", DS_CODE_TOO_LONG},
            {"4821 9130 5778 1234 5678 9012 3456", DS_CODE_TOO_LONG},
            {"4821 9130 5777", DS_CODE_CHECK},
            {"4812 9130 5778", DS_CODE_CHECK},
            {"4821 9130 577x", DS_CODE_NOT_DIGITS},
            {"hello", DS_CODE_NOT_DIGITS},
            {"+4821 9130 5778", DS_CODE_NOT_DIGITS},
            {"4821/9130/5778", DS_CODE_NOT_DIGITS},
            {"4821 9130 5778\x01", DS_CODE_NOT_DIGITS},
            {"\u2460\u00b2\u2167", DS_CODE_NOT_DIGITS}, /* circled, superscript, Roman */
            {"4821 9130 5778\xff", DS_CODE_NOT_DIGITS},
            {"\xc0\xb4"
             "821 9130 5778",
                    DS_CODE_NOT_DIGITS},                        /* overlong '4' */
            {"4821 9130 5778\xe2\x80", DS_CODE_NOT_DIGITS},     /* cut short */
            {"4821 9130 5778\xed\xa0\x80", DS_CODE_NOT_DIGITS}, /* a surrogate */
            {"4821 9130 5778 1234 5678 x", DS_CODE_NOT_DIGITS},
    };
    static const struct ds_code wiped;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_code code;
        enum ds_code_why why = DS_CODE_FINE;
        g_test_message("row %zu", i);
        g_assert_cmpint(ds_code_parse(&code, rows[i].text, &why), ==, DS_ERR_INVALID);
        g_assert_cmpint(why, ==, rows[i].why);
        g_assert_cmpmem(&code, sizeof code, &wiped, sizeof wiped);
    }
}

static void
test_utf8(void)
{
    static const struct {
        const char *text;
        int result;
        guint32 point;
    } rows[] = {
            {"", 0, 0},
            {"A", 1, 'A'},
            {"\x7f", 1, 0x7f},
            {"\xc2\x80", 1, 0x80},
            {"\xdf\xbf", 1, 0x7ff},
            {"\xe0\xa0\x80", 1, 0x800},
            {"\xef\xbf\xbf", 1, 0xffff},
            {"\xf0\x90\x80\x80", 1, 0x10000},
            {"\xf4\x8f\xbf\xbf", 1, 0x10ffff},
            {"\xf4\x90\x80\x80", DS_ERR_INVALID, 0},
            {"\xf0\x8f\xbf\xbf", DS_ERR_INVALID, 0},
            {"\xe0\x9f\xbf", DS_ERR_INVALID, 0},
            {"\xc1\xbf", DS_ERR_INVALID, 0},
            {"\xed\xbf\xbf", DS_ERR_INVALID, 0},
            {"\x80", DS_ERR_INVALID, 0},
            {"\xf8\x88\x80\x80\x80", DS_ERR_INVALID, 0},
            {"\xf0\x90\x80", DS_ERR_INVALID, 0},
            {"\xe2", DS_ERR_INVALID, 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *p = rows[i].text;
        guint32 point = 0;
        g_assert_cmpint(ds_utf8_next(&p, &point), ==, rows[i].result);
        g_assert_cmpuint(point, ==, rows[i].point);
        g_assert_true(p == rows[i].text + (rows[i].result == 1 ? strlen(rows[i].text) : 0));
    }
}

static void
test_groups(void)
{
    static const struct {
        const char *nameplate, *groups;
    } rows[] = {
            {"0123", "dddd dddd dddd"},
            {"01234", "dddd ddd ddd ddd"},
            {"012345", "dddd dddd ddd ddd"},
            {"0123456", "dddd dddd dddd ddd"},
            {"01234567", "dddd dddd dddd dddd"},
            {"012345678", "dddd dddd ddd ddd ddd"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_code code, again;
        enum ds_code_why why;
        char text[DS_CODE_TEXT_MAX], shape[DS_CODE_TEXT_MAX];
        g_assert_cmpint(ds_code_make(&code, rows[i].nameplate), ==, 0);
        g_assert_cmpint(ds_code_parse(&again, ds_code_format(&code, text), &why), ==, 0);
        g_assert_cmpmem(&code, sizeof code, &again, sizeof again);
        gsize n = strlen(text);
        for (gsize at = 0; at <= n; at++)
            shape[at] = g_ascii_isdigit(text[at]) ? 'd' : text[at];
        g_assert_cmpstr(shape, ==, rows[i].groups);
    }
}

static void
test_nameplate(void)
{
    struct ds_code code;
    g_assert_true(ds_nameplate_is_valid("0000"));
    g_assert_true(ds_nameplate_is_valid("123456789"));
    g_assert_false(ds_nameplate_is_valid(""));
    g_assert_false(ds_nameplate_is_valid("123"));
    g_assert_false(ds_nameplate_is_valid("1234567890"));
    g_assert_false(ds_nameplate_is_valid("12a4"));
    g_assert_false(ds_nameplate_is_valid("1234 "));
    g_assert_cmpint(ds_code_make(&code, "12a4"), ==, DS_ERR_INVALID);
    g_assert_cmpstr(code.secret, ==, "");
}

/* Each digit of 3,000 secrets is as common as the others: chi-square with 9 degrees of freedom. */
static void
test_secret_is_uniform(void)
{
    enum { SECRETS = 3000 };
    guint count[DS_CODE_SECRET_DIGITS][10] = {0};
    for (guint i = 0; i < SECRETS; i++) {
        struct ds_code code;
        g_assert_cmpint(ds_code_make(&code, "4821"), ==, 0);
        g_assert_cmpuint(strlen(code.secret), ==, DS_CODE_SECRET_DIGITS);
        for (guint d = 0; d < DS_CODE_SECRET_DIGITS; d++) {
            g_assert_true(g_ascii_isdigit(code.secret[d]));
            count[d][code.secret[d] - '0']++;
        }
    }
    for (guint d = 0; d < DS_CODE_SECRET_DIGITS; d++) {
        double chi = 0, expected = SECRETS / 10.0;
        for (guint v = 0; v < 10; v++)
            chi += (count[d][v] - expected) * (count[d][v] - expected) / expected;
        g_assert_cmpfloat(chi, <, 60); /* p = 1e-9: a missing digit gives 300 */
    }
}

static void
test_wipe(void)
{
    static const struct ds_code wiped;
    struct ds_code code;
    g_assert_cmpint(ds_code_make(&code, "4821"), ==, 0);
    ds_code_wipe(&code);
    g_assert_cmpmem(&code, sizeof code, &wiped, sizeof wiped);
    ds_code_wipe(NULL);
    ds_link_form_wipe(NULL);
}

static void
test_link(void)
{
    static const struct {
        const char *text, *host;
        guint16 port;
        gboolean has_pin;
    } rows[] = {
            {"deskside://support.example.org/" PLAIN, "support.example.org", 0, FALSE},
            {"deskside://support.example.org:8443/" PLAIN "/", "support.example.org", 8443, FALSE},
            {" DeskSide://Support.Example.ORG/" PLAIN "\n", "support.example.org", 0, FALSE},
            {"deskside://h.example/" PLAIN "?pin=" PIN, "h.example", 0, TRUE},
            {"deskside://h.example/" PLAIN "/?utm=1&pin=" PIN "#top", "h.example", 0, TRUE},
            {"deskside://h.example/4821%209130%205778", "h.example", 0, FALSE},
            {"deskside://h.example/4821-9130-5778", "h.example", 0, FALSE},
            {"deskside://h%2Eexample:443/%34821%C2%A09130%20577%38", "h.example", 443, FALSE},
            {"deskside://192.168.1.20:7000/" PLAIN, "192.168.1.20", 7000, FALSE},
            {"deskside://[2001:DB8::1]/" PLAIN, "2001:db8::1", 0, FALSE},
            {"deskside://[2001:db8::1]:444/" PLAIN, "2001:db8::1", 444, FALSE},
            {"deskside://localhost/" PLAIN, "localhost", 0, FALSE},
            {"deskside://xn--bcher-kva.example/" PLAIN, "xn--bcher-kva.example", 0, FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_link_form form, again;
        enum ds_code_why why = DS_CODE_CHECK;
        enum ds_paste paste = DS_PASTE_CODE;
        char text[DS_LINK_TEXT_MAX];
        g_test_message("%s", rows[i].text);
        g_assert_cmpint(ds_code_link_parse(&form, rows[i].text, &why), ==, 0);
        g_assert_cmpint(why, ==, DS_CODE_FINE);
        g_assert_cmpstr(form.host, ==, rows[i].host);
        g_assert_cmpuint(form.port, ==, rows[i].port);
        g_assert_cmpint(form.has_pin, ==, rows[i].has_pin);
        g_assert_cmpuint(form.pin[1], ==, rows[i].has_pin ? 0x11 : 0);
        g_assert_cmpstr(form.code.nameplate, ==, "4821");
        g_assert_cmpstr(form.code.secret, ==, "9130577");
        ds_code_link_format(&form, text);
        g_assert_cmpint(ds_code_paste_parse(&again, &paste, text, &why), ==, 0);
        g_assert_cmpint(paste, ==, DS_PASTE_LINK);
        g_assert_cmpmem(&form, sizeof form, &again, sizeof again);
    }
}

static void
test_link_text(void)
{
    struct ds_link_form form = {.host = "2001:db8::1", .port = 65535, .has_pin = true};
    char text[DS_LINK_TEXT_MAX];
    memset(form.pin, 0xab, sizeof form.pin);
    memcpy(form.code.nameplate, "4821", 5);
    memcpy(form.code.secret, "9130577", 8);
    g_assert_cmpstr(ds_code_link_format(&form, text), ==,
            "deskside://[2001:db8::1]:65535/" PLAIN
            "?pin=abababababababababababababababababababababababababababababababab");
    char place[DS_PLACE_TEXT_MAX];
    g_assert_cmpstr(ds_code_place_format(&form, 1, place), ==, "[2001:db8::1]:65535");
    g_assert_cmpstr(ds_code_place_format(&form, 65535, place), ==, "[2001:db8::1]");
    /* The longest of all still fits. */
    memset(form.host, 'a', sizeof form.host - 1);
    memcpy(form.code.nameplate, "123456789", 10);
    g_assert_cmpuint(strlen(ds_code_link_format(&form, text)), ==, 11 + 255 + 6 + 1 + 17 + 5 + 64);
    g_assert_cmpuint(strlen(ds_code_place_format(&form, 1, place)), ==, 255 + 6);
}

static void
test_bad_link(void)
{
    static const struct {
        const char *text;
        enum ds_code_why why;
    } rows[] = {
            {"", DS_CODE_ADDRESS},
            {"deskside:", DS_CODE_ADDRESS},
            {"https://h.example/" PLAIN, DS_CODE_ADDRESS},
            {"deskside:///" PLAIN, DS_CODE_ADDRESS},
            {"deskside://h.example", DS_CODE_TOO_SHORT},
            {"deskside://h.example/", DS_CODE_TOO_SHORT},
            {"deskside://h.example/482191305777", DS_CODE_CHECK},
            {"deskside://h.example/4821913057", DS_CODE_TOO_SHORT},
            {"deskside://h.example/x" PLAIN, DS_CODE_NOT_DIGITS},
            {"deskside://h.example/a/" PLAIN, DS_CODE_NOT_DIGITS},
            {"deskside://user@h.example/" PLAIN, DS_CODE_ADDRESS},
            {"deskside://user:word@h.example/" PLAIN, DS_CODE_ADDRESS},
            {"deskside://good.example%40h.example/" PLAIN, DS_CODE_ADDRESS},
            {"deskside://h.example%00.evil/" PLAIN, DS_CODE_ADDRESS},
            {"deskside://h.ex\tample/" PLAIN, DS_CODE_ADDRESS},
            {"deskside://h.example/4821%0a91305778", DS_CODE_ADDRESS},
            {"deskside://h.example/4821\n91305778", DS_CODE_ADDRESS},
            {"deskside://h.example/4821%2", DS_CODE_ADDRESS},
            {"deskside://h.example/4821%zz", DS_CODE_ADDRESS},
            {"deskside://h\u202eexample.org/" PLAIN, DS_CODE_ADDRESS},
            {"deskside://b\u00fccher.example/" PLAIN, DS_CODE_ADDRESS},
            {"deskside://h..example/" PLAIN, DS_CODE_ADDRESS},
            {"deskside://.example/" PLAIN, DS_CODE_ADDRESS},
            {"deskside://127.1/" PLAIN, DS_CODE_ADDRESS},
            {"deskside://2130706433/" PLAIN, DS_CODE_ADDRESS},
            {"deskside://0x7f.0x1/" PLAIN, DS_CODE_ADDRESS},
            {"deskside://h.example:0/" PLAIN, DS_CODE_ADDRESS},
            {"deskside://h.example:65536/" PLAIN, DS_CODE_ADDRESS},
            {"deskside://h.example:44x/" PLAIN, DS_CODE_ADDRESS},
            {"deskside://[2001:db8::1/" PLAIN, DS_CODE_ADDRESS},
            {"deskside://[fe80::1%25eth0]/" PLAIN, DS_CODE_ADDRESS},
            {"deskside://h.example/" PLAIN "?pin=1234", DS_CODE_ADDRESS},
            {"deskside://h.example/" PLAIN "?pin=", DS_CODE_ADDRESS},
            {"deskside://h.example/" PLAIN "?pin=" PIN "00", DS_CODE_ADDRESS},
            {"deskside://h.example/" PLAIN "?pin=" PIN "&pin=" PIN, DS_CODE_ADDRESS},
            {"deskside://h.example/" PLAIN "?a=%01", DS_CODE_ADDRESS},
    };
    static const struct ds_link_form wiped;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_link_form form;
        enum ds_code_why why = DS_CODE_FINE;
        g_test_message("%s", rows[i].text);
        g_assert_cmpint(ds_code_link_parse(&form, rows[i].text, &why), ==, DS_ERR_INVALID);
        g_assert_cmpint(why, ==, rows[i].why);
        g_assert_cmpmem(&form, sizeof form, &wiped, sizeof wiped);
    }
}

/* A link of any length is read or refused, never cut into another one. */
static void
test_long_link(void)
{
    struct ds_link_form form;
    enum ds_code_why why;
    for (gsize n = 250; n < 260; n++) {
        g_autofree char *name = g_strnfill(n, 'a');
        g_autofree char *text = g_strconcat("deskside://", name, "/" PLAIN, NULL);
        g_assert_cmpint(ds_code_link_parse(&form, text, &why), ==, n < 256 ? 0 : DS_ERR_INVALID);
    }
    g_autofree char *path = g_strnfill(5000, '/');
    g_autofree char *text = g_strconcat("deskside://h.example/" PLAIN, path, NULL);
    g_assert_cmpint(ds_code_link_parse(&form, text, &why), ==, DS_ERR_INVALID);
}

static void
test_paste(void)
{
    static const struct {
        const char *text;
        enum ds_paste paste;
        enum ds_code_why why;
        const char *host;
        guint16 port;
    } rows[] = {
            {SHOWN, DS_PASTE_CODE, DS_CODE_FINE, "", 0},
            {" " PLAIN "\n", DS_PASTE_CODE, DS_CODE_FINE, "", 0},
            {"4821.9130.5778", DS_PASTE_CODE, DS_CODE_FINE, "", 0},
            {"48.21.91.30.57.78", DS_PASTE_CODE, DS_CODE_FINE, "", 0},
            {"48.21.91.30 5778", DS_PASTE_LAN, DS_CODE_TOO_SHORT, "", 0},
            {"192.168.1.20 " SHOWN, DS_PASTE_LAN, DS_CODE_FINE, "192.168.1.20", 0},
            {" 192.168.1.20:7000\t" PLAIN, DS_PASTE_LAN, DS_CODE_FINE, "192.168.1.20", 7000},
            {"192.168.1.20\u00a0" SHOWN, DS_PASTE_LAN, DS_CODE_FINE, "192.168.1.20", 0},
            {"fe80::1 " SHOWN, DS_PASTE_LAN, DS_CODE_FINE, "fe80::1", 0},
            {"[fe80::1]:7000 " SHOWN, DS_PASTE_LAN, DS_CODE_FINE, "fe80::1", 7000},
            {"deskside://h.example/" PLAIN, DS_PASTE_LINK, DS_CODE_FINE, "h.example", 0},
            {"192.168.1.20 4821 9130 5777", DS_PASTE_LAN, DS_CODE_CHECK, "", 0},
            {"192.168.1.20", DS_PASTE_LAN, DS_CODE_TOO_SHORT, "", 0},
            {"192.168.1.20:0 " SHOWN, DS_PASTE_CODE, DS_CODE_NOT_DIGITS, "", 0},
            {"192.168.1.256 4821", DS_PASTE_CODE, DS_CODE_CHECK, "", 0},
            {"h.example " SHOWN, DS_PASTE_CODE, DS_CODE_NOT_DIGITS, "", 0},
            {"deskside:" PLAIN, DS_PASTE_LINK, DS_CODE_ADDRESS, "", 0},
            {"https://h.example/" PLAIN, DS_PASTE_LINK, DS_CODE_ADDRESS, "", 0},
            {"4821 9130", DS_PASTE_CODE, DS_CODE_TOO_SHORT, "", 0},
            {"", DS_PASTE_CODE, DS_CODE_TOO_SHORT, "", 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_link_form form;
        enum ds_paste paste;
        enum ds_code_why why;
        g_test_message("%s", rows[i].text);
        int err = ds_code_paste_parse(&form, &paste, rows[i].text, &why);
        g_assert_cmpint(why, ==, rows[i].why);
        g_assert_cmpint(err, ==, why == DS_CODE_FINE ? 0 : DS_ERR_INVALID);
        g_assert_cmpint(paste, ==, rows[i].paste);
        g_assert_cmpstr(form.host, ==, rows[i].host);
        g_assert_cmpuint(form.port, ==, rows[i].port);
        g_assert_cmpstr(form.code.secret, ==, why == DS_CODE_FINE ? "9130577" : "");
    }
}

/* Digit by digit: no address with the beginning of a code is a code, whatever its check digit. */
static void
test_paste_typed(void)
{
    static const char *const places[] = {"10.0.0.5", "192.168.1.20", "192.168.120.201"};
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
        for (guint n = 0; n < 100; n++) {
            g_autofree char *text = g_strdup_printf("%s 4%03u 9130 5778", places[i], n);
            gsize whole = strlen(text);
            for (gsize len = strlen(places[i]); len < whole; len++) {
                g_autofree char *typed = g_strndup(text, len);
                struct ds_link_form form;
                enum ds_paste paste;
                enum ds_code_why why;
                g_assert_cmpint(
                        ds_code_paste_parse(&form, &paste, typed, &why), ==, DS_ERR_INVALID);
                g_assert_cmpint(why, ==, DS_CODE_TOO_SHORT);
            }
        }
}

static void
test_pin(void)
{
    guint8 pin[DS_PIN_BYTES];
    char text[DS_PIN_TEXT_MAX];
    g_autofree char *upper = g_ascii_strup(PIN, -1);
    g_autoptr(GString) colons = g_string_new(NULL);
    for (guint i = 0; i < DS_PIN_BYTES; i++)
        g_string_append_printf(colons, "%s%.2s", i > 0 ? ":" : "", &PIN[2 * i]);
    const char *const good[] = {PIN, upper, colons->str};
    for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
        g_assert_cmpint(ds_pin_parse(pin, good[i], strlen(good[i])), ==, 0);
        g_assert_cmpstr(ds_pin_format(pin, text), ==, PIN);
        for (gsize n = 0; n < strlen(good[i]); n++) /* cut short anywhere */
            g_assert_cmpint(ds_pin_parse(pin, good[i], n), ==, DS_ERR_INVALID);
    }
    g_assert_cmpint(ds_pin_parse(pin, PIN ":", 65), ==, DS_ERR_INVALID);
    g_assert_cmpint(ds_pin_parse(pin, ":" PIN, 65), ==, DS_ERR_INVALID);
    for (int c = 0; c < 256; c++)
        g_assert_cmpint(ds_hex_value((char)c), ==, g_ascii_xdigit_value((char)c));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/code/damm", test_damm);
    g_test_add_func("/code/slips", test_slips);
    g_test_add_func("/code/forgiving", test_forgiving);
    g_test_add_func("/code/all-scripts", test_all_scripts);
    g_test_add_func("/code/not-a-code", test_not_a_code);
    g_test_add_func("/code/utf8", test_utf8);
    g_test_add_func("/code/groups", test_groups);
    g_test_add_func("/code/nameplate", test_nameplate);
    g_test_add_func("/code/secret-is-uniform", test_secret_is_uniform);
    g_test_add_func("/code/wipe", test_wipe);
    g_test_add_func("/code/link", test_link);
    g_test_add_func("/code/link-text", test_link_text);
    g_test_add_func("/code/bad-link", test_bad_link);
    g_test_add_func("/code/long-link", test_long_link);
    g_test_add_func("/code/paste", test_paste);
    g_test_add_func("/code/paste/typed", test_paste_typed);
    g_test_add_func("/code/pin", test_pin);
    return g_test_run();
}
