/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why it ended: the reason of net/base/reason.h, the exit status of deskside-cli, and what the
 * person is told, who shares (helpee) and who helps (helper). What happened first, then what can be
 * done. One row a reason that can reach a person. Included once, by sentences.c, which says what
 * SENTENCE is; the tests read this file too.
 */
SENTENCE(STOPPED, 0, N_("The session has ended."), N_("The session has ended."))
SENTENCE(PEER_STOPPED, 0, N_("The helper ended the session."),
        N_("The person who shared ended the session."))
SENTENCE(NO_SUCH_CODE, 3,
        N_("The relay does not know this code any more. Share again for a new one."),
        N_("Nobody is sharing under this code. Ask for the digits again, or for a new code."))
SENTENCE(MISTYPED, 3, N_("This is not a code."),
        N_("This code was mistyped. Compare the digits and type them again."))
SENTENCE(WRONG_CODE, 3, N_("A wrong code was tried."),
        N_("This code is wrong. Ask for the digits again; after three wrong codes a new one is "
           "needed."))
SENTENCE(CODE_EXPIRED, 3,
        N_("Nobody used the code for 15 minutes, so it no longer works. Share again for a new "
           "one."),
        N_("This code has expired. Ask for a new one."))
SENTENCE(CODE_BURNED, 3,
        N_("Three wrong codes were tried, so this code no longer works. Share again for a new "
           "one."),
        N_("This code no longer works after three wrong ones. Ask for a new one."))
SENTENCE(BUSY, 4, N_("Another helper is being answered."),
        N_("Another helper is being answered under this code. Wait a moment and try again."))
SENTENCE(DECLINED, 4, N_("You said no. The helper sees nothing."),
        N_("The person who shares said no."))
SENTENCE(UNANSWERED, 4, N_("The question was not answered for two minutes, which counts as no."),
        N_("The person who shares did not answer within two minutes. Call them and try again."))
SENTENCE(NO_RELAY, 5,
        N_("The relay cannot be reached. Check the network and the relay's name, and try again."),
        N_("The relay cannot be reached. Check the network and the relay's name, and try again."))
SENTENCE(RELAY_UNTRUSTED, 5,
        N_("The relay's key is not the expected one, so nothing was sent to it. Check its name and "
           "its pin with whoever runs it."),
        N_("The relay's key is not the expected one, so nothing was sent to it. Check its name and "
           "its pin with whoever runs it."))
SENTENCE(TOO_OLD, 1, N_("This Deskside is too old for the relay. Update it and try again."),
        N_("This Deskside is too old for the other side. Update it and try again."))
SENTENCE(RELAY_TOO_OLD, 1, N_("The relay is too old for this Deskside. Tell whoever runs it."),
        N_("The other side's Deskside is too old for this one. It has to be updated first."))
SENTENCE(RELAY_FULL, 5, N_("The relay has no room at the moment. Try again in a few minutes."),
        N_("The relay has no room at the moment. Try again in a few minutes."))
SENTENCE(PEER_LEFT, 1, N_("The helper left before the session began. Share again for a new code."),
        N_("The person who shares left before the session began. Ask whether the code is still "
           "shown, and try again."))
SENTENCE(PEER_GONE, 1,
        N_("The helper could not be reached for ten minutes. The session has ended."),
        N_("The other computer could not be reached for ten minutes. The session has ended."))
SENTENCE(PROTOCOL, 1,
        N_("The other side sent something that makes no sense. The session was ended for safety."),
        N_("The other side sent something that makes no sense. The session was ended for safety."))
SENTENCE(NOT_PROVEN, 1,
        N_("Something on the way meddled with the connection, so it was not used. Share again for "
           "a "
           "new code; if it happens again, use another relay."),
        N_("Something on the way meddled with the connection, so it was not used. Ask for a new "
           "code; if it happens again, use another relay."))
SENTENCE(NO_DIRECT, 1,
        N_("No direct connection could be made, and only a direct one was allowed. To use the "
           "relay, start again without --direct only."),
        N_("No direct connection could be made, and only a direct one was allowed. To use the "
           "relay, start again without --direct only."))
SENTENCE(NO_SERVER, 1, N_("The VNC server does not answer. Start it, or check its address."),
        N_("The VNC server on the other side does not answer."))
SENTENCE(INTERNAL, 1,
        N_("This computer ran out of memory, files or connections. Close something and try again."),
        N_("This computer ran out of memory, files or connections. Close something and try again."))
SENTENCE(BAD_PICTURE, 1, N_("The picture could not be saved."),
        N_("The picture could not be read or saved."))
SENTENCE(PASSWORD, 1, N_("The VNC server wants another password."),
        N_("The VNC server wants a password, or another one. Give it with --password-file."))
SENTENCE(PROXY, 5,
        N_("The proxy does not let this connection through. Check its name, user and password."),
        N_("The proxy does not let this connection through. Check its name, user and password."))
SENTENCE(REPLACED, 1, N_("This code is being shared from another place now."),
        N_("The session goes on from another place."))
SENTENCE(IDLE, 5, N_("The relay heard nothing from this computer. Check the network."),
        N_("The relay heard nothing from this computer. Check the network."))
SENTENCE(DRAIN, 5, N_("The relay is being stopped. Try again in a moment."),
        N_("The relay is being stopped. Try again in a moment."))
SENTENCE(NO_SCREEN, 1, N_("The desktop cannot be shared, or is gone."),
        N_("The desktop on the other side is gone."))
SENTENCE(CANNOT_LISTEN, 1,
        N_("This computer cannot wait for connections at that address. Choose another port."),
        N_("This computer cannot wait for connections at that address. Choose another port."))
SENTENCE(NO_OUTPUT, 1, N_("What happens could not be printed any more, so the session was ended."),
        N_("What happens could not be printed any more, so the session was ended."))
