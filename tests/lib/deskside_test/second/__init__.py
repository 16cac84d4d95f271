# SPDX-License-Identifier: GPL-3.0-or-later
"""A second client, written from net/PROTOCOL.md alone: it shares no code with net/.

Where it and our programs cannot talk to each other, the text or the code is wrong. It is no model of
how a client should be built: it waits where ours goes on, and it looks after one path only.
"""
