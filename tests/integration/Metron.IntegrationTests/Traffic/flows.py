#!/usr/bin/python3
"""Which flows of numbered packets (numbered.py) are in a capture: flows.py FILE prints {"IP version/flow": packets} as JSON."""
import collections
import json
import struct
import sys

MAGIC = b"MTR1"
flows = collections.Counter()
with open(sys.argv[1], "rb") as capture:
    capture.read(24)
    # A capture that is still written to may end within a record.
    while len(header := capture.read(16)) == 16:
        length = struct.unpack("<I", header[8:12])[0]
        frame = capture.read(length)
        start = frame.find(MAGIC)
        if start >= 0:
            version = 6 if b"\x86\xdd" in frame[12:18] else 4
            flows[f"{version}/{struct.unpack_from('!I', frame, start + 4)[0]}"] += 1
print(json.dumps(flows))
