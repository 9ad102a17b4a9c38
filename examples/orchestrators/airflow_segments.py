"""The segments of every workspace: a mapped task for each profile of the configuration file."""

import json
import subprocess
import tomllib
from datetime import timedelta
from pathlib import Path

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException

FOLDER = Path("segments").absolute()
TRANSIENT = {3, 5, 6, 7, 9}  # exit codes after which another run can succeed


@dag(schedule="@daily", catchup=False)
def segments():
    @task
    def profiles() -> list[str]:
        config = subprocess.check_output(["segments", "config", "path"], text=True).strip()
        return sorted(tomllib.loads(Path(config).read_text())["profile"])

    @task(retries=3, retry_delay=timedelta(minutes=1))
    def export(profile: str) -> dict:
        FOLDER.mkdir(exist_ok=True)
        path = str(FOLDER / profile)

        # If this process is killed, the export ends too, and the next one goes on from its checkpoint.
        command = ["setpriv", "--pdeathsig", "TERM", "segments", "export", "--quiet"]
        command += ["--profile", profile, "--output", path + ".ndjson"]
        command += ["--report", path + ".report.json", "--checkpoint", path + ".checkpoint"]
        run = subprocess.run(command, stderr=subprocess.PIPE, text=True)

        if (code := run.returncode) in TRANSIENT or code < 0:  # below 0 after a signal
            raise AirflowException(run.stderr)
        if code:
            raise AirflowFailException(run.stderr)

        report = json.loads(Path(path + ".report.json").read_text())
        return {key: report[key] for key in ("completeness", "segments", "requests", "elapsed")}

    export.expand(profile=profiles())


segments()
