/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_BASE_LIMITS_H
#define DS_NET_BASE_LIMITS_H

/* Every size, count and time that a peer can influence, in one place. net/PROTOCOL.md says why. */

/* The relay's leg: records. */
#define DS_RECORD_HEADER 4  /* u8 type, u24 length */
#define DS_PIPE_MAX 16380   /* payload of PIPE: header and payload fill one TLS record */
#define DS_RECORD_MAX 16380 /* payload of any record */
#define DS_HELLO_MAX 1024   /* payload of HELLO and of any record before pairing */
#define DS_SAY_MAX 2048     /* all SAY bytes of one knock in one direction, KNOCK's too */
#define DS_KNOCKS_PER_NAMEPLATE 4
#define DS_KNOCK_MS 10000            /* a knock is over after that */
#define DS_PREPAIR_MS 10000          /* from accept() to WAIT, KNOCK or MEET */
#define DS_WAIT_PING_MS 20000        /* a waiting connection pings */
#define DS_PING_MAX 8                /* payload of PING and PONG */
#define DS_LEG_IDLE_MS 45000         /* no bytes from a side: closed */
#define DS_LEG_WELCOME_MS 10000      /* from TCP to WELCOME: TLS and one answer */
#define DS_LEG_EARLY_MAX 2048        /* what a path may send before its leg is paired */
#define DS_LEG_QUEUE_MAX (64 * 1024) /* records that wait for TLS or the kernel */
#define DS_LEG_PONG_BACKLOG 1024     /* with more than that waiting, a PING is not answered */
#define DS_LEG_TEXT_MAX 64           /* of what a relay says, with its final 0 */
#define DS_LEG_STUN_MAX 128          /* of its STUN servers, likewise: two addresses with ports */
#define DS_SOCK_READ_MAX (64 * 1024) /* from one socket before the next one's turn */
#define DS_RELAY_BUFFER (64 * 1024)  /* kept by the relay per direction */
#define DS_NOTSENT_LOWAT (16 * 1024) /* TCP_NOTSENT_LOWAT, relay and client */
#define DS_RELAY_DRAIN_MS 5000       /* after an EOF the rest still goes to the other side */
#define DS_NO_SUCH_CODE_MIN_MS 1000
#define DS_NO_SUCH_CODE_MAX_MS 2000
#define DS_NAMEPLATE_REST_MS (15 * 60 * 1000) /* a freed nameplate is not dealt again */
#define DS_NAMEPLATE_MIN_DIGITS 4
#define DS_NAMEPLATE_MAX_DIGITS 9
#define DS_MEET_APART_MS (10 * 60 * 1000)
#define DS_MEET_STAY_MS 8000                 /* at each relay, where there are several */
#define DS_MEET_FIRST_MS 15000               /* from the keys to the first path */
#define DS_MEET_FIRST_RETRY_MS 5000          /* from its loss to the next */
#define DS_MEET_ASK_AGAIN_MS (2 * 60 * 1000) /* apart for longer: control is asked for again */
#define DS_MEET_FORGED_MAX 3    /* paths that were meddled with, not just cut, within */
#define DS_MEET_FORGED_MS 60000 /* that time of the last one */

/* Reaching the relay: name servers and proxies are peers too. */
#define DS_DIAL_TIMEOUT_MS 20000     /* from the name to the connection, proxy included */
#define DS_DIAL_ATTEMPT_DELAY_MS 250 /* RFC 8305, 8: then the next address is tried beside it */
#define DS_DIAL_KNOWN_DELAY_MS 300   /* then known addresses are tried beside the resolver */
#define DS_DIAL_ADDRESSES_MAX 16     /* of one name; at most half of them of one family */
#define DS_DIAL_KNOWN_MAX 4          /* last good addresses that are tried beside them */
#define DS_DIAL_DETAIL_MAX 200       /* text for the person, with its final 0 */
#define DS_RESOLVE_WORKERS_MAX 8     /* threads that a dead name server can hold */
#define DS_RESOLVE_QUEUE_MAX 32      /* names that wait for one of them */
#define DS_PROXY_HEAD_MAX 8192       /* all header bytes of an HTTP proxy's answers */
#define DS_PROXY_CREDENTIAL_MAX 255  /* RFC 1929, 2: bytes of a user name, and of a password */

/* The relay. */
#define DS_RELAY_LINGER_MS 2000            /* for REFUSED to arrive before the close */
#define DS_RELAY_STOP_MS 1000              /* for what is on its way when the relay stops */
#define DS_RELAY_HANDSHAKE_MAX (16 * 1024) /* bytes from a client before TLS stands */
#define DS_RELAY_UNPAIRED_MAX 64           /* connections of a subscriber that are not paired */
#define DS_RELAY_RESTING_MAX (64 * 1024)   /* nameplates that rest; then the oldest is free */
#define DS_RELAY_RESTING_OWN_MAX 64        /* of one subscriber; then the oldest of its own */

/* A relay that dials back. */
#define DS_CHECK_MS 60000            /* a client that asks for it may stay that long */
#define DS_CHECK_ANSWER_MS 2000      /* from WELCOME to CHECKED: an older relay skips CHECK */
#define DS_CHECK_DIALS_MAX 6         /* on one connection, one after the other */
#define DS_CHECK_DIAL_MS 3000        /* for an answer to the SYN */
#define DS_CHECK_PORT_MIN 1024       /* below are services */
#define DS_CHECK_DIALLED_MS 8000     /* from DIAL to DIALLED: that, and a slow way there and back */
#define DS_CHECK_ARRIVAL_MS 1000     /* the token may come so much later than the word of it */
#define DS_RELAY_DIALBACKS_MAX 64    /* under way, of all clients */
#define DS_RELAY_DIAL_OWN_BURST 32   /* to ports that a subscriber's clients speak from ... */
#define DS_RELAY_DIAL_OWN_MS 1000    /* ... then one in so long */
#define DS_RELAY_DIAL_OTHER_BURST 4  /* to all its other ports ... */
#define DS_RELAY_DIAL_OTHER_MS 60000 /* ... then one in so long */

/* STUN at the relay. */
#define DS_RELAY_STUN_MAX 4096 /* connections on which it is asked, in all */
#define DS_STUN_IDLE_MS 150000 /* from one question to the next: as long as a helpee may think */
#define DS_STUN_UDP_BURST 40   /* answers by datagrams to one subscriber ... */
#define DS_STUN_UDP_PER_S 10   /* ... then so many a second */

/* The code. */
#define DS_CODE_SECRET_DIGITS 7
#define DS_CODE_GUESSES 3
#define DS_CODE_LIFE_MS (15 * 60 * 1000)
#define DS_CODE_REST_1_MS 5000  /* after the first wrong guess the nameplate takes no knock */
#define DS_CODE_REST_2_MS 15000 /* after the second */
#define DS_NAME_MAX_CHARS 64    /* of a self-declared name */
#define DS_CONSENT_MS (2 * 60 * 1000)
#define DS_CONSENT_GRACE_MS 10000 /* what the helper waits longer than the helpee may think */
#define DS_INTRO_MS 15000         /* from the link to the helper's INTRO */
#define DS_DIRECT_ONLY_MS 15000   /* --direct only: for a direct path */

/* Paths. */
#define DS_PATH_RECORD_MAX 16358     /* plaintext of one inner record: with its 22 bytes one PIPE */
#define DS_PATH_HANDSHAKE_MS 10000   /* on a path that the relay carries */
#define DS_PATH_HANDSHAKE_BYTES 4096 /* from the other side before its handshake is proved */

/* The direct path. */
#define DS_PUNCH_PORT_MIN 20000 /* local ports; others are dialled in public IPv4 alone */
#define DS_PUNCH_PORT_MAX 32767 /* below the range from which the kernel deals ports */
#define DS_CANDIDATES_MAX 8
#define DS_CANDIDATES_PUBLIC_MAX 4    /* IPv4; two addresses, two ports */
#define DS_GATHER_MS 3000             /* for the STUN servers' answers, two round trips */
#define DS_PUNCH_MS 5000              /* one generation of tries */
#define DS_PUNCH_LINGER_MS 1000       /* what is under way when enough was reached stays so long */
#define DS_PUNCH_TRIES_MAX 120        /* SYNs to one candidate, those that were refused again */
#define DS_PUNCH_RESYN_MS 250         /* at least, then the spare port is tried beside the first */
#define DS_PUNCH_RESYN_MAX_MS 1000    /* at most, however far away the relay is */
#define DS_PUNCH_WORD_MS 1000         /* at least, for a word on what came up; then a new SYN */
#define DS_PUNCH_PENDING_MAX 16       /* connections that came in and are not proven yet */
#define DS_PUNCH_HANDSHAKE_MS 3000    /* for the proof on a direct connection */
#define DS_PUNCH_HANDSHAKE_BYTES 1024 /* from the other side before its handshake is proved */
#define DS_PUNCH_AGAIN_STEPS 4        /* after a generation that failed, the next comes in ... */
#define DS_PUNCH_AGAIN_1_MS 5000      /* ... so long, a fifth more or less, then in ... */
#define DS_PUNCH_AGAIN_2_MS 15000
#define DS_PUNCH_AGAIN_3_MS 60000
#define DS_PUNCH_AGAIN_4_MS (5 * 60 * 1000) /* and so on */
#define DS_PUNCH_PROBES 8           /* fresh mappings that a NAT is asked for in a generation */
#define DS_PUNCH_PROBE_MS 3000      /* for the answers to them, two round trips */
#define DS_PUNCH_WINDOW 32          /* sockets that aim at one port, each from one of its own */
#define DS_PUNCH_WINDOW_BOTH 64     /* ... where the other side has to do so, too */
#define DS_PUNCH_WINDOW_TRIES 30    /* SYNs by each of them, those that were refused again */
#define DS_PUNCH_WINDOW_WAIT_MS 100 /* at most, for what plain candidates come to before them */
#define DS_PUNCH_WAIT_MIN_MS 10     /* at least, where the relay is very near */
#define DS_VOLLEY_SLICE 64          /* SYNs in one turn of the loop, which others wait for */
#define DS_SALVO_MAX 512            /* sockets that are open at once for a birthday salvo */
#define DS_SALVO_PAIRS 8            /* of them, so many of either side are to meet */
#define DS_SALVO_BAND_MAX 1024      /* ports, where both sides' are dealt at random */
#define DS_SALVO_TRIES 16           /* SYNs by each socket, those that were refused again */
#define DS_SALVO_SLACK_MS 50        /* that the two sides may begin apart, besides what is known */
#define DS_SALVO_NEAR_MS 100        /* if the relay is less than twice that away, it is near */
#define DS_SALVO_WORD_MS 800        /* if not: at most from the word of it to the salvo */
#define DS_SALVO_HOLD_MS 950        /* then it is closed: the kernel would send again after 1 s */
#define DS_SALVOS 3                 /* in a session, of which ... */
#define DS_SALVOS_AT_ONCE 2         /* ... so many may follow one another at once ... */
#define DS_SALVOS_MS 300000         /* ... then one in so long */
#define DS_SALVO_RESERVE 256        /* descriptors that it leaves to all else */
#define DS_DESCRIPTORS_MAX 1024     /* libvncserver and libvncclient know no higher ones */
#define DS_PUNCH_HOPS_MIN 2         /* of a SYN that must not reach the other side's NAT ... */
#define DS_PUNCH_HOPS 4             /* ... and so many numbers from there on, one after the other */
#define DS_PUNCH_NEAR_MS 1000       /* after it a SYN may; tcp(7): the kernel sends it again then */
#define DS_PUNCH_SMALL_MSS 1200     /* where full segments do not get through */
#define DS_PUNCH_PACE_MS 1000       /* between the beginnings of two generations, at least */
#define DS_PUNCH_BUDGET 10          /* generations, however they come about ... */
#define DS_PUNCH_BUDGET_MS 60000    /* ... then one in so long */
#define DS_PUNCH_WINDOWS 3          /* of many sockets, each a mapping of our NAT's ... */
#define DS_PUNCH_WINDOWS_MS (5 * 60 * 1000) /* ... then one in so long */
#define DS_PUNCH_GATHER_MS 150      /* OFFER's answer waits so long for an address of one's own */
#define DS_PUNCH_ANSWER_MS 5000     /* for the answer to OFFER, and to AGAIN */
#define DS_PUNCH_RETURN_MS 15000    /* ... to an OFFER, when the other side has to come back */
#define DS_PUNCH_PRUNE_MS 1000      /* from the last direct path on, then the best one stays */
#define DS_PUNCH_STEADY_MS 5000     /* a direct path that lived so long is looked for at once */
#define DS_INTERFACES_SETTLE_MS 200 /* an interface that comes up changes many times */
#define DS_PATH_NEWS_MAX 20         /* changes of the path that are told at once ... */
#define DS_PATH_NEWS_MS 250         /* ... then one in so long, and what was in between is not */

/* The router of the default route, when it is asked to open a port. */
#define DS_PORTMAP_LEASE_S 120       /* then a router forgets us, if we were killed */
#define DS_PORTMAP_LEASE_MIN_S 4     /* of --map-lease */
#define DS_PORTMAP_LEASE_MAX_S 86400 /* RFC 6887, 15: a day */
#define DS_PORTMAP_REPEAT_MS 250     /* a question by datagram comes again after that ... */
#define DS_PORTMAP_ASK_MS 1000       /* ... and an answer is waited for so long in all */
#define DS_PORTMAP_SEARCH_MS 1500    /* UPnP: a device may take 1 s to say that it is there */
#define DS_PORTMAP_HTTP_MS 2000      /* UPnP: a question and its answer, the connection included */
#define DS_PORTMAP_HTTP_MAX (32 * 1024) /* UPnP: one answer, its head included */
#define DS_PORTMAP_PORT_MIN 1024        /* outside: what the other side dials */
#define DS_PORTMAP_PACE_MS 5000         /* at least to a renewal, or half of what we asked for */
#define DS_PORTMAP_RENEW_MIN_MS 1000    /* of a lease that is left, then it counts as lost */
#define DS_PORTMAP_WORKERS_MAX 16       /* mappings that are held, or are just taken back */
#define DS_PORTMAP_SETTLE_MS 1000       /* at the end of the program, for those */

/* A check of the network. */
#define DS_NETCHECK_MS 6000         /* all of it; what has no answer by then stays unknown */
#define DS_NETCHECK_WELCOME_MS 4000 /* from the relay's name to its WELCOME */
#define DS_NETCHECK_PINGS 5         /* one after the other; the quickest answer counts */
#define DS_NETCHECK_PING_MS 1500    /* for all of these */
#define DS_NETCHECK_HAIRPIN_MS 1000 /* from one port of ours round to the other */
#define DS_NETCHECK_HAIRPIN_TRIES 8 /* SYNs of each, those that were refused again */

/* The link. */
#define DS_LINK_HELLO_BYTES 3000 /* HELLO with its header and pad, in one write */
#define DS_LINK_FRAME_MAX (DS_PATH_RECORD_MAX - 4)
#define DS_LINK_REPLAY_MAX 8388608 /* bytes kept for sending again: 8 MiB */
#define DS_LINK_WINDOW_BASE 65536  /* in flight at least: 64 KiB */
#define DS_LINK_PATHS_MAX 8
#define DS_LINK_PING_MS 15000
#define DS_LINK_LINGER_MS 5000
#define DS_LINK_PATH_DEAD_MS 6000
#define DS_LINK_SUSPECT_MS 1000  /* at least: an answer is due for so long, try another path */
#define DS_LINK_DOUBT_MS 2000    /* nothing was heard for so long: say it on two paths ... */
#define DS_LINK_DOUBT_BYTES 4096 /* ... up to so much; also of the tail before it is asked for */
#define DS_LINK_OPENING_BYTES                                                                      \
    16384                         /* in flight after a path was lost, and as much as is answered */
#define DS_LINK_HANDOVER_RTTS 4   /* of a path that works, then it is left in any case */
#define DS_LINK_TRUST_MS 5000     /* so long a suspect path must answer before it is chosen again */
#define DS_LINK_VALIDATE_MS 10000 /* from adding a path to the other side's HELLO */
#define DS_LINK_LATE_MS 2000      /* a timer that late: this program was suspended */
#define DS_LINK_GOODBYE_MS 1000   /* who answered CLOSE stays that long for the closer to leave */
#define DS_LINK_PACE_MS 2         /* so early a record may go; so much delay is made up */
#define DS_LINK_ACK_MS 15         /* an ACK waits that long for something to go with */
#define DS_LINK_RTT_MIN_MS 30000  /* the smallest round trip is measured anew after that */
#define DS_LINK_RECORD_MS 10      /* of the bandwidth in one record ... */
#define DS_LINK_RECORD_MIN 1400   /* ... but at least so many bytes */

/* The mux. */
#define DS_MUX_CHANNELS_MAX 64
#define DS_MUX_RESETS_MAX 64 /* further channels, refused, whose RESET has not gone out yet */
#define DS_MUX_DATA_MAX (16 * 1024 - 64)
#define DS_MUX_WINDOW (256 * 1024)          /* credit that a channel starts with */
#define DS_MUX_WINDOW_MAX (2 * 1024 * 1024) /* that it may grow to ... */
#define DS_MUX_GROWTH_MAX (4 * 1024 * 1024) /* ... and by so much all channels together */
#define DS_MUX_CONTROL_WINDOW (1024 * 1024) /* control is read at once: more is an attack */
#define DS_MUX_QUEUE_MAX (256 * 1024)       /* kept for sending per channel */
#define DS_MUX_CREDIT_MAX 0x80000000u       /* credit that the other side may have given */
#define DS_CONTROL_MESSAGE_MAX 4096

/* The picture. */
#define DS_SCREEN_SIDE_MAX 16384                  /* pixels, each way */
#define DS_SCREEN_BYTES_MAX (256UL * 1024 * 1024) /* of 4 bytes a pixel: two 8K screens */
#define DS_CURSOR_SIDE_MAX 192      /* pixels, each way: one message on a socketpair */
#define DS_DECODER_RECTS_MAX 256    /* in one message */
#define DS_DECODER_PASSWORD_MAX 8   /* bytes: VNC's DES takes no more */
#define DS_DECODER_SILENCE_MS 30000 /* before the first frame */
#define DS_DECODER_SILENCES 10      /* so long altogether, whatever it says until then */
#define DS_DECODER_STOP_MS 500      /* then it is killed */
#define DS_DECODER_CPU_S 10         /* spent on one rectangle: an endless loop */
#define DS_DECODER_WORK_MS 60000    /* of a processor's time that may be spent at once, ... */
#define DS_DECODER_WORK_SHARE 2     /* ... beside one part in so many of it for ever, ... */
#define DS_DECODER_BYTE_NS 250      /* ... and what each byte of the stream may take */
#define DS_HANDS_MAX 2048           /* keys and buttons that wait for a decoder: then it hangs */
#define DS_DECODER_ADDRESS_SPACE (2048UL * 1024 * 1024)

/* The shared desktop: what a viewer can make it do. */
#define DS_SHARE_VIEWERS_MAX 8
#define DS_SHARE_ENCODINGS_MAX 256            /* in one list */
#define DS_SHARE_CUT_TEXT_MAX (1024U * 1024U) /* bytes, which are dropped */
#define DS_SHARE_KEYS_MAX 32                  /* held at once */
#define DS_SHARE_SILENCE_MS 1000    /* a viewer that holds a key repeats it: then it is let go of */
#define DS_SHARE_CURSOR_SIDE_MAX 80 /* pixels: libvncserver's buffer holds no more */
#define DS_SHARE_READ_MAX (16 * 1024) /* from one viewer before the next one's turn */

#endif
