# SPDX-License-Identifier: GPL-3.0-or-later
"""The network lab of tests/netlab/, whose README.md says what it can."""

from .lab import Host, Lab, Router
from .log import Flow, Packet
from .space import Space

__all__ = ["Flow", "Host", "Lab", "Packet", "Router", "Space"]
