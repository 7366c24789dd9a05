"""A picture that is small as a file and enormous once decoded."""

import struct
import zlib

SIDE = 30_000


def wallpaper():
    """A white PNG of 30,000 x 30,000 pixels, one bit each: 113 MB unpacked as bits, 2.7 GB as RGB."""
    row = b"\0" + b"\xff" * (SIDE // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(SIDE)) + packer.flush()
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def chunk(name, body):
    """One PNG chunk: length, name, body, checksum."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
