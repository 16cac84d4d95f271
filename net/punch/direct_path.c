/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/direct_path.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

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

/*
 * The link measures the path, bounds what is in flight and, where it is full, spreads it
 * (net/link/rate.h). BBR beneath it sees no more than what the link lets go: in the lab, on a line
 * shared with the relay's path, it stayed at a tenth of the line at times after a switch. So where
 * the system has BBR, and lets us choose, it is one that goes by losses.
 */
static void
leave_bbr(int fd)
{
    static const char *const by_losses[] = {"cubic", "reno"};
    char name[16] = ""; /* TCP_CA_NAME_MAX */
    socklen_t len = sizeof name;

    if (getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len) < 0 || strncmp(name, "bbr", 3) != 0)
        return;
    for (size_t i = 0; i < sizeof by_losses / sizeof by_losses[0]; i++) {
        len = (socklen_t)strlen(by_losses[i]);
        if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, by_losses[i], len) == 0)
            return;
    }
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
    leave_bbr(fd);
    int err = ds_carrier_from_fd(&carrier, setting->base, fd);
    return err < 0 ? err : ds_path_new(out, setting->base, carrier, &config);
}
