"""Reads all pages from Braze's MCP server, as a careful model would: until a page is empty."""

import asyncio
import json
import os
import sys
from pathlib import Path

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

SERVER = StdioServerParameters(
    command=str(Path(sys.executable).with_name("braze-mcp-server")),
    env=dict(os.environ),
)


async def read(session):
    ids = []
    for page in range(10_000):
        parameters = {"page": page, "sort_direction": "asc"}
        call = {"function_name": "get_segment_list", "parameters": parameters}
        result = await session.call_tool("call_function", call)

        # A parsed page, or what the server got if it could not parse that.
        text = result.content[0].text
        answer = json.loads(text)
        answer = answer.get("data", answer)
        if "segments" not in answer:
            sys.exit(f"page {page}: {text}")
        if not answer["segments"]:
            return ids
        ids += [segment["id"] for segment in answer["segments"]]


async def main():
    async with stdio_client(SERVER) as streams, ClientSession(*streams) as session:
        await session.initialize()
        print("\n".join(await read(session)))


asyncio.run(main())
