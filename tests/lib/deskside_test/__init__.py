"""What the tests in Python share: TAP, the tree, programs, X servers, RFB and pictures."""
