/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/wire/record.h"

#include "net/base/limits.h"

int
ds_record_parse(struct ds_record *record, const uint8_t *data, size_t len, size_t payload_max)
{
    if (len < DS_RECORD_HEADER)
        return 0;
    size_t n = (size_t)data[1] << 16 | (size_t)data[2] << 8 | data[3];
    if (n > payload_max)
        return DS_ERR_TOO_BIG;
    if (len - DS_RECORD_HEADER < n)
        return 0;
    *record = (struct ds_record){.type = data[0], .payload = data + DS_RECORD_HEADER, .len = n};
    return (int)(DS_RECORD_HEADER + n);
}

void
ds_record_header(uint8_t header[static 4], uint8_t type, size_t len)
{
    header[0] = type;
    header[1] = (uint8_t)(len >> 16);
    header[2] = (uint8_t)(len >> 8);
    header[3] = (uint8_t)len;
}
