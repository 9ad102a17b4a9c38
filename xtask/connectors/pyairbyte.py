"""Checks the source, reads it twice, and prints what PyAirbyte has in its cache after each."""

import json
from pathlib import Path

import airbyte

source = airbyte.get_source(
    "source-braze-segments",
    local_executable=Path("./source-braze-segments").resolve(),
    config=json.loads(Path("config.json").read_text()),
    install_if_missing=False,
)
source.check()
source.select_all_streams()
cache = airbyte.new_local_cache("segments", cleanup=False)

for number in (1, 2):
    try:
        result = source.read(cache=cache)
        rows = list(result["segments"])
        ids = {row["id"] for row in rows}
        print(f"\nread {number}: {len(rows)} rows, {len(ids)} ids")
    except airbyte.exceptions.AirbyteConnectorFailedError as error:
        code = str(error).partition("Exit Code: ")[2].split()[0]
        print(f"\nread {number}: failed with exit code {code}")
