/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shows one page of the window, or the bar, with sample data, and prints each signal as a line:
 *   widgets PAGE [WIDTH HEIGHT]
 *   widgets tour|tour-spoiled [WIDTH HEIGHT]
 * SIGUSR1 brings the next state of what is shown: another path, a new code, control, the question
 * or the error once more, a hint.
 * The tour shows one page after the other, and prints of each which labels are not wholly to be
 * read; the spoiled one is short, and has such labels.
 * DESKSIDE_LOCALEDIR says where translations are that are not installed.
 */
#include <libintl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include <glib-unix.h>
#include <gtk/gtk.h>

#include "tests/e2e/labels.h"
#include "ui/code/code_text.h"
#include "ui/init.h"
#include "ui/network/network_dialog.h"
#include "ui/share/share_bar.h"
#include "ui/window.h"

#define MISTYPED "This code was mistyped. Compare the digits and type them again."
#define NEW_CODE "Three wrong codes were tried. This is a new one."

enum {
    PICTURE_WIDTH = 400,
    PICTURE_HEIGHT = 300,
};

/* What the tour shows. */
static const char *const tour[] = {"start", "code", "code-lan", "code-long", "code-wait",
        "code-new", "code-lost", "entry", "entry-wrong", "consent", "consent-control",
        "consent-anonymous", "busy", "error", "sharing", "sharing-control", "viewer", "viewer-look",
        "bar", "bar-control", "viewer-path", "viewer-figures", "sharing-path", "bar-path",
        "network", "network-busy"};

/* The longest of app/session/why_sentences.c, which the program's texts have translated. */
static const char matter[] =
        "Direct connections are switched off on the other computer, or its Deskside is too old for "
        "them.";
static const char help[] =
        "The other side’s router is behind another router. It would help to set that one to "
        "“bridge mode”, or to ask the provider there for a public address.";

static const char *const hints[] = {"All keys go to the other computer.",
        "Shift+F12, or the pointer at the upper edge, shows the bar."};

static const char *page;
static int width, height;
static DsWindow *window;
static DsShareBar *bar;
static DsShareControls *controls;
static DsNetworkDialog *dialog;
static unsigned step;

/* Twelve digits are a code if the last is the sum of the others, modulo 10. */
static DsCodeEntryVerdict
check_code(const char *text, const char **message, gpointer data)
{
    g_autofree char *grouped = ds_code_text_group(text);
    if (g_str_has_prefix(text, "deskside://relay.example/") && strlen(text) > 30)
        return DS_CODE_ENTRY_COMPLETE;
    if (grouped == NULL || strlen(grouped) < 14)
        return DS_CODE_ENTRY_PARTIAL;
    int sum = 0, digits = 0;
    for (const char *p = grouped; *p != '\0' && digits < 11; p++) {
        sum += *p != ' ' ? *p - '0' : 0;
        digits += *p != ' ';
    }
    if (strlen(grouped) == 14 && grouped[13] - '0' == sum % 10)
        return DS_CODE_ENTRY_COMPLETE;
    *message = MISTYPED;
    return DS_CODE_ENTRY_WRONG;
}

static void
say(gpointer object, const char *line)
{
    g_print("%s\n", line);
}

static void
on_complete(DsCodeEntry *entry, const char *text)
{
    g_print("complete %s as %s\n", text, ds_code_entry_get_name(entry));
}

static void
on_answered(DsConsentPage *consent, int answer)
{
    g_print("answered %d\n", answer);
}

static void
on_moved(DsViewer *viewer, int x, int y)
{
    g_print("moved %d %d\n", x, y);
}

static void
on_button(DsViewer *viewer, guint button, gboolean pressed, int x, int y)
{
    g_print("button %u %d %d %d\n", button, pressed, x, y);
}

static void
on_scrolled(DsViewer *viewer, int steps_x, int steps_y, int x, int y)
{
    g_print("scrolled %d %d %d %d\n", steps_x, steps_y, x, y);
}

static void
on_key(DsKeyboard *keyboard, guint keycode, guint keysym, gboolean pressed)
{
    g_print("key %s %d\n", gdk_keyval_name(keysym), pressed);
}

static void
print_signal(gpointer object, const char *signal, const char *line)
{
    g_signal_connect(object, signal, G_CALLBACK(say), (gpointer)line);
}

static void
print_signals(void)
{
    print_signal(ds_window_get_start_page(window), "share", "share");
    print_signal(ds_window_get_start_page(window), "help", "help");
    print_signal(ds_window_get_code_page(window), "stop", "stop");
    print_signal(ds_window_get_code_page(window), "expired", "expired");
    print_signal(ds_window_get_status_page(window), "cancel", "cancel");
    print_signal(ds_window_get_status_page(window), "try-again", "try-again");
    print_signal(ds_window_get_status_page(window), "back", "back");
    print_signal(window, "disconnect", "disconnect");
    g_signal_connect(ds_window_get_code_entry(window), "complete", G_CALLBACK(on_complete), NULL);
    g_signal_connect(ds_window_get_consent_page(window), "answered", G_CALLBACK(on_answered), NULL);
    DsViewer *viewer = ds_window_get_viewer(window);
    print_signal(viewer, "refused", "refused");
    g_signal_connect(viewer, "moved", G_CALLBACK(on_moved), NULL);
    g_signal_connect(viewer, "button", G_CALLBACK(on_button), NULL);
    g_signal_connect(viewer, "scrolled", G_CALLBACK(on_scrolled), NULL);
    print_signal(ds_viewer_get_keyboard(viewer), "refused", "refused");
    g_signal_connect(ds_viewer_get_keyboard(viewer), "key", G_CALLBACK(on_key), NULL);
}

static void
show_code(const char *address, const char *digits, guint seconds)
{
    ds_code_page_show_code(ds_window_get_code_page(window),
            &(DsShownCode){address, digits, "deskside://relay.example/482191305776", seconds});
}

/* Colours by place, so that a test sees where each pixel went. */
static cairo_surface_t *
sample_picture(void)
{
    cairo_surface_t *picture =
            cairo_image_surface_create(CAIRO_FORMAT_RGB24, PICTURE_WIDTH, PICTURE_HEIGHT);
    int stride = cairo_image_surface_get_stride(picture);
    guint8 *rows = cairo_image_surface_get_data(picture);
    for (guint32 y = 0; y < PICTURE_HEIGHT; y++)
        for (guint32 x = 0; x < PICTURE_WIDTH; x++)
            ((guint32 *)(void *)(rows + y * (gsize)stride))[x] = (x * 255 / PICTURE_WIDTH) << 16 |
                                                                 (y * 255 / PICTURE_HEIGHT) << 8 |
                                                                 ((x / 8 + y / 8) % 2) * 128;
    cairo_surface_mark_dirty(picture);
    return picture;
}

static char *
on_report(DsPathView *view)
{
    return g_strdup("Deskside\nPath: relay\n");
}

static void
show_path(DsPathIndicator *indicator, DsPathState state)
{
    g_autofree char *note =
            g_strjoin(" ", dgettext("deskside", matter), dgettext("deskside", help), NULL);
    const DsPathDetails direct = {"Direct, through both routers", NULL, "192.168.1.20:23456",
            "203.0.113.7:30001", "TLS 1.3, AES-128-GCM", 12.4, 1.25e6, 3.2e3};
    const DsPathDetails relayed = {"Through the relay", note, "192.168.1.20:23456",
            "[2001:db8::1]:443", "TLS 1.3, AES-128-GCM", 81, 1.25e5, 900};
    ds_path_indicator_set_state(indicator, state);
    ds_path_indicator_set_details(indicator, state == DS_PATH_STATE_DIRECT ? &direct : &relayed);
}

static void
show_viewer(void)
{
    const guint32 pixels[] = {0xffff0000, 0xff00ff00, 0xff0000ff, 0x00000000};
    cairo_surface_t *picture = sample_picture();
    DsViewer *viewer = ds_window_get_viewer(window);
    ds_window_set_viewer_title(window, "Anna");
    ds_viewer_set_picture(viewer, picture, -1);
    ds_viewer_set_pointer(viewer, &(DsPointerShape){2, 2, 0, 0, pixels});
    ds_viewer_set_view_only(viewer, g_str_equal(page, "viewer-look"));
    ds_control_mark_set_control(ds_window_get_control_mark(window), g_str_equal(page, "viewer"));
    show_path(ds_window_get_path_indicator(window), DS_PATH_STATE_RELAYED);
    cairo_surface_destroy(picture);
    ds_figures_set(ds_window_get_figures(window),
            &(DsFigureValues){59.9, 81, 4.2, 1.25e6, 0.62, 0.379, 0.001,
                    dgettext("deskside", "Direct, through both routers")});
    gtk_widget_set_visible(
            GTK_WIDGET(ds_window_get_figures(window)), g_str_equal(page, "viewer-figures"));
    g_signal_connect(ds_path_indicator_get_view(ds_window_get_path_indicator(window)), "report",
            G_CALLBACK(on_report), NULL);
    ds_window_show_page(window, DS_WINDOW_PAGE_VIEWER);
}

static void
show_consent(void)
{
    const char *name = g_str_has_suffix(page, "-arabic") ? "ليلى" : "Anna from <b>IT</b> & Co.";
    gboolean only_control = g_str_has_suffix(page, "-control");
    const DsConsentQuestion question = {
            .name = g_str_has_suffix(page, "-anonymous") ? "" : name,
            .seconds = g_str_has_suffix(page, "-short") ? 2 : 120,
            .only_control = only_control,
            .tells_addresses = !only_control,
    };
    ds_consent_page_ask(ds_window_get_consent_page(window), &question);
    ds_window_show_page(window, DS_WINDOW_PAGE_CONSENT);
}

static void
show_status(void)
{
    DsStatusPage *status = ds_window_get_status_page(window);
    if (g_str_equal(page, "busy"))
        ds_status_page_show_busy(status, "Connecting…");
    else
        ds_status_page_show_end(status, "Not Connected",
                "The relay cannot be reached. Check the network & the relay’s name, and try again.",
                TRUE);
    ds_window_show_page(window, DS_WINDOW_PAGE_STATUS);
}

static void
show_code_page(void)
{
    if (g_str_equal(page, "code-lan"))
        show_code("192.168.1.20", "4821 9130 5776", 899);
    else if (g_str_equal(page, "code-long"))
        show_code(NULL, "4821 9130 577 612 345", 899);
    else if (!g_str_equal(page, "code-wait"))
        show_code(NULL, "4821 9130 5776", g_str_equal(page, "code-short") ? 1 : 845);
    if (g_str_equal(page, "code-new"))
        ds_code_page_set_notice(ds_window_get_code_page(window), NEW_CODE);
    ds_code_page_set_relay_lost(ds_window_get_code_page(window), g_str_equal(page, "code-lost"));
    ds_window_show_page(window, DS_WINDOW_PAGE_CODE);
}

static void
show_entry(void)
{
    if (g_str_equal(page, "entry-wrong"))
        ds_code_entry_paste(ds_window_get_code_entry(window), "4821 9130 5770");
    ds_window_show_page(window, DS_WINDOW_PAGE_ENTRY);
}

static void
show_controls(DsShareControls *shown)
{
    controls = shown;
    ds_share_controls_set_name(controls, "Anna");
    ds_share_controls_set_control(controls, g_str_has_suffix(page, "-control"));
    show_path(ds_share_controls_get_path_indicator(controls), DS_PATH_STATE_DIRECT);
    g_signal_connect(ds_path_indicator_get_view(ds_share_controls_get_path_indicator(controls)),
            "report", G_CALLBACK(on_report), NULL);
    print_signal(controls, "stop", "stop");
    print_signal(controls, "take-back", "take-back");
    print_signal(controls, "give-control", "give-control");
}

static char *
on_network_report(DsNetworkDialog *network)
{
    return g_strdup("Deskside\nkind: random\n");
}

static void
show_network(void)
{
    const char *const sentences[] = {
            dgettext("deskside", matter), dgettext("deskside", help), NULL};
    const DsNetworkResult result = {sentences[1], sentences, sentences + 2, sentences};
    gtk_window_present(GTK_WINDOW(window)); /* below it */
    dialog = ds_network_dialog_new(GTK_WINDOW(window));
    if (width > 0)
        gtk_window_set_default_size(GTK_WINDOW(dialog), width, height);
    print_signal(dialog, "check", "check");
    g_signal_connect(dialog, "report", G_CALLBACK(on_network_report), NULL);
    g_signal_connect(dialog, "destroy", G_CALLBACK(gtk_widget_destroyed), &dialog);
    ds_network_dialog_show_busy(dialog);
    if (!g_str_has_suffix(page, "-busy"))
        ds_network_dialog_show_result(dialog, &result);
    gtk_window_present(GTK_WINDOW(dialog));
}

static void
show_page(void)
{
    if (g_str_has_prefix(page, "code"))
        show_code_page();
    else if (g_str_has_prefix(page, "consent"))
        show_consent();
    else if (g_str_has_prefix(page, "viewer"))
        show_viewer();
    else if (g_str_equal(page, "busy") || g_str_equal(page, "error"))
        show_status();
    else if (g_str_has_prefix(page, "entry"))
        show_entry();
    else if (g_str_has_prefix(page, "network"))
        show_network();
    else if (g_str_has_prefix(page, "sharing")) {
        show_controls(ds_window_get_share_controls(window));
        ds_window_show_page(window, DS_WINDOW_PAGE_SHARING);
    }
}

static DsPathIndicator *
find_indicator(void)
{
    return controls != NULL ? ds_share_controls_get_path_indicator(controls)
                            : ds_window_get_path_indicator(window);
}

static void
show_hint(void)
{
    g_autofree char *hint = g_strdup_printf(
            "%s %s", dgettext("deskside", hints[0]), dgettext("deskside", hints[1]));
    ds_viewer_show_hint(ds_window_get_viewer(window), hint);
}

static gboolean
on_next(gpointer data)
{
    step++;
    if (controls != NULL)
        ds_share_controls_set_control(controls, step % 2 != 0);
    if (controls != NULL || g_str_has_prefix(page, "viewer"))
        show_path(find_indicator(), (DsPathState)((DS_PATH_STATE_RELAYED + step) % 3));
    if (g_str_equal(page, "viewer-hint"))
        show_hint();
    if (g_str_equal(page, "code")) {
        show_code(NULL, "1234 5678 9012", 900);
        ds_code_page_set_notice(ds_window_get_code_page(window), NEW_CODE);
    }
    if (g_str_has_prefix(page, "consent"))
        show_consent();
    if (g_str_equal(page, "error"))
        show_status();
    g_print("STEP %u\n", step);
    return G_SOURCE_CONTINUE;
}

static void
open_bar(GtkApplication *application)
{
    bar = ds_share_bar_new(application);
    show_controls(ds_share_bar_get_controls(bar));
    gtk_widget_show(GTK_WIDGET(bar));
}

static void
open_window(GtkApplication *application)
{
    window = ds_window_new(application);
    ds_code_entry_set_check(ds_window_get_code_entry(window), check_code, NULL);
    ds_code_entry_set_name(ds_window_get_code_entry(window), "Bob");
    print_signals();
    if (width > 0)
        gtk_window_set_default_size(GTK_WINDOW(window), width, height);
    show_page();
    gtk_window_present(GTK_WINDOW(window));
}

static void
tour_page(GtkApplication *application)
{
    gboolean is_bar = g_str_has_prefix(page, "bar");
    if (is_bar)
        open_bar(application);
    else
        show_page();
    GtkWidget *shown = is_bar ? GTK_WIDGET(bar) : GTK_WIDGET(window);
    if (dialog != NULL)
        shown = GTK_WIDGET(dialog);
    if (g_str_has_suffix(page, "-path")) {
        show_path(find_indicator(), DS_PATH_STATE_RELAYED);
        gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(find_indicator()), TRUE);
    }
    labels_settle(shown);
    g_print("PAGE %s\n", page);
    labels_print(shown);
    if (shown != GTK_WIDGET(window))
        gtk_widget_destroy(shown);
    controls = NULL;
}

/* As GNOME has it: one button in the title bar. What moves would still move while it is looked at.
 */
static gboolean
on_tour(gpointer application)
{
    g_object_set(gtk_settings_get_default(), "gtk-enable-animations", FALSE,
            "gtk-decoration-layout", ":close", NULL);
    if (g_str_equal(page, "tour-spoiled")) {
        labels_settle(GTK_WIDGET(window));
        labels_spoil(GTK_WIDGET(window));
        labels_print(GTK_WIDGET(window));
    } else {
        for (guint i = 0; i < G_N_ELEMENTS(tour); i++) {
            page = tour[i];
            tour_page(application);
        }
    }
    g_print("END\n");
    return G_SOURCE_REMOVE;
}

static gboolean
on_ready(gpointer data)
{
    g_print("READY\n");
    return G_SOURCE_REMOVE;
}

static void
on_activate(GtkApplication *application)
{
    if (g_str_has_prefix(page, "bar"))
        open_bar(application);
    else
        open_window(application);
    g_unix_signal_add(SIGUSR1, on_next, NULL);
    g_idle_add(on_ready, NULL);
    if (g_str_has_prefix(page, "tour"))
        g_idle_add(on_tour, application);
}

static gboolean
on_terminated(gpointer application)
{
    g_application_quit(application);
    return G_SOURCE_REMOVE;
}

int
main(int argc, char **argv)
{
    page = argc > 1 ? argv[1] : "start";
    width = argc > 3 ? atoi(argv[2]) : 0;
    height = argc > 3 ? atoi(argv[3]) : 0;
    setlocale(LC_ALL, "");
    if (getenv("DESKSIDE_LOCALEDIR") != NULL)
        bindtextdomain("deskside", getenv("DESKSIDE_LOCALEDIR"));
    bind_textdomain_codeset("deskside", "UTF-8");
    g_autoptr(GtkApplication) application =
            gtk_application_new("org.deskside.Widgets", G_APPLICATION_NON_UNIQUE);
    g_signal_connect(application, "startup", G_CALLBACK(ds_ui_init), NULL);
    g_signal_connect(application, "activate", G_CALLBACK(on_activate), NULL);
    g_unix_signal_add(SIGTERM, on_terminated, application);
    return g_application_run(G_APPLICATION(application), 1, argv);
}
