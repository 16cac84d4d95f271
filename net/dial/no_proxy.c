/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/dial/no_proxy.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "net/base/addr.h"
#include "net/dial/host.h"

static const char separators[] = ", \t";

/* The address's bytes in network order; `*bits` gets how many bits they are. */
static const uint8_t *
address_bytes(const struct ds_addr *addr, unsigned *bits)
{
    if (addr->ss.ss_family == AF_INET) {
        *bits = 32;
        return (const uint8_t *)&((const struct sockaddr_in *)(const void *)&addr->ss)->sin_addr;
    }
    *bits = 128;
    return (const uint8_t *)&((const struct sockaddr_in6 *)(const void *)&addr->ss)->sin6_addr;
}

static bool
parse_bits(const char *text, unsigned max, unsigned *bits)
{
    unsigned value = 0;
    if (*text == '\0' || strlen(text) > 3)
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (unsigned)(*text - '0');
    }
    *bits = value;
    return value <= max;
}

/* `entry` is "192.0.2.1" or "192.0.2.0/24", or the same of IPv6. */
static bool
network_covers(char *entry, const struct ds_addr *addr)
{
    struct ds_addr network;
    unsigned bits, addr_bits, network_bits;
    char *slash = strchr(entry, '/');

    if (slash != NULL)
        *slash = '\0';
    if (!ds_host_to_addr(entry, 1, &network))
        return false;
    const uint8_t *a = address_bytes(addr, &addr_bits);
    const uint8_t *n = address_bytes(&network, &network_bits);
    bits = network_bits;
    if (addr_bits != network_bits || (slash != NULL && !parse_bits(slash + 1, addr_bits, &bits)))
        return false;
    if (memcmp(a, n, bits / 8) != 0)
        return false;
    unsigned rest = bits % 8;
    return rest == 0 || (a[bits / 8] ^ n[bits / 8]) >> (8 - rest) == 0;
}

static size_t
length_without_final_dot(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && name[len - 1] == '.' ? len - 1 : len;
}

static bool
domain_covers(const char *domain, const char *host)
{
    if (domain[0] == '*')
        domain++;
    if (domain[0] == '.')
        domain++;
    size_t domain_len = length_without_final_dot(domain);
    size_t host_len = length_without_final_dot(host);
    if (domain_len == 0 || domain_len > host_len)
        return false;
    const char *tail = host + host_len - domain_len;
    return strncasecmp(tail, domain, domain_len) == 0 && (tail == host || tail[-1] == '.');
}

static bool
entry_covers(const char *entry, const char *host, uint16_t port)
{
    char name[DS_HOST_MAX];
    uint16_t entry_port;
    struct ds_addr addr;

    if (strcmp(entry, "*") == 0)
        return true;
    if (ds_addr_split(entry, port, name, &entry_port) < 0 || entry_port != port)
        return false;
    if (ds_host_to_addr(host, port, &addr))
        return network_covers(name, &addr);
    return domain_covers(name, host);
}

bool
ds_no_proxy_covers(const char *list, const char *host, uint16_t port)
{
    for (list += strspn(list, separators); *list != '\0'; list += strspn(list, separators)) {
        char entry[DS_HOST_MAX];
        size_t len = strcspn(list, separators);
        if (len < sizeof entry) {
            memcpy(entry, list, len);
            entry[len] = '\0';
            if (entry_covers(entry, host, port))
                return true;
        }
        list += len;
    }
    return false;
}
