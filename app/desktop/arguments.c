/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/desktop/arguments.h"

#include <string.h>

#include <glib/gi18n.h>

void
ds_arguments_add_options(GApplication *application)
{
    const GOptionEntry entries[] = {
            {"share", 0, 0, G_OPTION_ARG_NONE, NULL,
                    _("Share this screen: show a code to read out"), NULL},
            {"help-someone", 0, 0, G_OPTION_ARG_NONE, NULL, _("Ask for the code of who shares"),
                    NULL},
            {"relay", 0, 0, G_OPTION_ARG_STRING, NULL,
                    _("Where both sides meet, in place of the relay that is set"), "HOST[:PORT]"},
            {"relay-pin", 0, 0, G_OPTION_ARG_STRING, NULL,
                    _("That relay's key, which it prints as PIN"), "SHA256"},
            {"new-instance", 0, 0, G_OPTION_ARG_NONE, NULL,
                    _("Open a window of its own beside the Deskside that runs already"), NULL},
            {"version", 0, 0, G_OPTION_ARG_NONE, NULL, _("Print the version and end"), NULL},
            {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, NULL, NULL, _("[CODE|LINK]")},
            {0},
    };
    g_application_add_main_option_entries(application, entries);
    g_application_set_option_context_summary(
            application, _("Share your screen with somebody who helps you, or help somebody."));
    g_application_set_option_context_description(application,
            _("With a code or a link the window connects at once; a code with spaces goes into "
              "quotes.\nFor a moment others on this computer can see it in the list of processes: "
              "nobody\nelse sees what you type or paste into the window."));
}

static gboolean
refuse(GError **error, const char *sentence)
{
    g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, sentence);
    return FALSE;
}

/*
 * A code that was mistyped, and a link that is broken, are shown in the window: who clicked a link
 * sees nothing else.
 */
static gboolean
read_code(struct ds_arguments *arguments, const char *text)
{
    struct ds_link_form form;
    enum ds_paste paste;
    enum ds_code_why why = DS_CODE_FINE;
    if (ds_code_paste_parse(&form, &paste, text, &why) == 0)
        ds_link_form_wipe(&form);
    arguments->code = g_strdup(text);
    arguments->is_broken = why != DS_CODE_FINE && why != DS_CODE_CHECK;
    return !arguments->is_broken || paste == DS_PASTE_LINK;
}

static gboolean
read_texts(struct ds_arguments *arguments, char **texts, GError **error)
{
    if (texts == NULL || texts[0] == NULL)
        return TRUE;
    if (texts[1] != NULL)
        return refuse(error,
                _("Deskside takes one code or one link. Put a code with spaces into quotes."));
    if (!read_code(arguments, texts[0]))
        return refuse(error,
                _("This is neither a code nor a link: a code has 12 digits, or a few more."));
    return TRUE;
}

static gboolean
check(const struct ds_arguments *arguments, const char *pin, GError **error)
{
    if (pin != NULL && !arguments->has_relay)
        return refuse(error, _("--relay-pin goes with --relay"));
    if (arguments->does_share + arguments->does_help + (arguments->code != NULL) > 1)
        return refuse(error, _("--share, --help-someone and a code exclude each other"));
    return TRUE;
}

gboolean
ds_arguments_read(struct ds_arguments *arguments, GVariantDict *options, GError **error)
{
    const char *relay = NULL, *pin = NULL;
    g_auto(GStrv) texts = NULL;
    *arguments = (struct ds_arguments){
            .does_share = g_variant_dict_contains(options, "share"),
            .does_help = g_variant_dict_contains(options, "help-someone"),
    };
    g_variant_dict_lookup(options, "relay", "&s", &relay);
    g_variant_dict_lookup(options, "relay-pin", "&s", &pin);
    g_variant_dict_lookup(options, G_OPTION_REMAINING, "^as", &texts);
    arguments->has_relay = relay != NULL;
    return ds_relay_option_read(&arguments->relay, relay, pin, error) &&
           read_texts(arguments, texts, error) && check(arguments, pin, error);
}

void
ds_arguments_finish(struct ds_arguments *arguments)
{
    if (arguments->code != NULL)
        explicit_bzero(arguments->code, strlen(arguments->code));
    g_clear_pointer(&arguments->code, g_free);
}
