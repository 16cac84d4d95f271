/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_VIEW_FIGURES_H
#define DS_UI_VIEW_FIGURES_H

#include <gtk/gtk.h>

/* How the picture comes; a number below 0 is not known. */
typedef struct {
    double pictures_per_s;
    double rtt_ms;         /* of the path */
    double decoding_ms;    /* of the processor, for one picture */
    double rx_bytes_per_s; /* of all that comes */
    /* How the changed pixels came, 0 to 1 each; all below 0: none changed. */
    double exact_share, photo_share, moved_share;
    const char *path; /* its kind, translated; NULL: not known */
} DsFigureValues;

/*
 * A small panel with these figures, for those who ask. It is to be read by a screen reader, and
 * announces nothing.
 */
#define DS_TYPE_FIGURES (ds_figures_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsFigures, ds_figures, DS, FIGURES, GtkGrid)

/** Show other figures (borrowed). */
void ds_figures_set(DsFigures *self, const DsFigureValues *values);

#endif
