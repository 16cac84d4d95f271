/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_TESTS_INTEGRATION_ROGUE_SCRIPT_H
#define DS_TESTS_INTEGRATION_ROGUE_SCRIPT_H

#include <stdbool.h>

#include <glib.h>

/**
 * Turn words into what a peer says, returned owned. Numbers follow a word's name behind colons.
 *
 * On the mux: intro[:level] grant[:level] control:HEX (bytes on the control channel)
 * open:channel:kind opens:how many (odd numbers) data:channel:bytes flood:channel:full frames
 * credit:channel:bytes eof:channel reset:channel:reason hex:HEX
 *
 * On a path: hello:offset data:offset:bytes ack:offset ping:number nominate:number
 * close:offset:reason close_ack hex:HEX
 */
GByteArray *rogue_script(const char *words, bool is_on_path);

#endif
