/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/code/code_text.h"

#include <string.h>

#define SCHEME "deskside:"

enum {
    GROUP = 4,
    FOURS_UP_TO = 12,
    DIGITS_MIN = 12,
    DIGITS_MAX = 17,
};

/* White space, dashes, and what mail and chat programs put around numbers without showing it. */
static gboolean
is_between_digits(gunichar c)
{
    return g_unichar_isspace(c) || g_unichar_type(c) == G_UNICODE_DASH_PUNCTUATION ||
           g_unichar_type(c) == G_UNICODE_FORMAT;
}

/* Returns the digits alone, or NULL where there is something else. */
static GString *
digits_of(const char *text)
{
    GString *digits = g_string_new(NULL);
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (g_unichar_isdigit(c)) {
            g_string_append_c(digits, (char)('0' + g_unichar_digit_value(c)));
        } else if (!is_between_digits(c)) {
            g_string_free(digits, TRUE);
            return NULL;
        }
    }
    return digits;
}

char *
ds_code_text_group(const char *typed)
{
    GString *digits = digits_of(typed);
    if (digits == NULL)
        return NULL;
    gsize n = digits->len;
    gsize fours = n; /* as many as there are */
    if (n > FOURS_UP_TO)
        fours = n - (GROUP - 1) * ((n + GROUP - 1) / GROUP);
    GString *grouped = g_string_new(NULL);
    for (gsize at = 0, group = 0; at < n; group++) {
        gsize size = MIN(n - at, (gsize)(group < fours ? GROUP : GROUP - 1));
        if (at > 0)
            g_string_append_c(grouped, ' ');
        g_string_append_len(grouped, digits->str + at, (gssize)size);
        at += size;
    }
    g_string_free(digits, TRUE);
    return g_string_free(grouped, FALSE);
}

int
ds_code_text_count(const char *text, int chars)
{
    int n = 0;
    for (const char *p = text; *p != '\0' && chars > 0; p = g_utf8_next_char(p), chars--)
        n += g_unichar_isdigit(g_utf8_get_char(p)) ? 1 : 0;
    return n;
}

int
ds_code_text_position(const char *grouped, int n)
{
    int at = 0;
    while (grouped[at] != '\0' && n > 0)
        n -= g_ascii_isdigit(grouped[at++]) ? 1 : 0;
    return at;
}

char *
ds_code_text_spell(const char *code)
{
    GString *spoken = g_string_new(NULL);
    for (const char *p = code; *p != '\0'; p++)
        if (g_ascii_isdigit(*p))
            g_string_append_printf(spoken, spoken->len > 0 ? ", %c" : "%c", *p);
    return g_string_free(spoken, FALSE);
}

static char *
find_link(const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        if (g_ascii_strncasecmp(p, SCHEME, strlen(SCHEME)) == 0)
            return g_strndup(p, strcspn(p, " \t\r\n\"'<>"));
    return NULL;
}

/* An address of digits and dots, or one in brackets; a port; a code. */
static char *
find_address(const char *text)
{
    static const char pattern[] =
            "(?:(?<![0-9.])[0-9]{1,3}(?:\\.[0-9]{1,3}){3}|\\[[0-9a-fA-F:.]+\\])"
            "(?::[0-9]{1,5})?\\s+[0-9](?:[\\s-]*[0-9]){11,16}(?![0-9])";
    g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    return g_regex_match(regex, text, 0, &match) ? g_match_info_fetch(match, 0) : NULL;
}

char *
ds_code_text_find(const char *text)
{
    char *found = find_link(text);
    if (found == NULL)
        found = find_address(text);
    const char *p = text;
    while (found == NULL && *p != '\0') {
        const char *start = p;
        const char *end = p; /* behind the run's last digit */
        int n = 0;
        for (; *p != '\0'; p = g_utf8_next_char(p)) {
            gunichar c = g_utf8_get_char(p);
            if (g_unichar_isdigit(c)) {
                n++;
                end = g_utf8_next_char(p);
            } else if (!is_between_digits(c)) {
                break;
            }
        }
        if (n >= DIGITS_MIN && n <= DIGITS_MAX)
            found = g_strndup(start, (gsize)(end - start));
        if (*p != '\0')
            p = g_utf8_next_char(p);
    }
    return found == NULL ? NULL : g_strstrip(found);
}
