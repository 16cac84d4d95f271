/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_PATH_PATH_VIEW_H
#define DS_UI_PATH_PATH_VIEW_H

#include <gtk/gtk.h>

/*
 * What is known of a path. Texts are borrowed, translated where they are words; the row of what is
 * unknown (NULL, a number below 0) is left out.
 */
typedef struct {
    const char *kind;       /* "In the same network" */
    const char *note;       /* a sentence: why it is not direct */
    const char *local;      /* our address and port */
    const char *remote;     /* the other side's, or the relay's */
    const char *encryption; /* "TLS 1.3, AES-128-GCM" */
    double rtt_ms;          /* round trip */
    double rx_bytes_per_s;  /* received */
    double tx_bytes_per_s;  /* sent */
} DsPathDetails;

/*
 * All about the path that is used, as a small table below a sentence, and a button; with a note
 * another one, for the action "win.check-network" of whatever window it is in. Signals:
 *   "report" () -> char * (owned): the person wants a report, plain text, on the clipboard; NULL:
 *     there is none.
 */
#define DS_TYPE_PATH_VIEW (ds_path_view_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsPathView, ds_path_view, DS, PATH_VIEW, GtkBox)

/** Set the sentence that says what the path is (borrowed, translated). */
void ds_path_view_set_sentence(DsPathView *self, const char *sentence);

/** Show the details (borrowed). Not announced: numbers change all the time. */
void ds_path_view_set_details(DsPathView *self, const DsPathDetails *details);

#endif
