/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/dial/proxy.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>

#include "net/dial/host.h"
#include "net/dial/no_proxy.h"

enum { PORT_DEFAULT = 1080 }; /* curl's for every kind */

static const struct scheme {
    const char *prefix;
    enum ds_proxy_kind kind;
} schemes[] = {
        {"http://", DS_PROXY_HTTP},
        {"socks5://", DS_PROXY_SOCKS5},
        {"socks5h://", DS_PROXY_SOCKS5H},
};

static int
parse_scheme(struct ds_proxy *proxy, const char **url, const char **why)
{
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t len = strlen(schemes[i].prefix);
        if (strncasecmp(*url, schemes[i].prefix, len) == 0) {
            proxy->kind = schemes[i].kind;
            *url += len;
            return 0;
        }
    }
    *why = "is of another kind than http://, socks5:// and socks5h://";
    if (strstr(*url, "://") != NULL)
        return DS_ERR_INVALID;
    proxy->kind = DS_PROXY_HTTP;
    return 0;
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A "%" that no two hex digits follow stands for itself, as in curl. */
static int
percent_decode(char *out, size_t cap, const char *text, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        int c = (unsigned char)text[i];
        if (c == '%' && len - i > 2 && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
            c = hex_digit(text[i + 1]) << 4 | hex_digit(text[i + 2]);
            i += 2;
        }
        if (c == 0 || n + 1 == cap)
            return DS_ERR_INVALID;
        out[n++] = (char)c;
    }
    out[n] = '\0';
    return 0;
}

static int
parse_credentials(struct ds_proxy *proxy, const char *text, size_t len, const char **why)
{
    const char *colon = memchr(text, ':', len);
    size_t user_len = colon != NULL ? (size_t)(colon - text) : len;

    *why = "has a user name or password of more than 255 bytes, or with a zero byte";
    if (percent_decode(proxy->user, sizeof proxy->user, text, user_len) < 0)
        return DS_ERR_INVALID;
    if (colon != NULL && percent_decode(proxy->password, sizeof proxy->password, colon + 1,
                                 len - user_len - 1) < 0)
        return DS_ERR_INVALID;
    proxy->has_credentials = proxy->user[0] != '\0';
    *why = "has a password without a user name";
    if (!proxy->has_credentials && proxy->password[0] != '\0')
        return DS_ERR_INVALID;
    /* RFC 7617, 2: the first colon ends the user name. */
    *why = "has a user name with a colon, which HTTP cannot carry";
    if (proxy->kind == DS_PROXY_HTTP && strchr(proxy->user, ':') != NULL)
        return DS_ERR_INVALID;
    return 0;
}

static int
parse_authority(struct ds_proxy *proxy, const char *url, const char **why)
{
    char authority[DS_HOST_MAX + sizeof "[]:65535"];
    size_t len = strcspn(url, "/?#");
    /* The last "@", since people write passwords with one. */
    const char *at = memrchr(url, '@', len);

    if (at != NULL) {
        size_t credentials_len = (size_t)(at - url);
        int err = parse_credentials(proxy, url, credentials_len, why);
        if (err < 0)
            return err;
        url = at + 1;
        len -= credentials_len + 1;
    }
    *why = "names no host and port that can be";
    if (len >= sizeof authority)
        return DS_ERR_INVALID;
    memcpy(authority, url, len);
    authority[len] = '\0';
    if (ds_addr_split(authority, PORT_DEFAULT, proxy->host, &proxy->port) < 0 || proxy->port == 0 ||
            !ds_host_is_valid(proxy->host))
        return DS_ERR_INVALID;
    return 0;
}

int
ds_proxy_parse(struct ds_proxy *proxy, const char *url, const char **why)
{
    *proxy = (struct ds_proxy){0};
    int err = parse_scheme(proxy, &url, why);
    if (err == 0)
        err = parse_authority(proxy, url, why);
    if (err < 0)
        ds_proxy_finish(proxy);
    return err;
}

/* The value of the first of the variables that is not empty, or NULL. */
static const char *
first_set(const char *const *names, size_t count, const char **name)
{
    for (size_t i = 0; i < count; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0') {
            *name = names[i];
            return value;
        }
    }
    return NULL;
}

int
ds_proxy_from_environment(struct ds_proxy *proxy, const char *host, uint16_t port,
        const char **variable, const char **why)
{
    static const char *const proxy_names[] = {
            "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    static const char *const no_proxy_names[] = {"no_proxy", "NO_PROXY"};
    const char *name;
    const char *url = first_set(proxy_names, sizeof proxy_names / sizeof proxy_names[0], variable);
    const char *list =
            first_set(no_proxy_names, sizeof no_proxy_names / sizeof no_proxy_names[0], &name);

    if (url == NULL || (list != NULL && ds_no_proxy_covers(list, host, port))) {
        *proxy = (struct ds_proxy){.kind = DS_PROXY_NONE};
        return 0;
    }
    return ds_proxy_parse(proxy, url, why);
}

void
ds_proxy_finish(struct ds_proxy *proxy)
{
    OPENSSL_cleanse(proxy, sizeof *proxy);
}
