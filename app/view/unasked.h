/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_UNASKED_H
#define DS_APP_VIEW_UNASKED_H

/*
 * A server may send rectangles in encodings that nobody asked it for, and libvncclient decodes them
 * all. For Ultra and UltraZip 0.9.14 gives this function a buffer that is NULL or too small where a
 * rectangle has no pixels. We never ask for them, and nothing else uses it, so it stands here in
 * place of liblzo2's: such a rectangle is an error, and the picture ends.
 */

/** Return that `data` makes no sense, and write nothing. As liblzo2 declares it. */
int lzo1x_decompress_safe(const unsigned char *data, unsigned long len, unsigned char *out,
        unsigned long *out_len, void *memory);

#endif
