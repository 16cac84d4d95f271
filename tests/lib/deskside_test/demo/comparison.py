# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether one screen shows what the other one does, though JPEG was on the way.

What has many colours comes blurred, so that screens are compared tile by tile: blur leaves the mean
of a tile's differences small, and whatever is not the same makes it large.
"""

TILE = 16  # pixels each way
# Of 255. JPEG leaves up to 9; text that comes or goes makes 58, another random colour 85.
MEAN_MAX = 16.0


def worst_tile(one, other):
    """Return (mean difference, x, y) of the tile in which two pictures of one size differ most."""
    stride = one.width * 3
    worst = (0.0, 0, 0)
    for y in range(0, one.height, TILE):
        starts = range(y * stride, min(y + TILE, one.height) * stride, stride)
        rows = [(one.rgb[at : at + stride], other.rgb[at : at + stride]) for at in starts]
        rows = [(first, second) for first, second in rows if first != second]
        for x in range(0, stride, TILE * 3):
            total = 0
            for first, second in rows:
                pairs = zip(first[x : x + TILE * 3], second[x : x + TILE * 3])
                total += sum(abs(a - b) for a, b in pairs)
            count = len(starts) * (min(x + TILE * 3, stride) - x)
            worst = max(worst, (total / count, x // 3, y))
    return worst


def differences(one, other):
    """Say in words how two screens differ by more than blur, an empty list where they do not."""
    sizes = (one.width, one.height), (other.width, other.height)
    if sizes[0] != sizes[1]:
        return [f"one is {sizes[0]} pixels, the other {sizes[1]}"]
    mean, x, y = worst_tile(one, other)
    return [f"the tile at {x},{y} differs by {mean:.1f} of 255"] if mean > MEAN_MAX else []


def equal_share(one, other):
    """Return how much of two pictures of one size is the same in every pixel, 0 to 1."""
    starts = range(0, len(one.rgb), 3)
    equal = sum(one.rgb[at : at + 3] == other.rgb[at : at + 3] for at in starts)
    return equal / len(starts)
