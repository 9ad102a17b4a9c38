"""Reads all pages with dlt's generic REST source, configured as its documentation shows."""

import os

from dlt.sources.rest_api import rest_api_source

source = rest_api_source({
    "client": {
        "base_url": os.environ["BRAZE_BASE_URL"],
        "auth": {"type": "bearer", "token": os.environ["BRAZE_API_KEY"]},
        "paginator": {
            "type": "page_number",
            "base_page": 0,
            "total_path": None,
            "stop_after_empty_page": True,
        },
    },
    "resources": [{
        "name": "segments",
        "endpoint": {"path": "segments/list", "data_selector": "segments"},
    }],
})
ids = [row["id"] for row in source.resources["segments"]]
print("\n".join(ids))
