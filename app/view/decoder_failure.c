/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/view/decoder_failure.h"

#include <stddef.h>

#include <glib/gi18n.h>

static const struct {
    enum ds_reason reason;
    const char *text;
} failures[DS_DECODER_FAILURE_COUNT] = {
        [DS_DECODER_FAILURE_CLOSED] = {DS_REASON_NO_SERVER,
                N_("The shared desktop closed its connection.")},
        [DS_DECODER_FAILURE_NOT_RFB] = {DS_REASON_BAD_PICTURE,
                N_("What the other side shares could not be read as a desktop. "
                   "It may be no VNC server.")},
        [DS_DECODER_FAILURE_LOGIN] = {DS_REASON_PASSWORD,
                N_("The shared VNC server wants a kind of login that Deskside does not know. "
                   "Let it ask for a VNC password, or for none.")},
        [DS_DECODER_FAILURE_NO_PASSWORD] = {DS_REASON_PASSWORD,
                N_("The shared VNC server asks for a password, and none was given.")},
        [DS_DECODER_FAILURE_WRONG_PASSWORD] = {DS_REASON_PASSWORD,
                N_("The shared VNC server did not accept the password.")},
        [DS_DECODER_FAILURE_REFUSED] = {DS_REASON_NO_SERVER,
                N_("The shared VNC server refused the connection.")},
        [DS_DECODER_FAILURE_SIZE] = {DS_REASON_BAD_PICTURE,
                N_("The shared desktop is empty or too large to be shown.")},
        [DS_DECODER_FAILURE_MEMORY] = {DS_REASON_INTERNAL,
                N_("There is not enough memory to show the shared desktop.")},
        [DS_DECODER_FAILURE_CRASHED] = {DS_REASON_BAD_PICTURE,
                N_("The part of Deskside that reads the picture crashed. Try again.")},
        [DS_DECODER_FAILURE_NONSENSE] = {DS_REASON_BAD_PICTURE,
                N_("The part of Deskside that reads the picture was disturbed and has been "
                   "stopped.")},
        [DS_DECODER_FAILURE_SILENT] = {DS_REASON_BAD_PICTURE,
                N_("The shared desktop sent no picture in time.")},
        [DS_DECODER_FAILURE_BURDEN] = {DS_REASON_BAD_PICTURE,
                N_("The shared desktop kept this computer too busy, so its picture has been "
                   "stopped.")},
};

const char *
ds_decoder_failure_text(enum ds_decoder_failure failure)
{
    if ((unsigned)failure < DS_DECODER_FAILURE_COUNT && failures[failure].text != NULL)
        return failures[failure].text;
    return N_("The picture was lost.");
}

bool
ds_decoder_failure_is_ours(enum ds_decoder_failure failure)
{
    return failure == DS_DECODER_FAILURE_CRASHED || failure == DS_DECODER_FAILURE_NONSENSE ||
           failure == DS_DECODER_FAILURE_BURDEN;
}

enum ds_reason
ds_decoder_failure_reason(enum ds_decoder_failure failure)
{
    if ((unsigned)failure < DS_DECODER_FAILURE_COUNT && failures[failure].text != NULL)
        return failures[failure].reason;
    return DS_REASON_BAD_PICTURE;
}
