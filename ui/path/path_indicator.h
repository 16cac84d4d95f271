/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_PATH_PATH_INDICATOR_H
#define DS_UI_PATH_PATH_INDICATOR_H

#include <gtk/gtk.h>

/* Which path carries the session. */
typedef enum {
    DS_PATH_STATE_RECONNECTING, /* none does at the moment */
    DS_PATH_STATE_RELAYED,
    DS_PATH_STATE_DIRECT,
} DsPathState;

/* What the popover says of it. Texts are borrowed, translated where they are words; NULL: unknown,
 * and its row is left out. */
typedef struct {
    const char *kind;       /* "In the same network" */
    const char *note;       /* a sentence: why it is not direct */
    const char *local;      /* our address and port */
    const char *remote;     /* the other side's, or the relay's */
    const char *encryption; /* "TLS 1.3, AES-128-GCM" */
    double rtt_ms;          /* round trip; below 0: unknown */
    double rx_bytes_per_s;  /* received; below 0: unknown */
    double tx_bytes_per_s;  /* sent; below 0: unknown */
} DsPathDetails;

/* A button that says in one word which path is used, with a popover that says all about it. */
#define DS_TYPE_PATH_INDICATOR (ds_path_indicator_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsPathIndicator, ds_path_indicator, DS, PATH_INDICATOR, GtkMenuButton)

/** Show which path is used now. A change is announced to assistive technology. */
void ds_path_indicator_set_state(DsPathIndicator *self, DsPathState state);

/** Show the details (borrowed). Not announced: numbers change all the time. */
void ds_path_indicator_set_details(DsPathIndicator *self, const DsPathDetails *details);

/** Show the icon alone where there is little room; the word stays its name and its tooltip. */
void ds_path_indicator_set_compact(DsPathIndicator *self, gboolean is_compact);

#endif
