/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/integration/leg_setting.h"

#include <unistd.h>

#include <event2/buffer.h>

#include "net/crypto/relay_tls.h"

static SSL_CTX *server_ctx;
static struct ds_relay_tls_ctx *shared_ctx;

static void
free_if(struct setting *s, enum moment moment)
{
    if (s->free_at != moment)
        return;
    ds_leg_free(s->leg);
    s->leg = NULL;
}

static void
on_welcome(void *arg, const struct ds_leg_welcome *welcome)
{
    struct setting *s = arg;
    s->welcomes++;
    g_assert_cmpstr(welcome->program, ==, "double 1.0");
    free_if(s, AT_WELCOME);
    g_strlcpy(s->observed, welcome->observed, sizeof s->observed);
}

static void
on_record(void *arg, uint8_t type, const uint8_t *payload, size_t len)
{
    struct setting *s = arg;
    g_assert_cmpuint(s->welcomes, ==, 1);
    g_array_append_val(s->records, type);
    if (type == DS_RECORD_PAIRED)
        ds_leg_set_paired(s->leg);
    free_if(s, AT_RECORD);
    if (len > 0)
        s->last_byte = payload[len - 1]; /* borrowed until we return, freed or not */
}

static void
lose(struct setting *s, int err)
{
    s->err = err;
    g_strlcpy(s->error_text, ds_leg_error_text(s->leg), sizeof s->error_text);
    free_if(s, AT_LOST);
}

static void
on_lost(void *arg, int err, int reason, uint32_t retry_ms, const char *text)
{
    struct setting *s = arg;
    s->losses++;
    s->reason = reason;
    s->retry_ms = retry_ms;
    lose(s, err);
    g_strlcpy(s->text, text, sizeof s->text);
}

static const struct ds_leg_handler handler = {on_welcome, on_record, on_lost};

static void
on_bytes(void *arg, struct evbuffer *bytes)
{
    struct setting *s = arg;
    free_if(s, AT_BYTES);
    g_byte_array_append(s->piped, evbuffer_pullup(bytes, -1), (guint)evbuffer_get_length(bytes));
}

static void
on_writable(void *arg)
{
    struct setting *s = arg;
    s->writables++;
    free_if(s, AT_WRITABLE);
}

static void
on_carrier_lost(void *arg, int err)
{
    struct setting *s = arg;
    s->carrier_losses++;
    lose(s, err);
}

static const struct ds_carrier_handler carrier_handler = {on_bytes, on_writable, on_carrier_lost};

void
setting_init(struct setting *s)
{
    *s = (struct setting){.base = event_base_new(),
            .ctx = server_ctx,
            .records = g_array_new(FALSE, FALSE, 1),
            .piped = g_byte_array_new(),
            .config = {.host = "localhost",
                    .may_be_unchecked = true,
                    .program = "test 1.0",
                    .tls = shared_ctx}};
    SSL_CTX_up_ref(s->ctx);
}

void
setting_start(struct setting *s)
{
    int fd;
    s->relay = relay_double_new(s->base, s->ctx, &fd);
    g_assert_cmpint(ds_leg_new(&s->leg, s->base, fd, &s->config, &handler, s), ==, 0);
}

struct ds_carrier *
setting_take_carrier(struct setting *s)
{
    struct ds_carrier *carrier = ds_leg_carrier(s->leg);
    carrier->handler = &carrier_handler;
    carrier->handler_arg = s;
    return carrier;
}

void
setting_finish(struct setting *s)
{
    ds_leg_free(s->leg);
    s->leg = NULL;
    g_assert_cmpuint(s->losses + s->carrier_losses, <=, 1);
    relay_double_free(s->relay);
    SSL_CTX_free(s->ctx);
    event_base_free(s->base);
    g_array_unref(s->records);
    g_byte_array_unref(s->piped);
}

static void
on_guard(evutil_socket_t fd, short what, void *arg)
{
    g_error("nothing came of it in 10 s");
}

struct event *
setting_new_guard(struct event_base *base)
{
    const struct timeval limit = {.tv_sec = 10};
    struct event *guard = event_new(base, -1, 0, on_guard, NULL);
    event_add(guard, &limit);
    return guard;
}

void
setting_run_until_lost(struct setting *s)
{
    RUN_UNTIL(s, s->losses + s->carrier_losses > 0);
}

void
setting_run_until_welcome(struct setting *s)
{
    RUN_UNTIL(s, s->welcomes > 0);
}

struct ds_carrier *
setting_start_paired(struct setting *s)
{
    static const uint8_t cookie[DS_COOKIE_BYTES];
    setting_start(s);
    setting_run_until_welcome(s);
    struct ds_carrier *carrier = setting_take_carrier(s);
    relay_double_say(s->relay, DS_RECORD_PAIRED, cookie, sizeof cookie);
    RUN_UNTIL(s, s->records->len > 0);
    return carrier;
}

struct ds_relay_tls_ctx *
setting_new_client_ctx(SSL_CTX *ctx)
{
    struct ds_relay_tls_ctx *client_ctx = NULL;
    char *path = NULL;
    int fd = g_file_open_tmp("leg-XXXXXX.pem", &path, NULL);
    FILE *file = fdopen(fd, "w");
    PEM_write_X509(file, SSL_CTX_get0_certificate(ctx));
    fclose(file);
    g_assert_cmpint(ds_relay_tls_ctx_new(&client_ctx, path), ==, 0);
    unlink(path);
    g_free(path);
    return client_ctx;
}

void
setting_open(void)
{
    server_ctx = relay_double_ctx(true);
    shared_ctx = setting_new_client_ctx(server_ctx);
}

void
setting_close(void)
{
    ds_relay_tls_ctx_free(shared_ctx);
    SSL_CTX_free(server_ctx);
}
