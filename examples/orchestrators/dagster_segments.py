"""The segments of every workspace: a partition for each profile of the configuration file."""

import json
import subprocess
import tomllib
from pathlib import Path

import dagster as dg

CONFIG = subprocess.check_output(["segments", "config", "path"], text=True).strip()
PROFILES = sorted(tomllib.loads(Path(CONFIG).read_text())["profile"])
FOLDER = Path("segments").absolute()

TRANSIENT = {3, 5, 6, 7, 9}  # exit codes after which another run can succeed
WHOLE = {"complete", "complete_by_count"}


@dg.asset(
    partitions_def=dg.StaticPartitionsDefinition(PROFILES),
    check_specs=[dg.AssetCheckSpec("proven_complete", asset="segments")],
)
def segments(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    FOLDER.mkdir(exist_ok=True)
    path = str(FOLDER / context.partition_key)

    # If this process is killed, the export ends too, and the next one goes on from its checkpoint.
    command = ["setpriv", "--pdeathsig", "TERM", "segments", "export", "--quiet"]
    command += ["--profile", context.partition_key, "--output", path + ".ndjson"]
    command += ["--report", path + ".report.json", "--checkpoint", path + ".checkpoint"]
    export = subprocess.run(command, stderr=subprocess.PIPE, text=True)

    if (code := export.returncode) in TRANSIENT or code < 0:  # below 0 after a signal
        raise dg.RetryRequested(max_retries=3, seconds_to_wait=60) from RuntimeError(export.stderr)
    if code:
        raise dg.Failure(export.stderr, metadata={"exit code": code}, allow_retries=False)

    report = json.loads(Path(path + ".report.json").read_text())
    metadata = {key: report[key] for key in ("completeness", "segments", "requests", "elapsed")}
    proven = dg.AssetCheckResult(passed=report["completeness"] in WHOLE)
    return dg.MaterializeResult(metadata=metadata, check_results=[proven])


export = dg.define_asset_job("export", [segments], executor_def=dg.in_process_executor)


@dg.schedule(job=export, cron_schedule="0 2 * * *", default_status=dg.DefaultScheduleStatus.RUNNING)
def nightly(context: dg.ScheduleEvaluationContext):
    time = context.scheduled_execution_time.isoformat()
    return [dg.RunRequest(run_key=f"{time} {name}", partition_key=name) for name in PROFILES]


defs = dg.Definitions([segments], schedules=[nightly])
