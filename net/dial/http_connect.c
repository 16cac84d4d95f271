/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/dial/http_connect.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

static void
append(struct ds_writer *out, const char *text)
{
    ds_writer_bytes(out, text, strlen(text));
}

static void
append_authority(struct ds_writer *out, const char *host, uint16_t port)
{
    bool is_v6 = strchr(host, ':') != NULL;
    char port_text[sizeof ":65535"];
    snprintf(port_text, sizeof port_text, ":%u", (unsigned)port);
    append(out, is_v6 ? "[" : "");
    append(out, host);
    append(out, is_v6 ? "]" : "");
    append(out, port_text);
}

static void
append_basic(struct ds_writer *out, const struct ds_proxy *proxy)
{
    enum { PLAIN_MAX = 2 * DS_PROXY_CREDENTIAL_MAX + (int)sizeof ":" };
    char plain[PLAIN_MAX];
    unsigned char encoded[4 * sizeof plain / 3 + 4];
    int len = snprintf(plain, sizeof plain, "%s:%s", proxy->user, proxy->password);
    int encoded_len = EVP_EncodeBlock(encoded, (const unsigned char *)plain, len);
    append(out, "Proxy-Authorization: Basic ");
    ds_writer_bytes(out, encoded, (size_t)encoded_len);
    append(out, "\r\n");
    OPENSSL_cleanse(plain, sizeof plain);
    OPENSSL_cleanse(encoded, sizeof encoded);
}

void
ds_http_connect_start(struct ds_http_connect *http, const struct ds_proxy *proxy, const char *host,
        uint16_t port, struct ds_writer *out)
{
    *http = (struct ds_http_connect){.with_credentials = proxy->has_credentials};
    append(out, "CONNECT ");
    append_authority(out, host, port);
    append(out, " HTTP/1.1\r\nHost: ");
    append_authority(out, host, port);
    append(out, "\r\n");
    if (proxy->has_credentials)
        append_basic(out, proxy);
    append(out, "\r\n");
}

/* The status of "HTTP/1.x NNN" or "HTTP/1.x NNN reason" (RFC 9112, 4), or 0. */
static int
parse_status(const char *line)
{
    int status = 0;
    if (strncmp(line, "HTTP/1.", 7) != 0 || line[7] < '0' || line[7] > '9' || line[8] != ' ')
        return 0;
    for (const char *p = line + 9; p < line + 12; p++) {
        if (*p < '0' || *p > '9')
            return 0;
        status = status * 10 + (*p - '0');
    }
    return line[12] == ' ' || line[12] == '\0' ? status : 0;
}

/* Cut the line's own end off and make it fit to be shown. Its length is at most its buffer's. */
static void
finish_line(struct ds_http_connect *http)
{
    size_t len = http->line_bytes < sizeof http->line ? http->line_bytes : sizeof http->line - 1;
    if (len > 0 && http->line[len - 1] == '\r')
        len--;
    http->line[len] = '\0';
    for (char *p = http->line; p < http->line + len; p++)
        if (*p < ' ' || *p > '~')
            *p = '?';
}

static int
on_status_line(struct ds_http_connect *http, char *detail)
{
    int status = parse_status(http->line);
    if (status == 0) {
        snprintf(detail, DS_DIAL_DETAIL_MAX, "does not speak HTTP");
        return DS_ERR_PROXY;
    }
    /* 101 would end HTTP, and we did not ask for that. */
    if (status < 100 || status == 101 || status >= 300) {
        /* tinyproxy 1.11 answers a wrong password with 401, which only the origin may send. */
        bool is_auth = status == 407 || status == 401;
        snprintf(detail, DS_DIAL_DETAIL_MAX, "%s: %s",
                !is_auth                 ? "refused"
                : http->with_credentials ? "does not accept the user name and password"
                                         : "wants a user name and password",
                http->line);
        return is_auth ? DS_ERR_PROXY_AUTH : DS_ERR_PROXY;
    }
    http->is_open = status >= 200;
    http->in_fields = true;
    return 0;
}

/* Returns 1 at the end of the final answer's header. */
static int
on_line(struct ds_http_connect *http, char *detail)
{
    finish_line(http);
    bool is_empty = http->line[0] == '\0';
    http->line_bytes = 0;
    if (!http->in_fields)
        return on_status_line(http, detail);
    if (!is_empty)
        return 0;
    http->in_fields = false;
    return http->is_open;
}

int
ds_http_connect_feed(struct ds_http_connect *http, const uint8_t *data, size_t len,
        char detail[static DS_DIAL_DETAIL_MAX])
{
    for (size_t i = 0; i < len; i++) {
        if (++http->head_bytes > DS_PROXY_HEAD_MAX) {
            snprintf(detail, DS_DIAL_DETAIL_MAX, "sent an answer that is too long");
            return DS_ERR_PROXY;
        }
        if (data[i] != '\n') {
            if (http->line_bytes < sizeof http->line)
                http->line[http->line_bytes] = (char)data[i];
            http->line_bytes++;
            continue;
        }
        int result = on_line(http, detail);
        if (result == 1 && i + 1 < len) {
            snprintf(detail, DS_DIAL_DETAIL_MAX, "sent bytes that nobody asked for");
            return DS_ERR_PROXY;
        }
        if (result != 0)
            return result;
    }
    return 0;
}
