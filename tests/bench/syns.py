# SPDX-License-Identifier: GPL-2.0
"""A capture of handshakes' first packets: syns.py COUNT FILE. Five systems' SYNs, 50,000 hosts."""
import random
import struct
import sys

# TTL, window, options as their senders order them.
SYSTEMS = [
    (64, 64240, bytes.fromhex("020405b40402080a000a1b2c0000000001030307")),
    (128, 64240, bytes.fromhex("020405b40103030801010402")),
    (64, 65535, bytes.fromhex("020405b4010303060101080a0a1b2c3d0000000004020000")),
    (128, 8192, bytes.fromhex("020405b40103030801010402")),
    (64, 29200, bytes.fromhex("020405b40402080a003a1b2c0000000001030307")),
]


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def syn(rng):
    ttl, window, options = rng.choice(SYSTEMS)
    source = 0x0A000000 + rng.randrange(50000)
    length = 40 + len(options)
    ip = struct.pack("!BBHHHBBHII", 0x45, 0, length, rng.randrange(65536), 0x4000, ttl - 7, 6, 0,
                     source, 0xC0000201)
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    tcp = struct.pack("!HHIIBBHHH", rng.randrange(1024, 65536), 443, rng.randrange(1 << 32), 0,
                      (20 + len(options)) << 2, 2, window, 0, 0) + options
    pseudo = struct.pack("!IIHH", source, 0xC0000201, 6, len(tcp))
    tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
    return b"\x02" * 12 + b"\x08\x00" + ip + tcp


def main(count, path):
    rng = random.Random(1)
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for i in range(count):
            packet = syn(rng)
            out.write(struct.pack("<IIII", 1800000000 + i // 10000, i % 10000 * 100, len(packet), len(packet)))
            out.write(packet)


main(int(sys.argv[1]), sys.argv[2])
