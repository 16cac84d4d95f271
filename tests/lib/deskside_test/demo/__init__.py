# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration, `app/run --demo`: the whole job on one machine, looked at from outside."""
