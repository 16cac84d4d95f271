/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_TLS_H
#define DS_NET_RELAY_TLS_H

#include <openssl/ssl.h>

/**
 * Make the relay's TLS context, without a certificate yet: TLS 1.2 or newer, ALPN `deskside/1`
 * required, no tickets, no cache, no renegotiation. Returns it owned, or NULL with OpenSSL's error
 * in its queue.
 */
SSL_CTX *ds_relay_tls_new(void);

/** Write OpenSSL's oldest error as text into `text` and clear them all; "" becomes "no detail". */
const char *ds_relay_tls_error(char text[static 160]);

#endif
