/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/crypto/code_link.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>

#include "net/wire/record.h"

static const char scheme[] = "deskside://";

/* A link with everything percent-encoded, and some parameters that somebody's mailer added. */
enum { LINK_INPUT_MAX = 2048 };

static bool
is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

/* Decode in place (RFC 3986, section 2.1). What it encodes must be no control character either. */
static bool
percent_decode(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        char c = *from;
        if (c == '%') {
            int high = ds_hex_value(from[1]);
            int low = high < 0 ? -1 : ds_hex_value(from[2]);
            if (low < 0)
                return false;
            c = (char)(high << 4 | low);
            from += 2;
        }
        if (is_control(c))
            return false;
        *to++ = c;
    }
    *to = '\0';
    return true;
}

/* End `text` at the first of `c` and return what follows it; "" where there is none. */
static char *
cut(char *text, char c)
{
    char *at = strchr(text, c);
    if (at == NULL)
        return text + strlen(text);
    *at = '\0';
    return at + 1;
}

static bool
is_numeric(const char *host)
{
    struct in6_addr addr;
    return inet_pton(AF_INET, host, &addr) == 1 || inet_pton(AF_INET6, host, &addr) == 1;
}

/*
 * An ASCII name of letters, digits, '-' and '_'; other scripts come as xn--, so that a host which
 * is shown for approval looks like no other. No top-level domain begins with a digit, but resolvers
 * take "127.1" and "0x7f.1" for addresses.
 */
static bool
is_name(const char *host)
{
    char last = '.', first_of_label = '\0';
    for (const char *p = host; *p != '\0'; last = *p++) {
        if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) && *p != '-' && *p != '_' &&
                *p != '.')
            return false;
        if (*p == '.' && last == '.')
            return false;
        if (last == '.')
            first_of_label = *p;
    }
    return islower((unsigned char)first_of_label) != 0;
}

/* Read "host", "host:port" or "[v6]:port". The port stays 0 where there is none. */
static bool
read_host(struct ds_link_form *form, const char *text)
{
    if (ds_addr_split(text, 0, form->host, &form->port) == 0) {
        if (form->port == 0)
            return false;
    } else if (ds_addr_split(text, DS_DEFAULT_PORT, form->host, &form->port) == 0) {
        form->port = 0;
    } else {
        return false;
    }
    for (char *p = form->host; *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
    return is_numeric(form->host) || is_name(form->host);
}

static bool
read_query(struct ds_link_form *form, char *query)
{
    while (*query != '\0') {
        char *next = cut(query, '&');
        char *value = cut(query, '=');
        if (!percent_decode(query) || !percent_decode(value))
            return false;
        if (strcmp(query, "pin") == 0) {
            if (form->has_pin || ds_pin_parse(form->pin, value, strlen(value)) < 0)
                return false;
            form->has_pin = true;
        }
        query = next;
    }
    return true;
}

/* Read what follows the scheme; `text` is taken apart. */
static enum ds_code_why
read_link(struct ds_link_form *form, char *text)
{
    enum ds_code_why why = DS_CODE_FINE;
    cut(text, '#');
    char *query = cut(text, '?');
    char *path = cut(text, '/');
    char *end = path + strlen(path);
    while (end > path && end[-1] == '/')
        *--end = '\0';
    if (!percent_decode(text) || !percent_decode(path) || !read_host(form, text) ||
            !read_query(form, query))
        return DS_CODE_ADDRESS;
    return ds_code_parse(&form->code, path, &why) < 0 ? why : DS_CODE_FINE;
}

static const char *
skip_space(const char *text)
{
    return text + strspn(text, " \t\r\n");
}

int
ds_code_link_parse(struct ds_link_form *form, const char *text, enum ds_code_why *why)
{
    char copy[LINK_INPUT_MAX] = "";
    memset(form, 0, sizeof *form);
    *why = DS_CODE_ADDRESS;
    text = skip_space(text);
    size_t len = strlen(text);
    while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
        len--;
    if (len < sizeof copy && strncasecmp(text, scheme, sizeof scheme - 1) == 0) {
        memcpy(copy, text, len);
        copy[len] = '\0';
        *why = read_link(form, copy + sizeof scheme - 1);
        OPENSSL_cleanse(copy, sizeof copy);
    }
    if (*why == DS_CODE_FINE)
        return 0;
    ds_link_form_wipe(form);
    return DS_ERR_INVALID;
}

const char *
ds_code_place_format(
        const struct ds_link_form *form, uint16_t default_port, char out[static DS_PLACE_TEXT_MAX])
{
    char port[8] = "";
    bool is_v6 = strchr(form->host, ':') != NULL;
    if (form->port != 0 && form->port != default_port)
        snprintf(port, sizeof port, ":%u", (unsigned)form->port);
    snprintf(out, DS_PLACE_TEXT_MAX, is_v6 ? "[%s]%s" : "%s%s", form->host, port);
    return out;
}

const char *
ds_code_link_format(const struct ds_link_form *form, char out[static DS_LINK_TEXT_MAX])
{
    char digits[DS_CODE_DIGITS_MAX + 1], pin[DS_PIN_TEXT_MAX], place[DS_PLACE_TEXT_MAX];
    snprintf(out, DS_LINK_TEXT_MAX, "%s%s/%s%s%s", scheme, ds_code_place_format(form, 0, place),
            ds_code_digits(&form->code, digits), form->has_pin ? "?pin=" : "",
            form->has_pin ? ds_pin_format(form->pin, pin) : "");
    OPENSSL_cleanse(digits, sizeof digits);
    return out;
}

/* Read a numeric address at the start; returns what follows it, NULL where there is none. */
static const char *
read_address(struct ds_link_form *form, const char *text)
{
    char token[DS_ADDR_TEXT_MAX];
    size_t len = strspn(text, "0123456789abcdefABCDEF.:[]");
    if (len == 0 || len >= sizeof token)
        return NULL;
    memcpy(token, text, len);
    token[len] = '\0';
    return read_host(form, token) && is_numeric(form->host) ? text + len : NULL;
}

/*
 * An address is one from its last digit on: "192.168.120.201 4" is thirteen digits with dots and a
 * space between them, and one in ten of such is a code by chance.
 */
static enum ds_code_why
read_lan_or_code(struct ds_link_form *form, enum ds_paste *paste, const char *text)
{
    enum ds_code_why why = DS_CODE_FINE;
    const char *rest = read_address(form, text);
    *paste = rest != NULL ? DS_PASTE_LAN : DS_PASTE_CODE;
    if (rest == NULL) {
        form->host[0] = '\0';
        form->port = 0;
        rest = text;
    }
    return ds_code_parse(&form->code, rest, &why) == 0 ? DS_CODE_FINE : why;
}

int
ds_code_paste_parse(
        struct ds_link_form *form, enum ds_paste *paste, const char *text, enum ds_code_why *why)
{
    memset(form, 0, sizeof *form);
    text = skip_space(text);
    if (strncasecmp(text, scheme, strlen("deskside:")) == 0 || strstr(text, "://") != NULL) {
        *paste = DS_PASTE_LINK;
        return ds_code_link_parse(form, text, why);
    }
    *why = read_lan_or_code(form, paste, text);
    if (*why == DS_CODE_FINE)
        return 0;
    ds_link_form_wipe(form);
    return DS_ERR_INVALID;
}

void
ds_link_form_wipe(struct ds_link_form *form)
{
    if (form != NULL)
        OPENSSL_cleanse(form, sizeof *form);
}
