/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_NETWORK_NETWORK_DIALOG_H
#define DS_UI_NETWORK_NETWORK_DIALOG_H

#include <gtk/gtk.h>

/* What a check of the network came to, in sentences; all borrowed and translated. */
typedef struct {
    const char *network;             /* which kind it is */
    const char *const *expectations; /* with whom direct connections can be expected */
    const char *const *advices;      /* what could be changed; none: nothing has to be */
    const char *const *findings;     /* what was found out */
} DsNetworkResult;

/*
 * Says what kind of network this computer is in, and blocks no other window. A screen reader hears
 * of its own when the result is there; what it says has the focus and can be gone through line by
 * line. Signals:
 *   "check" (): the person wants it checked again.
 *   "report" () -> char * (owned): they want a report, plain text, on the clipboard; NULL: there is
 *     none.
 */
#define DS_TYPE_NETWORK_DIALOG (ds_network_dialog_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsNetworkDialog, ds_network_dialog, DS, NETWORK_DIALOG, GtkDialog)

/** Make one above `parent` (borrowed), with which it goes. GTK's, until it is destroyed. */
DsNetworkDialog *ds_network_dialog_new(GtkWindow *parent);

/** Show that the network is being checked. What was known before is gone. */
void ds_network_dialog_show_busy(DsNetworkDialog *self);

/** Show what it came to (borrowed). */
void ds_network_dialog_show_result(DsNetworkDialog *self, const DsNetworkResult *result);

#endif
