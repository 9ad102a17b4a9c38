"""Reads lines of the Airbyte protocol with the serializer of the CDK, and counts them by type."""

import json
import sys
from collections import Counter

from airbyte_cdk.models import AirbyteMessageSerializer

counts = Counter()
for line in sys.stdin:
    original = json.loads(line)
    message = AirbyteMessageSerializer.load(original)
    counts[message.type.value] += 1

    # What the CDK would write again has lost nothing.
    def lost(before, after, path=""):
        if isinstance(before, dict):
            for name, value in before.items():
                assert name in after, f"{path}/{name} is unknown to the protocol"
                lost(value, after[name], f"{path}/{name}")

    lost(original, json.loads(json.dumps(AirbyteMessageSerializer.dump(message))))

print(", ".join(f"{count} {type_}" for type_, count in sorted(counts.items())))
