/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line's pure parts: options, JSON, the password's file. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "app/cli/json.h"
#include "app/cli/options.h"
#include "app/cli/password.h"
#include "net/base/limits.h"

/* Parse a line of words, as the kernel hands them over: writable, each in its own place. */
static gboolean
parse(struct ds_cli_options *options, const char *line, GError **error, char **left)
{
    g_auto(GStrv) words = g_strsplit(line, "|", -1);
    guint argc = g_strv_length(words);
    /* GOption moves the pointers, and options.c replaces some. */
    g_autofree char **argv = g_memdup2(words, (argc + 1) * sizeof *words);
    gboolean ok = ds_cli_options_parse(options, (int)argc, argv, error);
    if (left != NULL)
        *left = g_strjoinv("|", words);
    return ok;
}

static void
test_options_share(void)
{
    struct ds_cli_options options;
    g_autoptr(GError) error = NULL;

    g_assert_true(parse(&options,
            "deskside-cli|share|--relay|relay.example:444|--vnc|[::1]:5900|--ask|--name|Ann|--json",
            &error, NULL));
    g_assert_no_error(error);
    g_assert_cmpint(options.command, ==, DS_CLI_SHARE);
    g_assert_cmpstr(options.relay.host, ==, "relay.example");
    g_assert_cmpuint(options.relay.port, ==, 444);
    g_assert_false(options.relay.has_pin);
    g_assert_cmpstr(options.vnc_host, ==, "::1");
    g_assert_cmpuint(options.vnc_port, ==, 5900);
    g_assert_cmpstr(options.name, ==, "Ann");
    g_assert_true(options.ask && options.json && options.has_vnc && !options.verbose);
    g_assert_cmpint(options.allow, ==, DS_LEVEL_CONTROL);
    g_assert_cmpint(options.direct, ==, DS_DIRECT_AUTO);
    g_assert_null(options.code_text);
    g_assert_null(options.stun);
    ds_cli_options_finish(&options);
}

static void
test_options_stun(void)
{
    static const char *const good[] = {
            "192.0.2.1:3478", "[2001:db8::1]:3478", "192.0.2.1:3478,[2001:db8::1]:65535"};
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        struct ds_cli_options options;
        g_autofree char *line = g_strconcat("deskside-cli|connect|-|--stun|", good[i], NULL);
        g_assert_true(parse(&options, line, NULL, NULL));
        g_assert_cmpstr(options.stun, ==, good[i]);
        ds_cli_options_finish(&options);
    }
}

/* The router is asked unless somebody says not to. */
static void
test_options_map(void)
{
    static const struct {
        const char *line;
        guint32 lease_s;
    } rows[] = {
            {"deskside-cli|share", DS_PORTMAP_LEASE_S},
            {"deskside-cli|connect|1|--map|auto", DS_PORTMAP_LEASE_S},
            {"deskside-cli|connect|1|--map|never", 0},
            {"deskside-cli|share|--map-lease|4", 4},
            {"deskside-cli|share|--map|auto|--map-lease|86400", 86400},
            {"deskside-cli|netcheck", DS_PORTMAP_LEASE_S},
            {"deskside-cli|netcheck|--map|never", 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_cli_options options;
        g_assert_true(parse(&options, rows[i].line, NULL, NULL));
        g_assert_cmpuint(options.map_lease_s, ==, rows[i].lease_s);
        ds_cli_options_finish(&options);
    }
}

/* As many as there may be, unless somebody says fewer. */
static void
test_options_salvo(void)
{
    static const struct {
        const char *line;
        guint sockets;
    } rows[] = {
            {"deskside-cli|share", DS_SALVO_MAX},
            {"deskside-cli|connect|1|--salvo|512", 512},
            {"deskside-cli|connect|1|--salvo|64", 64},
            {"deskside-cli|share|--salvo|0", 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_cli_options options;
        g_assert_true(parse(&options, rows[i].line, NULL, NULL));
        g_assert_cmpuint(options.salvo, ==, rows[i].sockets);
        ds_cli_options_finish(&options);
    }
}

/* Of a display of our own the default is to let the helper look. */
static void
test_options_display(void)
{
    struct ds_cli_options options;

    g_assert_true(parse(&options, "deskside-cli|share|--relay|r|--display|:7", NULL, NULL));
    g_assert_cmpstr(options.display, ==, ":7");
    g_assert_cmpint(options.allow, ==, DS_LEVEL_VIEW);
    g_assert_true(options.has_relay);
    g_assert_false(options.has_vnc || options.has_local || options.ask);
    ds_cli_options_finish(&options);
    g_assert_true(
            parse(&options, "deskside-cli|share|--local|[::1]:0|--allow|control", NULL, NULL));
    g_assert_cmpint(options.allow, ==, DS_LEVEL_CONTROL);
    g_assert_true(options.has_local && !options.has_relay);
    ds_cli_options_finish(&options);
    g_assert_true(parse(&options, "deskside-cli|share", NULL, NULL));
    g_assert_false(options.has_local || options.has_relay);
    ds_cli_options_finish(&options);
}

/* The code is the same however it is typed, and gone from the arguments, all of them. */
static void
test_options_connect(void)
{
    static const struct {
        const char *line, *code, *left;
    } rows[] = {
            {"deskside-cli|connect|482191305778|--relay|r", "482191305778",
                    "deskside-cli|connect|------------|--relay|r"},
            {"deskside-cli|connect|--relay|r|4821|9130|5778", "4821 9130 5778",
                    "deskside-cli|connect|--relay|r|----|----|----"},
            {"deskside-cli|connect|deskside://r/48|-v", "deskside://r/48",
                    "deskside-cli|connect|---------------|-v"},
            {"deskside-cli|connect|-", "-", "deskside-cli|connect|-"},
            {"deskside-cli|connect|", "", "deskside-cli|connect|"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_cli_options options;
        g_autofree char *left = NULL;
        g_autoptr(GError) error = NULL;
        g_assert_true(parse(&options, rows[i].line, &error, &left));
        g_assert_cmpstr(options.code_text, ==, rows[i].code);
        g_assert_cmpstr(left, ==, rows[i].left);
        ds_cli_options_finish(&options);
        g_assert_null(options.code_text);
    }
}

static void
test_options_listen(void)
{
    struct ds_cli_options options;
    g_autoptr(GError) error = NULL;

    g_assert_true(parse(&options,
            "deskside-cli|connect|-|--listen|127.0.0.1:0|--direct|only|--relay|[2001:db8::1]|"
            "--relay-pin|0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            &error, NULL));
    g_assert_true(options.has_listen);
    g_assert_cmpuint(ds_addr_port(&options.listen), ==, 0);
    g_assert_cmpint(options.direct, ==, DS_DIRECT_ONLY);
    g_assert_cmpstr(options.relay.host, ==, "2001:db8::1");
    g_assert_cmpuint(options.relay.port, ==, 443);
    g_assert_true(options.relay.has_pin);
    g_assert_cmphex(options.relay.pin[31], ==, 0xef);
    ds_cli_options_finish(&options);
}

static const struct {
    const char *line, *about;
} refused[] = {
        {"deskside-cli", "--help"},
        {"deskside-cli|dance", "--help"},
        {"deskside-cli|share|--vnc|h:1|--relay-pin|12", "--relay-pin"},
        {"deskside-cli|connect|1|--relay-pin|12", "--relay-pin"},
        {"deskside-cli|share|--relay|r|--vnc|h:1|--display|:0", "--display"},
        {"deskside-cli|share|--relay|r|--local|127.0.0.1:0", "--local"},
        {"deskside-cli|share|--local|0.0.0.0:5900", "--local"},
        {"deskside-cli|share|--local|127.0.0.1:0|--ask", "--ask"},
        {"deskside-cli|share|--relay|r:0|--vnc|h:1", "--relay"},
        {"deskside-cli|share|--relay|r:65536|--vnc|h:1", "--relay"},
        {"deskside-cli|share|--relay|\xff|--vnc|h:1", "--relay"},
        {"deskside-cli|share|--relay||--vnc|h:1", "--relay"},
        {"deskside-cli|share|--relay|two words|--vnc|h:1", "--relay"},
        {"deskside-cli|share|--relay|r.example/x|--vnc|h:1", "--relay"},
        {"deskside-cli|share|--relay|r.example:443:1|--vnc|h:1", "--relay"},
        {"deskside-cli|share|--relay|r@r.example|--vnc|h:1", "--relay"},
        {"deskside-cli|share|--relay|r|--vnc|h", "--vnc"},
        {"deskside-cli|share|--relay|r|--vnc|h:0", "--vnc"},
        {"deskside-cli|share|--relay|r|--vnc|h:1|--allow|view", "--allow"},
        {"deskside-cli|share|--relay|r|--vnc|h:1|--allow|all", "--allow"},
        {"deskside-cli|share|--relay|r|--vnc|h:1|--allow|control|--ask", "--ask"},
        {"deskside-cli|share|--relay|r|--vnc|h:1|4821", "share"},
        {"deskside-cli|share|--relay|r|--vnc|h:1|--listen|h:1", "--listen"},
        {"deskside-cli|share|--relay|r|--vnc|h:1|--relay-pin|12", "--relay-pin"},
        {"deskside-cli|connect|--relay|r", "-"},
        {"deskside-cli|connect|1|--listen|localhost:1", "--listen"},
        {"deskside-cli|connect|1|--listen|127.0.0.1", "--listen"},
        {"deskside-cli|connect|1|--listen|127.0.0.1:1|--screenshot|x", "--screenshot"},
        {"deskside-cli|connect|1|--password-file|x", "--password-file"},
        {"deskside-cli|connect|1|--direct|maybe", "--direct"},
        {"deskside-cli|connect|1|--name", "--name"},
        {"deskside-cli|connect|1|--stun|", "--stun"},
        {"deskside-cli|connect|1|--stun|192.0.2.1", "--stun"},
        {"deskside-cli|connect|1|--stun|192.0.2.1:0", "--stun"},
        {"deskside-cli|share|--stun|stun.example:3478", "--stun"},
        {"deskside-cli|share|--stun|192.0.2.1:1,", "--stun"},
        {"deskside-cli|share|--stun|192.0.2.1:1, 192.0.2.1:2", "--stun"},
        {"deskside-cli|share|--stun|192.0.2.1:1,192.0.2.1:2,192.0.2.1:3", "--stun"},
        {"deskside-cli|share|--map|", "--map"},
        {"deskside-cli|share|--map|sometimes", "--map"},
        {"deskside-cli|share|--map|never|--map-lease|60", "--map-lease"},
        {"deskside-cli|share|--map-lease|0", "--map-lease"},
        {"deskside-cli|share|--map-lease|3", "--map-lease"},
        {"deskside-cli|share|--map-lease|-60", "--map-lease"},
        {"deskside-cli|connect|1|--map-lease|86401", "--map-lease"},
        {"deskside-cli|connect|1|--map-lease|1m", "1m"},
        {"deskside-cli|share|--local|127.0.0.1:1|--map|auto", "--map"},
        {"deskside-cli|share|--local|127.0.0.1:1|--map-lease|60", "--map-lease"},
        {"deskside-cli|share|--local|127.0.0.1:1|--salvo|64", "--salvo"},
        {"deskside-cli|share|--salvo|513", "--salvo"},
        {"deskside-cli|connect|1|--salvo|-1", "--salvo"},
        {"deskside-cli|connect|1|--salvo|many", "many"},
        {"deskside-cli|netcheck|482191305778", "netcheck"},
        {"deskside-cli|netcheck|--direct|never", "--direct"},
        {"deskside-cli|netcheck|--relay-pin|12", "--relay-pin"},
        {"deskside-cli|netcheck|--stun|r", "--stun"},
};

/* Each is refused in a sentence of one line that says which option it is about. */
static void
test_options_refused(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
        struct ds_cli_options options;
        g_autoptr(GError) error = NULL;
        g_assert_false(parse(&options, refused[i].line, &error, NULL));
        g_test_message("row %zu: %s", i, error->message);
        g_assert_nonnull(strstr(error->message, refused[i].about));
        g_assert_null(strchr(error->message, '\n'));
        g_assert_true(g_utf8_validate(error->message, -1, NULL));
        ds_cli_options_finish(&options);
    }
}

static char *
json_of(const char *text)
{
    GString *json = ds_json_begin("x", 61007);
    ds_json_text(json, "k", text);
    ds_json_number(json, "n", G_MININT64);
    return ds_json_end(json);
}

static void
test_json(void)
{
    static const struct {
        const char *text, *written;
    } rows[] = {
            {"", ""}, {"a\"b\\c/", "a\\\"b\\\\c/"}, {"\x7f", "\\u007f"},
            {"\xc3\xa4\xf0\x9f\x98\x80", "\xc3\xa4\xf0\x9f\x98\x80"},
            {"a\xff"
             "b",
                    "a\xef\xbf\xbd"
                    "b"},
            {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* half of a surrogate pair */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = json_of(rows[i].text);
        g_autofree char *wanted = g_strdup_printf(
                "{\"event\":\"x\",\"t\":61.007,\"k\":\"%s\",\"n\":-9223372036854775808}\n",
                rows[i].written);
        g_assert_cmpstr(got, ==, wanted);
    }
    for (char control = 1; control < 0x20; control++) {
        char text[] = {control, '\0'};
        g_autofree char *got = json_of(text);
        g_autofree char *wanted = g_strdup_printf("\"k\":\"\\u%04x\",", (guint)control);
        g_assert_nonnull(strstr(got, wanted));
    }
}

static void
test_json_time(void)
{
    static const struct {
        guint64 ms;
        const char *line;
    } rows[] = {
            {0, "{\"event\":\"x\",\"t\":0.000}\n"},
            {999, "{\"event\":\"x\",\"t\":0.999}\n"},
            {1000, "{\"event\":\"x\",\"t\":1.000}\n"},
            {G_MAXUINT64, "{\"event\":\"x\",\"t\":18446744073709551.615}\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *line = ds_json_end(ds_json_begin("x", rows[i].ms));
        g_assert_cmpstr(line, ==, rows[i].line);
    }
}

/* Put `len` bytes in a file and read the password from it. */
static char *
password_of(const char *bytes, gssize len, GError **error)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("cli-XXXXXX", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    close(fd);
    g_assert_true(g_file_set_contents(path, bytes, len, NULL));
    char *password = ds_password_read(path, error);
    g_unlink(path);
    return password;
}

static void
test_password(void)
{
    static const struct {
        const char *bytes, *password;
    } rows[] = {
            {"secret", "secret"}, {"secret\n", "secret"}, {"secret\r\n", "secret"},
            {"two words\nand a line", "two words"}, {" \n", " "},
            {"gr\xfc\xdf\n", "gr\xfc\xdf"}, /* VNC knows bytes, and no encoding */
            {"", NULL}, {"\n", NULL}, {"\r\nsecret", NULL},
            {"\x17\x52\x6b\x06\x23\x4e\x58\x07", NULL}, /* vncpasswd's own format */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *password = password_of(rows[i].bytes, -1, &error);
        g_assert_cmpstr(password, ==, rows[i].password);
        g_assert_true((error != NULL) == (rows[i].password == NULL));
    }
}

static void
test_password_files(void)
{
    char bytes[300];
    memset(bytes, 'x', sizeof bytes);
    bytes[255] = '\n';
    g_autofree char *longest = password_of(bytes, sizeof bytes, NULL);
    g_assert_cmpuint(strlen(longest), ==, 255);
    bytes[255] = 'x';
    g_assert_null(password_of(bytes, sizeof bytes, NULL));
    g_assert_null(password_of("a\0b\n", 4, NULL));
    g_assert_null(ds_password_read("/dev/zero", NULL)); /* without an end */
    g_assert_null(ds_password_read("/", NULL));
    g_autoptr(GError) error = NULL;
    g_assert_null(ds_password_read("/no/such/file", &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    g_assert_nonnull(strstr(error->message, "/no/such/file"));
}

/* As a shell's <(command) gives it: in pieces, and only once. */
static void
test_password_pipe(void)
{
    int ends[2];
    g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
    g_assert_cmpint(write(ends[1], "sec", 3), ==, 3);
    g_assert_cmpint(write(ends[1], "ret\n", 4), ==, 4);
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", ends[0]);
    g_autofree char *password = ds_password_read(path, NULL); /* does not wait for the end */
    g_assert_cmpstr(password, ==, "secret");
    close(ends[0]);
    close(ends[1]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/options/share", test_options_share);
    g_test_add_func("/cli/options/display", test_options_display);
    g_test_add_func("/cli/options/connect", test_options_connect);
    g_test_add_func("/cli/options/listen", test_options_listen);
    g_test_add_func("/cli/options/stun", test_options_stun);
    g_test_add_func("/cli/options/map", test_options_map);
    g_test_add_func("/cli/options/salvo", test_options_salvo);
    g_test_add_func("/cli/options/refused", test_options_refused);
    g_test_add_func("/cli/json", test_json);
    g_test_add_func("/cli/json/time", test_json_time);
    g_test_add_func("/cli/password", test_password);
    g_test_add_func("/cli/password/files", test_password_files);
    g_test_add_func("/cli/password/pipe", test_password_pipe);
    return g_test_run();
}
