/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Debian's own proxies: tinyproxy (package tinyproxy-bin) and danted (package dante-server). */
#include <glib.h>
#include <glib/gstdio.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/dialing.h"

struct stock {
    char *folder, *config, *pid_file;
    GPid pid;
    FILE *lines; /* its standard output */
    struct ds_addr addr;
    int listener, closed; /* what it is asked for: one takes connections, the other refuses them */
    uint16_t listener_port, closed_port;
};

static const char tinyproxy_config[] = "Port %u\n"
                                       "Listen 127.0.0.1\n"
                                       "LogLevel Info\n"
                                       "BasicAuth ann pass\n";

/* 127.0.0.2 is what its rules do not allow. */
static const char danted_config[] = "logoutput: stdout\n"
                                    "internal: 127.0.0.1 port = %u\n"
                                    "external: 127.0.0.1\n"
                                    "clientmethod: none\n"
                                    "socksmethod: none\n"
                                    "client pass { from: 127.0.0.0/8 to: 0/0 }\n"
                                    "socks block { from: 0/0 to: 127.0.0.2/32 }\n"
                                    "socks pass { from: 0/0 to: 0/0 }\n";

/* So that it goes when a failed assertion ends the test. */
static void
die_with_parent(void *arg)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static void
spawn(struct stock *stock, const char *const *argv)
{
    int out = -1;
    g_autoptr(GError) error = NULL;
    g_spawn_async_with_pipes(NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, die_with_parent,
            NULL, &stock->pid, NULL, &out, NULL, &error);
    g_assert_no_error(error);
    stock->lines = fdopen(out, "r");
    g_assert_nonnull(stock->lines);
}

/* False: it ended without saying so, because somebody else has taken its port. */
static bool
await_line(struct stock *stock, const char *ready)
{
    char line[512];
    while (fgets(line, sizeof line, stock->lines) != NULL) {
        g_test_message("%s", g_strchomp(line));
        if (strstr(line, ready) != NULL)
            return true;
    }
    return false;
}

static void
reap(struct stock *stock)
{
    g_assert_cmpint(waitpid(stock->pid, NULL, 0), ==, stock->pid);
    fclose(stock->lines);
}

static void
write_config(struct stock *stock, const char *before, const char *after)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text =
            g_strdup_printf("%s%u%s", before, (unsigned)ds_addr_port(&stock->addr), after);
    g_file_set_contents(stock->config, text, -1, &error);
    g_assert_no_error(error);
}

/* Neither program can tell which port it got, so it is given one that was free just before. */
static void
start(struct stock *stock, const char *const *argv, const char *config, const char *ready)
{
    g_auto(GStrv) parts = g_strsplit(config, "%u", 2);
    for (unsigned tries = 0; tries < 5; tries++) {
        close(dialing_socket("127.0.0.1", -1, &stock->addr));
        write_config(stock, parts[0], parts[1]);
        spawn(stock, argv);
        if (await_line(stock, ready))
            return;
        reap(stock);
    }
    g_error("%s does not start", argv[0]);
}

static void
prepare(struct stock *stock)
{
    g_autoptr(GError) error = NULL;
    struct ds_addr target, refusing;
    stock->listener = dialing_socket("127.0.0.1", 1, &target);
    stock->listener_port = ds_addr_port(&target);
    stock->closed = dialing_socket("127.0.0.1", -1, &refusing);
    stock->closed_port = ds_addr_port(&refusing);
    stock->folder = g_dir_make_tmp("deskside-test-XXXXXX", &error);
    g_assert_no_error(error);
    stock->config = g_build_filename(stock->folder, "config", NULL);
    stock->pid_file = g_build_filename(stock->folder, "pid", NULL);
}

static void
stop(struct stock *stock)
{
    kill(stock->pid, SIGTERM);
    reap(stock);
    close(stock->listener);
    close(stock->closed);
    g_unlink(stock->config);
    g_unlink(stock->pid_file);
    g_rmdir(stock->folder);
    g_free(stock->config);
    g_free(stock->pid_file);
    g_free(stock->folder);
}

static bool
is_missing(const char *program)
{
    if (g_file_test(program, G_FILE_TEST_IS_EXECUTABLE))
        return false;
    g_test_skip(program);
    return true;
}

/* Asks for `host` and `port` through the proxy at `scheme` and its address. */
static void
dial_through(struct dialing *dialing, const struct stock *stock, const char *scheme,
        const char *host, uint16_t port)
{
    char text[DS_ADDR_TEXT_MAX];
    g_autofree char *url = g_strconcat(scheme, ds_addr_format(&stock->addr, text), NULL);
    const struct ds_dial_options options = {.proxy = url};
    *dialing = (struct dialing){0};
    dialing_run(dialing, host, port, &options);
}

static void
test_tinyproxy(void)
{
    static const char program[] = "/usr/bin/tinyproxy";
    struct stock stock;
    struct dialing dialing;

    if (is_missing(program))
        return;
    prepare(&stock);
    start(&stock, (const char *[]){program, "-d", "-c", stock.config, NULL}, tinyproxy_config,
            "Accepting connections");
    dial_through(&dialing, &stock, "http://ann:p%61ss@", "localhost", stock.listener_port);
    g_assert_true(ds_addr_equal(&dialing.result.remote, &stock.addr));
    dialing_assert_leads_to(&dialing, stock.listener);
    dial_through(&dialing, &stock, "http://ann:p%61ss@", "127.0.0.1", stock.closed_port);
    dialing_assert_failed(
            &dialing, DS_ERR_PROXY, "the proxy 127.0.0.1 refused: HTTP/1.1 500 Unable to connect");
    dial_through(&dialing, &stock, "http://ann:wrong@", "127.0.0.1", stock.listener_port);
    g_assert_cmpint(dialing.result.err, ==, DS_ERR_PROXY_AUTH);
    dial_through(&dialing, &stock, "http://", "127.0.0.1", stock.listener_port);
    g_assert_cmpint(dialing.result.err, ==, DS_ERR_PROXY_AUTH);
    stop(&stock);
}

static void
test_danted(void)
{
    static const char program[] = "/usr/sbin/danted";
    struct stock stock;
    struct dialing dialing;

    if (is_missing(program))
        return;
    prepare(&stock);
    start(&stock,
            (const char *[]){program, "-N", "1", "-f", stock.config, "-p", stock.pid_file, NULL},
            danted_config, " running");
    dial_through(&dialing, &stock, "socks5h://", "localhost", stock.listener_port);
    g_assert_true(ds_addr_equal(&dialing.result.remote, &stock.addr));
    dialing_assert_leads_to(&dialing, stock.listener);
    dial_through(&dialing, &stock, "socks5://", "four.test", stock.listener_port);
    dialing_assert_leads_to(&dialing, stock.listener);
    dial_through(&dialing, &stock, "socks5h://", "127.0.0.1", stock.closed_port);
    dialing_assert_failed(&dialing, DS_ERR_UNREACHABLE,
            "the proxy 127.0.0.1 was refused the connection by 127.0.0.1");
    dial_through(&dialing, &stock, "socks5h://", "127.0.0.2", stock.listener_port);
    dialing_assert_failed(
            &dialing, DS_ERR_PROXY, "the proxy 127.0.0.1 does not allow this connection");
    stop(&stock);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dial-stock/tinyproxy", test_tinyproxy);
    g_test_add_func("/dial-stock/danted", test_danted);
    return g_test_run();
}
