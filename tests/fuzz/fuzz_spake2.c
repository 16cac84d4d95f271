/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The other side's point, and its confirmation after it. */
#include <stdlib.h>
#include <string.h>

#include "net/crypto/spake2.h"
#include "tests/fuzz/fuzz.h"

static void
require(int condition)
{
    if (!condition)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    struct ds_spake2 *s = NULL;
    uint8_t out[DS_SPAKE2_POINT_BYTES], confirm[DS_SPAKE2_CONFIRM_BYTES] = {0};
    const uint8_t password[] = "48219130577";
    /* The first byte chooses the side; the last 32 may be a confirmation. */
    if (size_bytes < 1)
        return 0;
    enum ds_spake2_role role = (data[0] & 1) != 0 ? DS_SPAKE2_A : DS_SPAKE2_B;
    const uint8_t *point = data + 1;
    size_t len = size_bytes - 1;
    if (len > DS_SPAKE2_POINT_BYTES && len - DS_SPAKE2_POINT_BYTES == sizeof confirm) {
        len = DS_SPAKE2_POINT_BYTES;
        memcpy(confirm, point + len, sizeof confirm);
    }
    if (ds_spake2_new(
                &s, role, "deskside helper", "deskside helpee", password, sizeof password - 1) < 0)
        return 0;
    require(ds_spake2_start(s, out) == 0);
    int err = ds_spake2_finish(s, point, len, NULL, 0);
    require(err == 0 || err == DS_ERR_PROTOCOL);
    require(err < 0 || (len == DS_SPAKE2_POINT_BYTES && point[0] == 4));
    if (role == DS_SPAKE2_A)
        require(ds_spake2_confirm_make(s, out) == (err < 0 ? DS_ERR_STATE : 0));
    /* Our scalar is new in each run: nobody can have the right confirmation. */
    require(ds_spake2_confirm_check(s, confirm) == (err < 0 ? DS_ERR_STATE : DS_ERR_AUTH));
    require(ds_spake2_confirm_make(s, out) == DS_ERR_STATE);
    require(ds_spake2_key(s, out) == DS_ERR_STATE);
    ds_spake2_free(s);
    return 0;
}
