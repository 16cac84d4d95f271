/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person pastes: a code, a link or an address with a code. */
#include <stdlib.h>
#include <string.h>

#include "net/crypto/code_link.h"
#include "tests/fuzz/fuzz.h"

static void
require(int condition)
{
    if (!condition)
        abort();
}

/* What was read is written as a link that reads the same. */
static void
check_good(const struct ds_link_form *form, enum ds_paste paste)
{
    struct ds_link_form again;
    enum ds_code_why why;
    char text[DS_LINK_TEXT_MAX];
    require(strspn(form->code.secret, "0123456789") == DS_CODE_SECRET_DIGITS);
    require(ds_nameplate_is_valid(form->code.nameplate));
    require((paste == DS_PASTE_CODE) == (form->host[0] == '\0'));
    if (paste == DS_PASTE_CODE)
        return;
    for (const char *p = form->host; *p != '\0'; p++)
        require(*p > 0x20 && *p < 0x7f && strchr("@/?#%", *p) == NULL);
    require(ds_code_link_parse(&again, ds_code_link_format(form, text), &why) == 0);
    require(memcmp(&again.code, &form->code, sizeof again.code) == 0);
    require(strcmp(again.host, form->host) == 0 && again.port == form->port);
    require(again.has_pin == form->has_pin);
    require(memcmp(again.pin, form->pin, sizeof again.pin) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    struct ds_link_form form;
    enum ds_paste paste;
    enum ds_code_why why;
    char *text = malloc(size_bytes + 1);
    if (text == NULL)
        return 0;
    memcpy(text, data, size_bytes);
    text[size_bytes] = '\0';
    if (ds_code_paste_parse(&form, &paste, text, &why) == 0) {
        require(why == DS_CODE_FINE);
        check_good(&form, paste);
    } else {
        require(why != DS_CODE_FINE);
        for (size_t i = 0; i < sizeof form; i++)
            require(((const uint8_t *)&form)[i] == 0); /* wiped */
    }
    free(text);
    return 0;
}
