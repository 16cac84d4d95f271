/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <event2/event.h>

#include "net/base/event.h"
#include "net/base/limits.h"
#include "net/base/log.h"
#include "net/relay/cert.h"
#include "net/relay/options.h"
#include "net/relay/relay.h"
#include "net/relay/tls.h"

enum { EXIT_USAGE = 2 };

/* Descriptors that are not clients: standard ones, epoll, the listener, the signals', files. */
enum { OWN_DESCRIPTORS = 32 };

/* How often a self-signed certificate is looked at; it is renewed a month before its end. */
enum { RENEW_CHECK_MS = 12 * 60 * 60 * 1000 };

struct program {
    struct ds_relay_options options;
    struct event_base *base;
    struct ds_relay *relay;
    struct event *signals[3]; /* SIGTERM, SIGINT, SIGHUP */
    struct event *renewal;
    char pin[DS_RELAY_PIN_TEXT];
    bool is_stopping;
};

/* Allow as many descriptors as the system lets us have. Returns how many clients that makes. */
static size_t
raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1024 - OWN_DESCRIPTORS;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 && getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1024 - OWN_DESCRIPTORS;
    return limit.rlim_cur > 2 * OWN_DESCRIPTORS ? (size_t)limit.rlim_cur - OWN_DESCRIPTORS : 1;
}

/* Read the certificate, for the first time or again: connections that stand keep what they have. */
static int
load_certificate(struct program *program)
{
    const struct ds_relay_options *options = &program->options;
    char text[160];
    SSL_CTX *ctx = ds_relay_tls_new();
    if (ctx == NULL) {
        DS_ERROR("relay", "cannot set up TLS: %s", ds_relay_tls_error(text));
        return DS_ERR_TLS;
    }
    int err = options->self_signed[0] != '\0'
                      ? ds_relay_cert_self_signed(ctx, options->self_signed, program->pin)
                      : ds_relay_cert_load(ctx, options->cert, options->key);
    if (err == 0)
        ds_relay_set_tls(program->relay, ctx);
    SSL_CTX_free(ctx);
    return err;
}

static void
on_stopped(void *arg)
{
    struct program *program = arg;
    event_base_loopbreak(program->base);
}

static void
on_stop_signal(evutil_socket_t signal, short what, void *arg)
{
    struct program *program = arg;
    if (program->is_stopping)
        return;
    program->is_stopping = true;
    DS_INFO("relay", "stopping");
    ds_relay_stop(program->relay, on_stopped, program);
}

static void
on_reload(evutil_socket_t signal, short what, void *arg)
{
    if (load_certificate(arg) == 0)
        DS_INFO("relay", "certificate loaded again");
    else
        DS_ERROR("relay", "going on with the certificate as it was");
}

static void
on_renewal(evutil_socket_t fd, short what, void *arg)
{
    (void)load_certificate(arg); /* a failure is logged; the old one lasts on for a month */
}

static int
add_events(struct program *program)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < 3; i++) {
        program->signals[i] = evsignal_new(program->base, numbers[i],
                numbers[i] == SIGHUP ? on_reload : on_stop_signal, program);
        if (program->signals[i] == NULL || event_add(program->signals[i], NULL) != 0)
            return DS_ERR_NOMEM;
    }
    program->renewal = event_new(program->base, -1, EV_PERSIST, on_renewal, program);
    if (program->renewal == NULL)
        return DS_ERR_NOMEM;
    if (program->options.self_signed[0] != '\0')
        ds_event_add_ms(program->renewal, RENEW_CHECK_MS);
    return 0;
}

/* Print what whoever started us waits for. Returns 0 or DS_ERR_SYSTEM. */
static int
announce(const struct program *program, const struct ds_addr *bound)
{
    char text[DS_ADDR_TEXT_MAX];
    if (program->pin[0] != '\0')
        printf("PIN %s\n", program->pin);
    printf("READY %s\n", ds_addr_format(bound, text));
    return fflush(stdout) == 0 ? 0 : DS_ERR_SYSTEM;
}

/* Back-pressure turns write events on and off in quick succession: let epoll see what is left. */
static struct event_base *
make_base(void)
{
    struct event_base *base = NULL;
    struct event_config *config = event_config_new();
    if (config != NULL && event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST) == 0)
        base = event_base_new_with_config(config);
    if (config != NULL)
        event_config_free(config);
    return base;
}

static int
listen_anywhere(struct program *program, struct ds_addr *bound)
{
    struct ds_relay_options *options = &program->options;
    int err = ds_relay_listen(program->relay, &options->addr, bound);
    if (err == DS_ERR_SYSTEM && ds_relay_options_without_ipv6(options, errno)) {
        DS_INFO("relay", "this kernel has no IPv6: listening on %s", options->listen);
        err = ds_relay_listen(program->relay, &options->addr, bound);
    }
    if (err != 0)
        DS_ERROR("relay", "cannot listen on %s: %s", options->listen,
                err == DS_ERR_SYSTEM ? strerror(errno) : ds_strerror(err));
    return err;
}

static int
listen_stun(struct program *program)
{
    const struct ds_relay_options *options = &program->options;
    struct ds_addr failed;
    char text[DS_ADDR_TEXT_MAX];
    if (options->stun_count == 0)
        return 0;
    int err =
            ds_relay_listen_stun(program->relay, options->stun_addrs, options->stun_count, &failed);
    if (err != 0)
        DS_ERROR("relay", "cannot answer STUN on %s: %s", ds_addr_format(&failed, text),
                err == DS_ERR_SYSTEM ? strerror(errno) : ds_strerror(err));
    return err;
}

static int
start(struct program *program)
{
    struct ds_relay_config config = {
            .times = &ds_relay_times_default,
            .connections_max = raise_descriptors(),
            .per_subscriber_max = DS_RELAY_UNPAIRED_MAX,
            .dial_back = program->options.dial_back,
    };
    struct ds_addr bound;
    program->base = make_base();
    if (program->base == NULL)
        return DS_ERR_NOMEM;
    int err = ds_relay_new(&program->relay, program->base, &config);
    if (err == 0)
        err = load_certificate(program);
    if (err == 0)
        err = add_events(program);
    if (err == 0)
        err = listen_stun(program);
    if (err == 0)
        err = listen_anywhere(program, &bound);
    return err == 0 ? announce(program, &bound) : err;
}

static void
finish(struct program *program)
{
    ds_relay_free(program->relay);
    for (size_t i = 0; i < 3; i++)
        ds_event_free(program->signals[i]);
    ds_event_free(program->renewal);
    if (program->base != NULL)
        event_base_free(program->base);
}

int
main(int argc, char **argv)
{
    static struct program program;
    char error[DS_RELAY_OPTIONS_ERROR];

    ds_log_set(NULL, NULL, DS_LOG_INFO);
    int err = ds_relay_options_read(&program.options, argc, argv, error);
    if (err != 0) {
        fprintf(stderr, "deskside-relay: %s\n", error);
        if (err == DS_ERR_INVALID)
            fprintf(stderr, "Try 'deskside-relay --help'.\n");
        return err == DS_ERR_INVALID ? EXIT_USAGE : EXIT_FAILURE;
    }
    if (program.options.is_help || program.options.is_version) {
        fputs(program.options.is_help ? ds_relay_options_help : "deskside-relay " DS_VERSION "\n",
                stdout);
        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    signal(SIGPIPE, SIG_IGN);
    err = start(&program);
    if (err == 0 && event_base_dispatch(program.base) < 0)
        err = DS_ERR_SYSTEM;
    finish(&program);
    return err == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
