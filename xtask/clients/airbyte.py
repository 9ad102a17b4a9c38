"""Reads the stream `segments` with the Airbyte CDK, paging as Airbyte's connector for Braze does."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent

text = (HERE / "airbyte-config.json").read_text()
text = text.replace("BASE_URL", os.environ["BRAZE_BASE_URL"])
config = json.loads(text.replace("API_KEY", os.environ["BRAZE_API_KEY"]))
retriever = config["__injected_declarative_manifest"]["streams"][0]["retriever"]
# What source-braze has: a page of fewer than two records is the last one.
retriever["paginator"]["pagination_strategy"]["page_size"] = 2

# Beside this script, where it does no harm if a timeout kills this process before the file is removed.
with tempfile.TemporaryDirectory(dir=HERE) as folder:
    file = Path(folder) / "config.json"
    file.write_text(json.dumps(config))
    program = Path(sys.executable).with_name("source-declarative-manifest")
    arguments = ["read", "--config", file, "--catalog", HERE / "airbyte-catalog.json"]
    run = subprocess.run([program, *arguments], stdout=subprocess.PIPE, text=True)

for line in run.stdout.splitlines():
    message = json.loads(line)
    if message["type"] == "RECORD":
        print(message["record"]["data"]["id"])
    else:
        print(line, file=sys.stderr)
sys.exit(run.returncode)
