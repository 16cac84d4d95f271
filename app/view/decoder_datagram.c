/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/view/decoder_datagram.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

bool
ds_decoder_datagram_send(int socket, const struct ds_decoder_message *m, int fd)
{
    union control control = {0};
    uint8_t datagram[DS_DECODER_DATAGRAM_MAX];
    struct iovec part = {.iov_base = datagram};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    struct ds_writer w;

    ds_writer_init(&w, datagram, sizeof datagram);
    ds_decoder_wire_write(&w, m);
    if (w.failed)
        return false;
    part.iov_len = w.len;
    if (fd >= 0) {
        header.msg_control = control.bytes;
        header.msg_controllen = sizeof control.bytes;
        control.align = (struct cmsghdr){
                .cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.align), &fd, sizeof fd);
    }
    ssize_t n = sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
    int error = errno;
    explicit_bzero(datagram, sizeof datagram);
    return n >= 0 || error == EPIPE || error == ECONNRESET;
}

static int
received_descriptor(struct msghdr *header)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(header);
    int fd = -1;

    if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
            c->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(c), sizeof fd);
    return fd;
}

int
ds_decoder_datagram_receive(struct ds_decoder_message *m, int socket,
        uint8_t datagram[static DS_DECODER_DATAGRAM_MAX], int *fd, int flags)
{
    union control control;
    struct iovec part = {.iov_base = datagram, .iov_len = DS_DECODER_DATAGRAM_MAX};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    ssize_t n;

    if (fd != NULL) {
        header.msg_control = control.bytes;
        header.msg_controllen = sizeof control.bytes;
    }
    do
        n = recvmsg(socket, &header, MSG_CMSG_CLOEXEC | flags);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN)
        return DS_ERR_AGAIN;
    if (n <= 0)
        return DS_ERR_CLOSED;
    if (fd != NULL)
        *fd = received_descriptor(&header);
    int err = ds_decoder_wire_parse(m, datagram, (size_t)n);
    if (err < 0 && fd != NULL && *fd >= 0) {
        close(*fd);
        *fd = -1;
    }
    return err;
}
