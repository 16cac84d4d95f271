/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What libvncserver logs of a viewer's words: for those who look for a fault, and printable. */
#include <string.h>

#include <glib.h>

#include "app/share/rfb/server.h"
#include "net/base/log.h"

static void
on_log(enum ds_log_level level, const char *area, const char *line, void *arg)
{
    GString *lines = arg;

    g_assert_cmpint(level, ==, DS_LOG_DEBUG);
    g_assert_cmpstr(area, ==, "rfb");
    g_string_append(lines, line);
    g_string_append_c(lines, '\n');
}

/* What the library says when a viewer of this version comes; owned. */
static char *
say_version(const char *version)
{
    enum { WIDTH = 8, HEIGHT = 8 };
    uint32_t pixels[WIDTH * HEIGHT] = {0};
    GString *lines = g_string_new("");
    GByteArray *output = g_byte_array_new();

    ds_log_set(on_log, lines, DS_LOG_DEBUG);
    struct ds_server *server = ds_server_new(pixels, WIDTH, HEIGHT, "desk");
    struct ds_server_client *client =
            ds_server_client_new(server, (const uint8_t *)"RFB 003.008\n");
    g_assert_nonnull(client);
    /* The filter would let only one of them pass. */
    int err = ds_server_client_input(client, (const uint8_t *)version, strlen(version), output);
    g_assert_cmpint(err, <=, 0);
    ds_server_client_free(client);
    ds_server_free(server);
    ds_log_set(NULL, NULL, DS_LOG_ERROR);
    g_byte_array_unref(output);
    return g_string_free(lines, FALSE);
}

/* An escape, a second line that looks like ours, and the escape that is one character. */
static void
test_escapes(void)
{
    g_autofree char *honest = say_version("RFB 003.008\n");
    g_autofree char *evil = say_version("\033[2J\nhi\302\2331m\177");

    g_assert_null(strstr(honest, "[2J"));
    g_assert_nonnull(strstr(evil, "?[2J?hi??1m?\n"));
    for (const char *c = evil; *c != '\0'; c++)
        g_assert_true(*c == '\n' || g_ascii_isprint(*c));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/share/logs/escapes", test_escapes);
    return g_test_run();
}
