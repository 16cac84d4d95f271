/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PUNCH_OFFER_H
#define DS_NET_PUNCH_OFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/base/addr.h"
#include "net/base/limits.h"
#include "net/dial/interfaces.h"
#include "net/punch/salvo.h"
#include "net/wire/reader.h"
#include "net/wire/writer.h"

/*
 * What one side tells the other about how it may be reached: its candidates (RFC 8445's word) and
 * what it knows of its network, for one generation of tries. net/PROTOCOL.md, 9. Any thread.
 */
enum ds_candidate_type {
    DS_CANDIDATE_HOST = 1,      /* an address of an interface */
    DS_CANDIDATE_REFLEXIVE = 2, /* as the relay or its STUN server sees it */
    DS_CANDIDATE_MAPPED = 3,    /* a router was asked for it */
};

/* Each side has two local ports in a generation; those of one set aim at each other. */
enum { DS_PUNCH_SETS = 2 };

struct ds_candidate {
    enum ds_candidate_type type;
    uint8_t set; /* 0, or 1: the spare port, for a SYN that was lost */
    struct ds_addr addr;
};

/* How a NAT maps (RFC 4787, 4.1): what is the same for two destinations. */
enum ds_mapping {
    DS_MAPPING_UNKNOWN = 0,
    DS_MAPPING_INDEPENDENT = 1,      /* of the endpoint: one mapping for a port */
    DS_MAPPING_ADDRESS = 2,          /* one for each address */
    DS_MAPPING_ADDRESS_AND_PORT = 3, /* one for each address and port */
    DS_MAPPING_NO_NAT = 4,           /* the address is this machine's own */
};

/* Flags of a network. */
enum {
    DS_NETWORK_PROXY = 1,   /* the relay was reached through a proxy */
    DS_NETWORK_BLOCKED = 2, /* the relay's STUN ports were not reached, its own port was */
    /* What came of asking its router for a port in IPv4; none of them: one is open, or not yet. */
    DS_NETWORK_UNMAPPED = 4, /* the router opens none */
    DS_NETWORK_UNASKED = 8,  /* this side's settings forbid to ask */
    DS_NETWORK_BEHIND = 16,  /* the router is behind another NAT, where one is of no use */
};

struct ds_offer {
    uint32_t generation; /* from 1 on */
    enum ds_mapping mapping;
    uint32_t network; /* DS_NETWORK_... */
    uint16_t aim;     /* of its first reflexive address: the port to meet a window at; 0: none */
    struct ds_salvo salvo; /* from its first public IPv4 address, or what it can take part in */
    size_t count;
    struct ds_candidate candidates[DS_CANDIDATES_MAX];
};

/** Append a candidate where there is room and it is not there yet. */
void ds_offer_add(struct ds_offer *offer, enum ds_candidate_type type, uint8_t set,
        const struct ds_addr *addr);

/** Write the fields of an offer. Check `w->failed` after it. */
void ds_offer_write(const struct ds_offer *offer, struct ds_writer *w);

/**
 * Read the fields of an offer, all that is left in `r`. Candidates of unknown types are left
 * out, those from an unknown family on, and those over DS_CANDIDATES_MAX. Returns 0 or
 * DS_ERR_PROTOCOL. Vet it before use.
 */
int ds_offer_read(struct ds_offer *offer, struct ds_reader *r) DS_MUST_CHECK;

/**
 * Write its first public IPv4 candidate of set 0 that no router was asked for: where the world sees
 * that port. Returns false where there is none.
 */
bool ds_offer_outside(const struct ds_offer *offer, struct ds_addr *outside);

/**
 * Write where the other side is met by a window's sockets or from there: ds_offer_outside(), at its
 * aim where it has one. Returns false where there is no such candidate, and where it has no aim and
 * is not known to keep its ports.
 */
bool ds_offer_target(const struct ds_offer *offer, struct ds_addr *target);

/** Say whether to wait longer would bring the other side nothing better to dial. */
bool ds_offer_is_ready(const struct ds_offer *offer);

/** Say whether both tell the same of this side's network; an aim and a salvo are not compared. */
bool ds_offer_is_same(const struct ds_offer *a, const struct ds_offer *b);

/** Say whether it is known that its NAT, if there is one, keeps the port for each connection. */
bool ds_offer_is_easy(const struct ds_offer *offer);

/** Say whether its NAT deals a new port for each connection. */
bool ds_offer_is_hard(const struct ds_offer *offer);

/**
 * Say whether others see both sides, which told `a` and `b`, under one public IPv4 address: one NAT
 * is in front of both. What a router between it and them has opened is met then.
 */
bool ds_offer_share_nat(const struct ds_offer *a, const struct ds_offer *b);

/** Say whether the address is one machine's in the world: by the rules below, and not private. */
bool ds_offer_is_public(const struct ds_addr *addr);

/* What this side knows that the other one must not have dialled. All of it is borrowed. */
struct ds_vetting {
    const struct ds_addr *own; /* this machine's and its reflexive addresses, with its ports */
    size_t own_count;
    const struct ds_interface *interfaces; /* whose networks are this side's own */
    size_t interface_count;
    const struct ds_addr *relay; /* NULL, or len 0: not known */
};

/**
 * Take out of an offer of the other side what may not be dialled, so that it cannot make this
 * machine scan or disturb others: loopback, unspecified, multicast, broadcast and link-local
 * addresses; IPv6 ones in which an IPv4 one hides (mapped, 6to4, Teredo, NAT64); ports below 1,024;
 * IPv6, the interfaces' networks and private addresses, and the carriers' 100.64.0.0/10, with ports
 * outside DS_PUNCH_PORT_MIN to DS_PUNCH_PORT_MAX; our own addresses with a port of ours (a socket
 * would connect to itself); a mapped address that is private or a carrier's, unless others see both
 * sides under one address; the relay's address, unless it is private; more than
 * DS_CANDIDATES_PUBLIC_MAX public IPv4 addresses; an aim, and a salvo whose first or last port is
 * one, at which it would be one of these.
 */
void ds_offer_vet(struct ds_offer *offer, const struct ds_vetting *vetting);

#endif
