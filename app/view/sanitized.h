/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APP_VIEW_SANITIZED_H
#define DS_APP_VIEW_SANITIZED_H

/*
 * Whether this build has a sanitizer that reserves terabytes of address space (so that RLIMIT_AS
 * cannot be set) and is steered by environment variables. gcc has macros, clang has features.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define DS_SANITIZED 1
#endif
#endif

#ifndef DS_SANITIZED
#define DS_SANITIZED 0
#endif

#endif
