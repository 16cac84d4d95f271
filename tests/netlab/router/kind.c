/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/netlab/router/kind.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_LEN = 512, DAY_MS = 86400000 };

static const char *const yes_no[] = {"no", "yes", NULL};
static const char *const scopes[] = {
        "endpoint-independent", "address-dependent", "address-and-port-dependent", NULL};
static const char *const allocations[] = {"preserve", "sequential", "parity", "random", NULL};
static const char *const answers[] = {"drop", "rst", "icmp-port", "icmp-host", "icmp-admin", NULL};
static const char *const on_rst[] = {"close", "session", "mapping", "ignore", NULL};
static const char *const egresses[] = {"any", "443", "none", NULL};
static const char *const ipv6s[] = {"none", "open", "firewall", NULL};

/* A setting is one of some words, in their enum's order, or a number of at most `max`. */
struct setting {
    const char *name;
    size_t offset;
    const char *const *words;
    long max;
};

#define WORD(name, words)                                                                          \
    {                                                                                              \
#name, offsetof(struct nl_kind, name), words, 0                                            \
    }
#define NUMBER(name, max)                                                                          \
    {                                                                                              \
#name, offsetof(struct nl_kind, name), NULL, max                                           \
    }

static const struct setting settings[] = {
        WORD(translate, yes_no),
        WORD(mapping, scopes),
        WORD(filtering, scopes),
        WORD(allocation, allocations),
        NUMBER(step, 1000),
        NUMBER(port_min, 65535),
        NUMBER(port_max, 65535),
        NUMBER(block, 65535),
        NUMBER(noise_per_s, 100000),
        NUMBER(mappings_max, 1000000),
        NUMBER(mappings_per_s, 1000000),
        WORD(unsolicited, answers),
        NUMBER(unsolicited_after_ms, DAY_MS),
        WORD(hairpin, yes_no),
        WORD(isolation, yes_no),
        WORD(simopen, yes_no),
        WORD(rst, on_rst),
        WORD(midstream, yes_no),
        NUMBER(refused_holds_ms, DAY_MS),
        NUMBER(mtu, NL_MTU),
        NUMBER(syn_timeout_ms, DAY_MS),
        NUMBER(established_timeout_ms, DAY_MS),
        NUMBER(closing_timeout_ms, DAY_MS),
        NUMBER(udp_timeout_ms, DAY_MS),
        WORD(egress, egresses),
        WORD(egress_answer, answers),
        WORD(ipv6, ipv6s),
};

void
nl_kind_init(struct nl_kind *kind)
{
    *kind = (struct nl_kind){
            .translate = true,
            .mapping = NL_ENDPOINT_INDEPENDENT,
            .filtering = NL_ADDRESS_AND_PORT_DEPENDENT,
            .allocation = NL_RANDOM,
            .step = 1,
            .port_min = 1024,
            .port_max = 65535,
            .unsolicited = NL_ANSWER_DROP,
            .simopen = true,
            .rst = NL_RST_CLOSE,
            .syn_timeout_ms = 120000,
            .established_timeout_ms = 7440000, /* RFC 5382, REQ-5 */
            .closing_timeout_ms = 10000,
            .udp_timeout_ms = 120000,
            .ipv6 = NL_IPV6_FIREWALL,
    };
}

static bool
read_value(const struct setting *setting, const char *text, int *value)
{
    for (int i = 0; setting->words != NULL && setting->words[i] != NULL; i++) {
        *value = i;
        if (strcmp(setting->words[i], text) == 0)
            return true;
    }
    if (setting->words != NULL || !isdigit((unsigned char)*text))
        return false;
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    *value = (int)number;
    return *end == '\0' && errno == 0 && number <= setting->max;
}

bool
nl_kind_set(
        struct nl_kind *kind, const char *name, const char *value, char error[static NL_KIND_ERROR])
{
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        const struct setting *setting = &settings[i];
        if (strcmp(setting->name, name) != 0)
            continue;
        int number;
        if (read_value(setting, value, &number)) {
            memcpy((char *)kind + setting->offset, &number, sizeof number);
            return true;
        }
        snprintf(error, NL_KIND_ERROR, "%.40s cannot be \"%.40s\"", name, value);
        return false;
    }
    snprintf(error, NL_KIND_ERROR, "nothing is called \"%.40s\"", name);
    return false;
}

static char *
trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    for (size_t len = strlen(text); len > 0 && isspace((unsigned char)text[len - 1]); len--)
        text[len - 1] = '\0';
    return text;
}

static bool
read_line(struct nl_kind *kind, char *line, char error[static NL_KIND_ERROR])
{
    line[strcspn(line, "#")] = '\0';
    char *name = trim(line), *equals = strchr(name, '=');
    if (*name == '\0')
        return true;
    if (equals == NULL) {
        snprintf(error, NL_KIND_ERROR, "no \"name = value\": \"%.60s\"", name);
        return false;
    }
    *equals = '\0';
    return nl_kind_set(kind, trim(name), trim(equals + 1), error);
}

bool
nl_kind_read(struct nl_kind *kind, const char *path, char error[static NL_KIND_ERROR])
{
    char line[LINE_MAX_LEN], why[NL_KIND_ERROR];
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        snprintf(error, NL_KIND_ERROR, "%.160s: %s", path, strerror(errno));
        return false;
    }
    bool is_good = true;
    for (int number = 1; is_good && fgets(line, sizeof line, file) != NULL; number++) {
        is_good = read_line(kind, line, why);
        if (!is_good)
            snprintf(error, NL_KIND_ERROR, "%.100s:%d: %.140s", path, number, why);
    }
    fclose(file);
    return is_good;
}

bool
nl_kind_check(const struct nl_kind *kind, char error[static NL_KIND_ERROR])
{
    const char *why = NULL;
    int ports = kind->port_max - kind->port_min + 1;
    if (kind->port_min < 1 || ports < 1)
        why = "port_min is 1 at least and not above port_max";
    else if (kind->block > ports)
        why = "block is larger than the range of ports";
    else if (kind->step < 1)
        why = "step is 1 at least";
    else if (kind->allocation == NL_PRESERVE && kind->mapping != NL_ENDPOINT_INDEPENDENT)
        why = "what preserves ports maps independently of the endpoint";
    snprintf(error, NL_KIND_ERROR, "%s", why != NULL ? why : "");
    return why == NULL;
}
