"""Waits until every workspace has ended, and prints how: a line of JSON each.

    outcomes.py dagster|airflow HOME COUNT SECONDS

Reads the databases of the orchestrators.
"""

import json
import sqlite3
import sys
import time
from pathlib import Path


def rows(path, query):
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def dagster(home):
    """The state of each partition, and in how many tries."""
    history = home / "history"
    runs = rows(history / "runs.db", "SELECT run_id, partition, status FROM runs ORDER BY id")
    tags = rows(history / "runs.db", "SELECT run_id, key, value FROM run_tags")
    final = {run for run, key, value in tags if (key, value) == ("dagster/will_retry", "false")}

    outcomes = {}
    for run, partition, status in runs:
        starts = (
            "SELECT count(*) FROM event_logs"
            " WHERE dagster_event_type IN ('STEP_START', 'STEP_RESTARTED')"
        )
        checks = (
            "SELECT count(*) FROM event_logs"
            " WHERE dagster_event_type = 'ASSET_CHECK_EVALUATION' AND event LIKE '%\"success\": true%'"
        )
        log = history / "runs" / f"{run}.db"
        started = rows(log, starts)[0][0] if log.exists() else 0
        passed = rows(log, checks)[0][0] if log.exists() else 0

        is_final = status == "SUCCESS" or status == "FAILURE" and run in final
        outcome = outcomes.setdefault(partition, {"name": partition, "tries": 0})
        outcome |= {"tries": outcome["tries"] + started, "final": is_final}
        outcome |= {"succeeded": status == "SUCCESS", "proven": passed == 1}
    return list(outcomes.values())


def airflow(home):
    """The state of each mapped task; they are in the order of the names."""
    query = (
        "SELECT map_index, state, try_number FROM task_instance"
        " WHERE task_id = 'export' AND map_index >= 0 ORDER BY map_index"
    )
    return [
        {
            "name": f"w{index + 1:02}",
            "tries": tries,
            "final": state in ("success", "failed", "upstream_failed"),
            "succeeded": state == "success",
        }
        for index, state, tries in rows(home / "airflow.db", query)
    ]


def main():
    engine, home, count, seconds = sys.argv[1:]
    read = {"dagster": dagster, "airflow": airflow}[engine]
    end = time.monotonic() + float(seconds)

    while True:
        try:
            outcomes = read(Path(home))
        except sqlite3.OperationalError:  # not there yet, or just being written
            outcomes = []
        if len(outcomes) == int(count) and all(outcome["final"] for outcome in outcomes):
            break
        if time.monotonic() > end:
            sys.exit(f"not ended: {[outcome for outcome in outcomes if not outcome['final']]}")
        time.sleep(1)

    for outcome in sorted(outcomes, key=lambda outcome: outcome["name"]):
        print(json.dumps(outcome))


main()
