# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures in memory, as X window dumps and as PNG files."""

import pathlib
import random
import struct
import zlib

# /usr/include/X11/XWDFile.h: 25 numbers of 32 bits, big-endian, then the window's name.
XWD_HEADER = struct.Struct(">25I")
XWD_VERSION, Z_PIXMAP, TRUE_COLOR, LSB_FIRST = 7, 2, 4, 0
RED, GREEN, BLUE = 0xFF0000, 0x00FF00, 0x0000FF


class Picture:
    """`width` x `height` pixels in `rgb`, 3 bytes each, rows from the top."""

    def __init__(self, width, height, rgb):
        if len(rgb) != width * height * 3:
            raise ValueError(f"{len(rgb)} bytes are no {width} x {height} pixels")
        self.width, self.height, self.rgb = width, height, bytes(rgb)

    def __eq__(self, other):
        return (self.width, self.height, self.rgb) == (other.width, other.height, other.rgb)

    def bgrx(self):
        """Return the pixels as 4 bytes each: blue, green, red, 0."""
        data = bytearray(self.width * self.height * 4)
        data[0::4], data[1::4], data[2::4] = self.rgb[2::3], self.rgb[1::3], self.rgb[0::3]
        return bytes(data)

    def part(self, x, y, width, height):
        """Return the rectangle whose left upper corner is x, y."""
        rows = (((y + row) * self.width + x) * 3 for row in range(height))
        return Picture(width, height, b"".join(self.rgb[at : at + width * 3] for at in rows))

    def difference(self, other):
        """Say in words how many pixels differ; an empty list where none does."""
        if (self.width, self.height) != (other.width, other.height):
            return [f"{self.width} x {self.height} against {other.width} x {other.height} pixels"]
        if self == other:
            return []
        pixels = [(self.rgb[i : i + 3], other.rgb[i : i + 3]) for i in range(0, len(self.rgb), 3)]
        wrong = [at for at, (one, two) in enumerate(pixels) if one != two]
        y, x = divmod(wrong[0], self.width)
        return [f"{len(wrong)} of {len(pixels)} pixels differ, the first at {x},{y}"]

    def share_off(self, other, tolerance):
        """Return which share of the colours' values (0 to 1) is off by more than `tolerance`."""
        pairs = zip(self.rgb, other.rgb, strict=True)
        return sum(abs(one - two) > tolerance for one, two in pairs) / len(self.rgb)

    def save_png(self, path):
        """Write an 8-bit RGB PNG file."""
        stride = self.width * 3
        rows = (b"\0" + self.rgb[y * stride : (y + 1) * stride] for y in range(self.height))
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""))
        data = b"\x89PNG\r\n\x1a\n"
        for kind, body in chunks:
            data += struct.pack(">I", len(body)) + kind + body
            data += struct.pack(">I", zlib.crc32(kind + body))
        pathlib.Path(path).write_bytes(data)


def from_bgrx(width, height, data):
    """Make a picture of 4 bytes a pixel: blue, green, red and one that means nothing."""
    rgb = bytearray(width * height * 3)
    rgb[0::3], rgb[1::3], rgb[2::3] = data[2::4], data[1::4], data[0::4]
    return Picture(width, height, rgb)


def _unfilter(kind, line, above):
    """Undo in place what PNG's filter `kind` did to one line of 3 bytes a pixel (RFC 2083, 6)."""
    for i, value in enumerate(line):
        left, upper_left = (line[i - 3], above[i - 3]) if i >= 3 else (0, 0)
        up = above[i]
        if kind == 4:
            estimate = left + up - upper_left
            nearest = min((left, up, upper_left), key=lambda near: abs(estimate - near))
        else:
            nearest = (0, left, up, (left + up) // 2)[kind]
        line[i] = (value + nearest) & 255


def from_png(data):
    """Read an 8-bit RGB PNG file that is not interlaced; every checksum must be right."""
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("no PNG file")
    chunks, at = {}, 8
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        (checksum,) = struct.unpack_from(">I", data, at + 8 + size)
        if zlib.crc32(data[at + 4 : at + 8 + size]) != checksum:
            raise ValueError(f"chunk {kind} is damaged")
        chunks[kind] = chunks.get(kind, b"") + data[at + 8 : at + 8 + size]
        at += 12 + size
    width, height, *form = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    if form != [8, 2, 0, 0, 0] or b"IEND" not in chunks:
        raise ValueError(f"no whole 8-bit RGB PNG file: {form}")
    lines, stride = zlib.decompress(chunks[b"IDAT"]), width * 3
    rgb, above = bytearray(), bytes(stride)
    for start in range(0, len(lines), stride + 1):
        line = bytearray(lines[start + 1 : start + 1 + stride])
        _unfilter(lines[start], line, above)
        rgb += line
        above = line
    return Picture(width, height, rgb)


def noise(width, height, seed):
    """Make a picture that no other seed gives and that hides no shift: ramps under coarse noise."""
    numbers = random.Random(seed)
    tiles = [numbers.randbytes(width // 8 + 1) for _ in range(height // 8 + 1)]
    rgb = bytearray()
    for y in range(height):
        tile_row = tiles[y // 8]
        for x in range(width):
            rgb += bytes((x * 255 // width, y * 255 // height, tile_row[x // 8]))
    return Picture(width, height, rgb)


def cells(columns, rows, size, seed):
    """Make a picture of square cells, `size` pixels each way, each of one random colour."""
    numbers = random.Random(seed)
    lines = (b"".join(numbers.randbytes(3) * size for _ in range(columns)) for _ in range(rows))
    return Picture(columns * size, rows * size, b"".join(line * size for line in lines))


def from_xwd(data):
    """Read what `xwd -root` prints on a TrueColor screen of depth 24."""
    header = XWD_HEADER.unpack_from(data)
    size, version, kind, depth, width, height, _, order = header[:8]
    bits, stride = header[11:13]
    layout = (version, kind, depth, order, *header[14:17])
    if layout != (XWD_VERSION, Z_PIXMAP, 24, LSB_FIRST, RED, GREEN, BLUE) or bits not in (24, 32):
        raise ValueError(f"no XWD of 24 bits, little-endian: {layout}, {bits} bits a pixel")
    # One entry of 12 bytes for each of header[19] colours. Where windows have different visuals,
    # xwd packs 3 bytes a pixel, and leaves the rest of each row.
    start, step = size + header[19] * 12, bits // 8
    rows = b"".join(data[start + y * stride :][: width * step] for y in range(height))
    rgb = bytearray(width * height * 3)
    rgb[0::3], rgb[1::3], rgb[2::3] = rows[2::step], rows[1::step], rows[0::step]
    return Picture(width, height, rgb)


def to_xwd(picture):
    """Write what `xwud -in` shows."""
    name = b"picture\0"
    width, height = picture.width, picture.height
    pixels = (XWD_VERSION, Z_PIXMAP, 24, width, height, 0, LSB_FIRST, 32, LSB_FIRST, 32, 32)
    colours = (width * 4, TRUE_COLOR, RED, GREEN, BLUE, 8, 256, 0)
    window = (width, height, 0, 0, 0)
    header = XWD_HEADER.pack(XWD_HEADER.size + len(name), *pixels, *colours, *window)
    return header + name + picture.bgrx()
