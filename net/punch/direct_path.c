/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/direct_path.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "net/base/limits.h"

/* The kernel's own end of a connection whose bytes are not acknowledged; the link is faster. */
enum { USER_TIMEOUT_MS = 8000 };

static bool
is_v6(const struct ds_addr *addr)
{
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&addr->ss;
    return addr->ss.ss_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr);
}

enum ds_path_kind
ds_direct_path_kind(const struct ds_addr *remote, bool is_mapped)
{
    if (ds_addr_is_private(remote))
        return DS_PATH_LAN;
    if (is_v6(remote))
        return DS_PATH_IPV6;
    return is_mapped ? DS_PATH_MAPPED : DS_PATH_PUNCHED;
}

int
ds_direct_path_new(struct ds_path **out, const struct ds_direct_setting *setting, int fd,
        const struct ds_addr *remote, bool is_mapped, unsigned proof_ms)
{
    struct ds_path_config config = {.role = setting->role,
            .kind = ds_direct_path_kind(remote, is_mapped),
            .generation = setting->generation,
            .session_key = setting->session_key,
            .handshake_ms = proof_ms,
            .handshake_bytes = DS_PUNCH_HANDSHAKE_BYTES};
    struct ds_carrier *carrier;
    unsigned user_timeout_ms = USER_TIMEOUT_MS;
    *out = NULL;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof user_timeout_ms);
    int err = ds_carrier_from_fd(&carrier, setting->base, fd);
    return err < 0 ? err : ds_path_new(out, setting->base, carrier, &config);
}
