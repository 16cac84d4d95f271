/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/share/input/guardian.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/child/child.h"

enum { PATIENCE_MS = 500 };

struct ds_guardian {
    struct ds_child child;
    int lifeline; /* the writing end of a pipe: the guardian sees it close, however we end */
    struct ds_ledger *ledger;
};

/* A window that is never shown, and goes with our connection. It is there when this returns. */
static xcb_window_t
make_mark(const struct ds_display *display)
{
    xcb_connection_t *conn = display->conn;
    xcb_window_t mark = xcb_generate_id(conn);
    xcb_void_cookie_t cookie = xcb_create_window_checked(conn, 0, mark, display->root, -1, -1, 1, 1,
            0, XCB_WINDOW_CLASS_INPUT_ONLY, XCB_COPY_FROM_PARENT, XCB_CW_OVERRIDE_REDIRECT,
            &(uint32_t){1});
    g_autofree xcb_generic_error_t *failed = xcb_request_check(conn, cookie);
    return failed == NULL ? mark : XCB_NONE;
}

/* Returns the memory, whose file is `*fd`, owned. */
static struct ds_ledger *
make_ledger(int *fd)
{
    *fd = memfd_create("deskside-ledger", MFD_CLOEXEC);
    if (*fd < 0 || ftruncate(*fd, sizeof(struct ds_ledger)) < 0)
        return NULL;
    void *ledger = mmap(NULL, sizeof(struct ds_ledger), PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    return ledger == MAP_FAILED ? NULL : ledger;
}

static int
start(struct ds_guardian *guardian, const struct ds_display *display, const char *name)
{
    int file = -1, ends[2] = {-1, -1}, err = DS_ERR_SYSTEM;

    guardian->ledger = make_ledger(&file);
    if (guardian->ledger != NULL && pipe2(ends, O_CLOEXEC) == 0) {
        guardian->ledger->mark = make_mark(display);
        const int fds[] = {ends[0], file};
        const struct ds_child_config config = {
                .name = "guardian",
                .argument = DS_GUARDIAN_ARGUMENT,
                .detail = name,
                .environment = environ, /* where the X server's cookie is */
                .fds = fds,
                .fd_count = G_N_ELEMENTS(fds),
                .is_silent = true, /* it outlives us, and who reads our words waits for their end */
        };
        guardian->lifeline = ends[1];
        err = ds_child_start(&guardian->child, &config);
    }
    if (ends[0] >= 0)
        close(ends[0]);
    if (file >= 0)
        close(file);
    return err;
}

struct ds_guardian *
ds_guardian_new(const struct ds_display *display, const char *name)
{
    struct ds_guardian *guardian = g_new0(struct ds_guardian, 1);
    guardian->lifeline = -1;
    if (start(guardian, display, name) < 0) {
        ds_guardian_free(guardian);
        return NULL;
    }
    return guardian;
}

struct ds_ledger *
ds_guardian_ledger(struct ds_guardian *guardian)
{
    return guardian->ledger;
}

void
ds_guardian_free(struct ds_guardian *guardian)
{
    if (guardian == NULL)
        return;
    if (guardian->lifeline >= 0)
        close(guardian->lifeline);
    ds_child_leave(&guardian->child, PATIENCE_MS);
    if (guardian->ledger != NULL)
        munmap(guardian->ledger, sizeof *guardian->ledger);
    g_free(guardian);
}
