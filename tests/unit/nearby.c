/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sharing without a relay: which address is shown, and who finds whom on one machine. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "app/nearby/lan_address.h"
#include "app/nearby/notice.h"
#include "app/nearby/own_relay.h"
#include "net/wire/record.h"

#define PIN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* ---- the address ---- */

/* An address, and whether it is of a network or a tunnel. */
static struct ds_interface
interface_of(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    struct ds_interface interface = {.is_point_to_point = g_str_equal(words[1], "tun")};
    g_assert_cmpint(ds_addr_parse(&interface.addr, words[0], 1), ==, 0);
    return interface;
}

static void
test_choose(void)
{
    static const struct {
        const char *interfaces[5]; /* those of default routes first */
        int chosen;
    } rows[] = {
            {{NULL}, -1},
            {{"192.168.1.20 lan"}, 0},
            {{"192.168.1.20 lan", "172.17.0.1 lan"}, 0}, /* a bridge for containers */
            {{"10.8.0.2 tun", "192.168.1.20 lan", "192.168.1.21 lan"}, 1},
            {{"10.8.0.2 tun"}, 0},
            {{"169.254.7.7 lan"}, 0}, /* two machines on one cable */
            {{"fd00::20 lan"}, 0},
            {{"2001:db8::20 lan", "10.0.0.2 lan"}, 1}, /* who could read the other out? */
            {{"2001:db8::20 lan", "10.8.0.2 tun"}, 1},
            {{"2001:db8::20 tun", "2001:db8::30 lan"}, 1},
            {{"2001:db8::20 lan", "2001:db8::30 lan"}, 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_interface list[5];
        gsize count = 0;
        for (; rows[i].interfaces[count] != NULL; count++)
            list[count] = interface_of(rows[i].interfaces[count]);
        g_test_message("row %zu", i);
        g_assert_cmpint(ds_lan_choose(list, count), ==, rows[i].chosen);
    }
}

/* Whatever this machine is connected to, it is no address of the machine alone. */
static void
test_address(void)
{
    struct ds_addr addr;
    if (ds_lan_address(&addr))
        g_assert_false(ds_addr_is_loopback(&addr));
}

static void
test_range(void)
{
    static const struct {
        const char *host;
        guint16 port;
        enum ds_own_relay_range range;
        const char *place;
    } rows[] = {
            {"192.168.1.20", DS_OWN_RELAY_PORT, DS_OWN_RELAY_NETWORK, "192.168.1.20"},
            {"192.168.1.20", 4711, DS_OWN_RELAY_NETWORK, "192.168.1.20:4711"},
            {"169.254.7.7", 4711, DS_OWN_RELAY_NETWORK, "169.254.7.7:4711"},
            {"fd00::20", DS_OWN_RELAY_PORT, DS_OWN_RELAY_NETWORK, "[fd00::20]"},
            {"fd00::20", 4711, DS_OWN_RELAY_NETWORK, "[fd00::20]:4711"},
            {"203.0.113.5", DS_OWN_RELAY_PORT, DS_OWN_RELAY_LINK, ""},
            {"2001:db8::20", DS_OWN_RELAY_PORT, DS_OWN_RELAY_LINK, ""},
            {"127.0.0.1", DS_OWN_RELAY_PORT, DS_OWN_RELAY_MACHINE, ""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct ds_link_form form = {.port = rows[i].port};
        char place[DS_PLACE_TEXT_MAX];
        g_strlcpy(form.host, rows[i].host, sizeof form.host);
        g_assert_cmpint(ds_own_relay_range(&form, place), ==, rows[i].range);
        g_assert_cmpstr(place, ==, rows[i].place);
    }
}

/* ---- notices ---- */

/* XDG_RUNTIME_DIR of a test. */
struct home {
    char *path, *folder;
};

static void
home_open(struct home *home)
{
    home->path = g_dir_make_tmp("nearby-XXXXXX", NULL); /* mode 0700 */
    g_assert_nonnull(home->path);
    home->folder = g_build_filename(home->path, "deskside", NULL);
    g_setenv("XDG_RUNTIME_DIR", home->path, TRUE);
}

/* Returns the path of the n-th file of the folder, owned, or NULL. */
static char *
file_of(const struct home *home, guint n)
{
    g_autoptr(GDir) dir = g_dir_open(home->folder, 0, NULL);
    const char *name = NULL;
    for (guint i = 0; dir != NULL && i <= n; i++)
        name = g_dir_read_name(dir);
    return name != NULL ? g_build_filename(home->folder, name, NULL) : NULL;
}

static void
home_close(struct home *home)
{
    char *path;
    while ((path = file_of(home, 0)) != NULL) {
        g_assert_cmpint(g_remove(path), ==, 0);
        g_free(path);
    }
    g_remove(home->folder);
    g_assert_cmpint(g_remove(home->path), ==, 0);
    g_free(home->folder);
    g_free(home->path);
}

static struct ds_relay_addr
relay_at(guint16 port)
{
    struct ds_relay_addr relay = {.port = port, .has_pin = true};
    g_assert_cmpint(ds_pin_parse(relay.pin, PIN, strlen(PIN)), ==, 0);
    return relay;
}

static struct ds_notice *
post(const char *nameplate, guint16 port)
{
    struct ds_relay_addr relay = relay_at(port);
    struct ds_notice *notice = ds_notice_post(nameplate, &relay);
    g_assert_nonnull(notice);
    return notice;
}

static guint16
find(const char *nameplate)
{
    struct ds_relay_addr relay, wanted = relay_at(0);
    if (!ds_notice_find(&relay, nameplate))
        return 0;
    g_assert_cmpstr(relay.host, ==, "127.0.0.1");
    g_assert_true(relay.has_pin);
    g_assert_cmpmem(relay.pin, sizeof relay.pin, wanted.pin, sizeof wanted.pin);
    return relay.port;
}

static guint
mode_of(const char *path)
{
    GStatBuf st;
    g_assert_cmpint(g_lstat(path, &st), ==, 0);
    return st.st_mode & 07777;
}

static void
test_notice(void)
{
    struct home home;
    home_open(&home);
    g_assert_cmpuint(find("4821"), ==, 0); /* there is no folder yet */
    struct ds_notice *one = post("4821", 4711), *two = post("48210", 65535);
    g_autofree char *file = file_of(&home, 0);
    g_assert_cmpuint(mode_of(file), ==, 0600);
    g_assert_cmpuint(mode_of(home.folder), ==, 0700);
    g_assert_cmpuint(find("4821"), ==, 4711);
    g_assert_cmpuint(find("48210"), ==, 65535);
    g_assert_cmpuint(find("482"), ==, 0);
    g_assert_cmpuint(find("4822"), ==, 0);
    ds_notice_free(one);
    g_assert_cmpuint(find("4821"), ==, 0);
    g_assert_cmpuint(find("48210"), ==, 65535);
    ds_notice_free(two);
    g_assert_null(file_of(&home, 0));
    ds_notice_free(NULL);
    home_close(&home);
}

/* What nobody holds is of a program that died: it goes when somebody looks. */
static void
test_notice_stale(void)
{
    struct home home;
    home_open(&home);
    struct ds_notice *live = post("4821", 4711);
    g_autofree char *file = file_of(&home, 0);
    g_autofree char *stale = g_strdup_printf("%s0", file);
    g_autofree char *other = g_build_filename(home.folder, "other", NULL);
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
    g_assert_true(g_file_set_contents_full(stale, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    g_assert_true(g_file_set_contents_full(other, "", -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    g_assert_cmpuint(find("9999"), ==, 0);
    g_assert_false(g_file_test(stale, G_FILE_TEST_EXISTS));
    g_assert_true(g_file_test(other, G_FILE_TEST_EXISTS)); /* no notice: not ours to remove */
    g_assert_cmpuint(find("4821"), ==, 4711);
    ds_notice_free(live);
    home_close(&home);
}

/* A file that a living program holds, with whatever in it. Returns the port that is found. */
static guint16
find_in(const struct home *home, const char *text, gsize len, guint mode)
{
    g_assert_cmpint(g_mkdir_with_parents(home->folder, 0700), ==, 0);
    g_autofree char *path = g_build_filename(home->folder, "4821-0123456789abcdef", NULL);
    int fd = g_open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(write(fd, text, len), ==, len);
    g_assert_cmpint(flock(fd, LOCK_EX | LOCK_NB), ==, 0);
    g_assert_cmpint(fchmod(fd, mode), ==, 0);
    guint16 port = find("4821");
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    close(fd);
    g_remove(path);
    return port;
}

static void
test_notice_contents(void)
{
    static const char *const bad[] = {"", "\n", "4711", "4711 \n", "4711 " PIN, "4711 " PIN "0\n",
            "4711 " PIN "\nx", "0 " PIN "\n", "65536 " PIN "\n", "99999 " PIN "\n", "-1 " PIN "\n",
            "4711 z123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n", PIN "\n",
            "4711\n" PIN, "4711 " PIN "\n" PIN PIN PIN PIN};
    struct home home;
    home_open(&home);
    g_assert_cmpuint(find_in(&home, "4711 " PIN "\n", 71 - 1, 0600), ==, 4711);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_test_message("row %zu", i);
        g_assert_cmpuint(find_in(&home, bad[i], strlen(bad[i]), 0600), ==, 0);
    }
    g_assert_cmpuint(find_in(&home, "4711 \0" PIN "\n", 72, 0600), ==, 0);
    g_autofree char *big = g_strnfill(1 << 20, '1');
    g_assert_cmpuint(find_in(&home, big, 1 << 20, 0600), ==, 0);
    home_close(&home);
}

/* Only what belongs to this user alone counts: file, folder, and the folder above. */
static void
test_notice_owner(void)
{
    struct home home;
    home_open(&home);
    struct ds_notice *notice = post("4821", 4711);
    struct ds_relay_addr relay = relay_at(1);
    g_autofree char *file = file_of(&home, 0);
    const char *const paths[] = {file, home.folder, home.path};
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        guint mode = i == 0 ? 0600 : 0700;
        g_assert_cmpint(g_chmod(paths[i], (int)(mode | 0040)), ==, 0);
        g_assert_cmpuint(find("4821"), ==, 0);
        g_assert_cmpint(g_chmod(paths[i], (int)mode), ==, 0);
        g_assert_cmpuint(find("4821"), ==, 4711);
        if (geteuid() != 0)
            continue;
        g_assert_cmpint(chown(paths[i], 65534, (gid_t)-1), ==, 0);
        g_assert_cmpuint(find("4821"), ==, 0);
        if (i > 0)
            g_assert_null(ds_notice_post("4822", &relay));
        g_assert_cmpint(chown(paths[i], 0, (gid_t)-1), ==, 0);
        g_assert_cmpuint(find("4821"), ==, 4711);
    }
    ds_notice_free(notice);
    home_close(&home);
}

/* Neither a link in the place of the folder nor one in that of a file is followed; a FIFO does not
 * keep anybody waiting. */
static void
test_notice_links(void)
{
    struct home home, elsewhere;
    home_open(&elsewhere);
    struct ds_notice *notice = post("4821", 4711);
    struct ds_relay_addr relay = relay_at(1);
    g_autofree char *file = file_of(&elsewhere, 0);
    home_open(&home);
    g_assert_cmpint(symlink(elsewhere.folder, home.folder), ==, 0);
    g_assert_cmpuint(find("4821"), ==, 0);
    g_assert_null(ds_notice_post("4822", &relay));
    g_assert_cmpint(g_remove(home.folder), ==, 0);
    g_assert_cmpint(g_mkdir(home.folder, 0700), ==, 0);
    g_autofree char *link_path = g_build_filename(home.folder, "4821-1", NULL);
    g_autofree char *fifo_path = g_build_filename(home.folder, "4821-2", NULL);
    g_assert_cmpint(symlink(file, link_path), ==, 0);
    g_assert_cmpint(mkfifo(fifo_path, 0600), ==, 0);
    g_assert_cmpuint(find("4821"), ==, 0);
    g_setenv("XDG_RUNTIME_DIR", elsewhere.path, TRUE);
    g_assert_cmpuint(find("4821"), ==, 4711);
    ds_notice_free(notice);
    home_close(&home);
    home_close(&elsewhere);
}

static void
test_notice_nowhere(void)
{
    static const char *const places[] = {"", "run", "/no/such/folder", "/dev/null"};
    struct ds_relay_addr relay = relay_at(1);
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        g_setenv("XDG_RUNTIME_DIR", places[i], TRUE);
        g_assert_null(ds_notice_post("4821", &relay));
        g_assert_cmpuint(find("4821"), ==, 0);
    }
    g_unsetenv("XDG_RUNTIME_DIR");
    g_assert_null(ds_notice_post("4821", &relay));
    g_assert_cmpuint(find("4821"), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/nearby/choose", test_choose);
    g_test_add_func("/nearby/address", test_address);
    g_test_add_func("/nearby/range", test_range);
    g_test_add_func("/nearby/notice", test_notice);
    g_test_add_func("/nearby/notice/stale", test_notice_stale);
    g_test_add_func("/nearby/notice/contents", test_notice_contents);
    g_test_add_func("/nearby/notice/owner", test_notice_owner);
    g_test_add_func("/nearby/notice/links", test_notice_links);
    g_test_add_func("/nearby/notice/nowhere", test_notice_nowhere);
    return g_test_run();
}
