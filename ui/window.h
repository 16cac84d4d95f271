/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UI_WINDOW_H
#define DS_UI_WINDOW_H

#include <handy.h>

#include "ui/code/code_entry.h"
#include "ui/code/code_page.h"
#include "ui/path/path_indicator.h"
#include "ui/share/consent_page.h"
#include "ui/share/share_controls.h"
#include "ui/start_page.h"
#include "ui/status_page.h"
#include "ui/view/control_mark.h"
#include "ui/view/figures.h"
#include "ui/view/viewer.h"

/* What a window shows. */
typedef enum {
    DS_WINDOW_PAGE_START,
    DS_WINDOW_PAGE_CODE,
    DS_WINDOW_PAGE_ENTRY,
    DS_WINDOW_PAGE_CONSENT,
    DS_WINDOW_PAGE_STATUS,
    DS_WINDOW_PAGE_SHARING,
    DS_WINDOW_PAGE_VIEWER,
    DS_WINDOW_N_PAGES,
} DsWindowPage;

/*
 * The main window: a header bar above a stack of pages, of which one is shown. By itself it goes
 * from the start page to the code entry and back, brings a pasted code there, and makes the viewer
 * fill the screen; all else its owner does. Signals:
 *   "disconnect" (): the helper wants no more, while the viewer is shown.
 */
#define DS_TYPE_WINDOW (ds_window_get_type())
/** The class; see above. Main thread, as all of ui/. */
G_DECLARE_FINAL_TYPE(DsWindow, ds_window, DS, WINDOW, HdyApplicationWindow)

/** Make a window that shows the start page. Returns it owned by `application` (borrowed). */
DsWindow *ds_window_new(GtkApplication *application);

/**
 * Show a page and move the keyboard's focus into it. The consent page brings the window to the
 * person's eyes, and closes what could lie above the question.
 */
void ds_window_show_page(DsWindow *self, DsWindowPage page);

/** Return which page is shown. */
DsWindowPage ds_window_get_page(DsWindow *self);

/** Close the windows that stand above this one, as the person would, and the menu. */
void ds_window_close_dialogs(DsWindow *self);

/** Set the main menu (borrowed, referenced), which F10 opens; NULL has none. */
void ds_window_set_menu(DsWindow *self, GMenuModel *menu);

/**
 * Set the menu of keys to send (borrowed, referenced), for the header bar while the viewer is
 * shown; NULL has none.
 */
void ds_window_set_keys_menu(DsWindow *self, GMenuModel *menu);

/** Set whose screen the viewer shows: what they call themselves (borrowed). */
void ds_window_set_viewer_title(DsWindow *self, const char *name);

/** Return the page with the two choices; borrowed, as all below. */
DsStartPage *ds_window_get_start_page(DsWindow *self);

/** Return the page with the code to read out. */
DsCodePage *ds_window_get_code_page(DsWindow *self);

/** Return the page where a code is typed. */
DsCodeEntry *ds_window_get_code_entry(DsWindow *self);

/** Return the page with the question. */
DsConsentPage *ds_window_get_consent_page(DsWindow *self);

/** Return the page for what is being done and how it ended. */
DsStatusPage *ds_window_get_status_page(DsWindow *self);

/**
 * Return the controls of the page that is shown while somebody looks: for the keyboard, which the
 * bar (DsShareBar) never has. To close the window then is their "stop"; it stays.
 */
DsShareControls *ds_window_get_share_controls(DsWindow *self);

/** Return the picture. */
DsViewer *ds_window_get_viewer(DsWindow *self);

/** Return the figures, over the viewer; hidden at first, and Shift+F9 shows and hides them. */
DsFigures *ds_window_get_figures(DsWindow *self);

/** Return what says whether the person controls, in the header bar while the viewer is shown. */
DsControlMark *ds_window_get_control_mark(DsWindow *self);

/** Return the indicator of the path, in the header bar while the viewer is shown. */
DsPathIndicator *ds_window_get_path_indicator(DsWindow *self);

#endif
