# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests in Python share: TAP, the tree, programs, X servers, RFB and pictures."""
