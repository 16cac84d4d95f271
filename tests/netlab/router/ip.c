/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/netlab/router/ip.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t v4_head[12] = {[10] = 0xff, [11] = 0xff};

bool
nl_ip_is_v4(const struct nl_ip *ip)
{
    return memcmp(ip->b, v4_head, sizeof v4_head) == 0;
}

bool
nl_ip_is_many(const struct nl_ip *ip)
{
    if (nl_ip_is_v4(ip))
        return ip->b[12] >= 224;
    return ip->b[0] == 0xff || (ip->b[0] == 0xfe && (ip->b[1] & 0xc0) == 0x80);
}

bool
nl_ip_equal(const struct nl_ip *a, const struct nl_ip *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

bool
nl_end_equal(const struct nl_end *a, const struct nl_end *b)
{
    return a->port == b->port && nl_ip_equal(&a->ip, &b->ip);
}

struct nl_ip
nl_ip_of_v4(const uint8_t bytes[static 4])
{
    struct nl_ip ip;
    memcpy(ip.b, v4_head, sizeof v4_head);
    memcpy(ip.b + sizeof v4_head, bytes, 4);
    return ip;
}

struct nl_ip
nl_ip_of_v6(const uint8_t bytes[static 16])
{
    struct nl_ip ip;
    memcpy(ip.b, bytes, sizeof ip.b);
    return ip;
}

bool
nl_ip_parse(const char *text, struct nl_ip *ip)
{
    uint8_t bytes[16];
    if (inet_pton(AF_INET, text, bytes) == 1) {
        *ip = nl_ip_of_v4(bytes);
        return true;
    }
    if (inet_pton(AF_INET6, text, bytes) != 1)
        return false;
    *ip = nl_ip_of_v6(bytes);
    return true;
}

/* Read a number of decimal digits, `max` at most. */
static bool
parse_number(const char *text, unsigned long max, unsigned long *number)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    *number = strtoul(text, &end, 10);
    return *end == '\0' && *number <= max;
}

bool
nl_end_parse(const char *text, struct nl_end *end)
{
    char host[NL_IP_TEXT];
    const char *colon = strrchr(text, ':');
    if (colon == NULL)
        return false;
    size_t len = (size_t)(colon - text);
    if (text[0] == '[' && len >= 2 && colon[-1] == ']') {
        text++;
        len -= 2;
    }
    unsigned long port;
    if (len >= sizeof host || !parse_number(colon + 1, UINT16_MAX, &port))
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    end->port = (uint16_t)port;
    return nl_ip_parse(host, &end->ip);
}

bool
nl_prefix_parse(const char *text, struct nl_prefix *prefix)
{
    char host[NL_IP_TEXT];
    size_t len = strcspn(text, "/");
    if (len >= sizeof host)
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    if (!nl_ip_parse(host, &prefix->ip))
        return false;
    unsigned before = nl_ip_is_v4(&prefix->ip) ? 96 : 0;
    unsigned long bits = 128 - before;
    if (text[len] == '/' && !parse_number(text + len + 1, 128 - before, &bits))
        return false;
    prefix->bits = (unsigned)bits + before;
    return true;
}

bool
nl_prefix_has(const struct nl_prefix *prefix, const struct nl_ip *ip)
{
    unsigned whole = prefix->bits / 8, rest = prefix->bits % 8;
    if (memcmp(prefix->ip.b, ip->b, whole) != 0)
        return false;
    return rest == 0 || (prefix->ip.b[whole] ^ ip->b[whole]) >> (8 - rest) == 0;
}

/* Faster than printf(), for the log has a line for each packet. */
static size_t
put_number(char *text, unsigned number)
{
    char digits[10];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    for (size_t i = 0; i < count; i++)
        text[i] = digits[count - 1 - i];
    return count;
}

size_t
nl_ip_format(const struct nl_ip *ip, char *text)
{
    if (!nl_ip_is_v4(ip)) {
        inet_ntop(AF_INET6, ip->b, text, NL_IP_TEXT);
        return strlen(text);
    }
    size_t len = 0;
    for (int i = 12; i < 16; i++) {
        len += put_number(text + len, ip->b[i]);
        text[len++] = '.';
    }
    text[--len] = '\0';
    return len;
}

size_t
nl_end_format(const struct nl_end *end, char *text)
{
    bool is_v4 = nl_ip_is_v4(&end->ip);
    size_t len = 0;
    if (!is_v4)
        text[len++] = '[';
    len += nl_ip_format(&end->ip, text + len);
    if (!is_v4)
        text[len++] = ']';
    text[len++] = ':';
    len += put_number(text + len, end->port);
    text[len] = '\0';
    return len;
}

uint32_t
nl_hash(const void *bytes, size_t len, uint32_t seed)
{
    uint32_t hash = seed ^ 2166136261U;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ ((const uint8_t *)bytes)[i]) * 16777619U;
    return hash;
}
