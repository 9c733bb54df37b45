"""A run seen from another terminal: alive and stale told apart."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from journal_lines import sample

from harvest.account import META
from harvest.journal import JOURNAL
from harvest.plan import Coverage
from harvest.records import Fault, RunMeta, Sample, parse, to_json, to_line
from orchestrate.standing import Standing, clock
from orchestrate.status import Look

BEGAN = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)


def covered(count: int) -> Mapping[str, Coverage]:
    """So many pairs of ten."""
    return {"demo": Coverage(covered=count, pairs=10, quarantined=0)}


def meta(**more: object) -> RunMeta:
    """The meta of a run that is under way."""
    facts: dict[str, object] = {
        "run": "r",
        "seed": 1,
        "adapter": "stepped",
        "versions": {},
        "config": {},
        "manifestHashes": {},
        "page": {},
        "remedies": [],
        "faults": {"page-crash": 3},
        "phase": "measuring",
        "phaseSeconds": {},
    }
    written: dict[str, object] = {
        "kind": "coupled_eval.v0",
        "startedAt": "2026-11-21T22:00:00.000Z",
        "finishedAt": None,
        "progress": {"demo": {"iter": 7, "visited": 4, "target": 10}},
        "harvest": facts,
        **more,
    }
    return parse(orjson.dumps(written), RunMeta)


def sample_at(seconds: float, pair: int) -> Sample:
    """A sample that was taken so long after the beginning."""
    return sample("demo", pair).model_copy(update={"t_ms": round(1000 * (BEGAN.timestamp() + seconds))})


LOOK = Look(
    folder=Path("run"),
    meta=meta(),
    writer="run r (process 1)",
    lines=[sample_at(10, 1), sample_at(20, 2), sample_at(30, 3)],
    at=BEGAN + timedelta(seconds=31),
)


@pytest.mark.parametrize(
    ("look", "state", "said"),
    [
        (LOOK, "running", "process 1"),
        (replace(LOOK, at=BEGAN + timedelta(minutes=10)), "stalled", "nothing written for 0:09:30"),
        (replace(LOOK, writer=None), "killed", "--resume goes on"),
        (replace(LOOK, writer=None, meta=meta(finishedAt="2026-11-21T22:01:00.000Z")), "finished", "22:01"),
        (
            replace(
                LOOK,
                writer=None,
                meta=meta(
                    finishedAt="2026-11-21T22:01:00.000Z", error={"code": "FATAL_DISK", "message": "no room"}
                ),
            ),
            "ended",
            "no room",
        ),
    ],
)
def test_alive_and_stale_are_told_apart(look: Look, state: str, said: str) -> None:
    """By the lock of the journal, the age of its last line, and what the run itself wrote at its end."""
    assert look.state == state
    assert said in look.sentence


def test_a_look_tells_rate_and_rest() -> None:
    """Six of ten pairs are missing at six a minute."""
    standing = LOOK.standing
    assert standing.per_minute(30) == pytest.approx(6)
    assert standing.seconds_left(30) == pytest.approx(60)
    assert dict(standing.faults) == {"page-crash": 3}


def test_the_rate_is_that_of_the_last_minutes() -> None:
    """What was slow an hour ago says nothing about now; a standstill lowers the rate."""
    standing = Standing(targets={"demo": 10}, visits=10)
    assert standing.per_minute(0) is None
    for at in (0, 3600, 3601, 3602):
        standing.add(sample_at(at, 1), covered(2), at=at)
    assert standing.per_minute(3602) == pytest.approx(60)
    assert standing.per_minute(3720) == pytest.approx(1)


def test_a_person_reads_what_matters() -> None:
    """Pair, rate, sound, faults, and what was said last, until the next sample."""
    standing = Standing(targets={"demo": 10}, phase="measuring")
    standing.add(sample_at(1, 4), covered(1), at=1)
    standing.add(sample_at(2, 5), covered(2), at=2)
    fault = {"kind": "fault", "name": "gpu-lost", "tMs": 3, "run": "r", "evidence": "", "secondsLost": 2.5}
    standing.add(parse(orjson.dumps(fault), Fault), covered(2), at=3)
    standing.said = "The disk is full."
    rows = dict(standing.rows(3))
    assert rows["faults"] == "gpu-lost 1, 2 s lost"
    assert rows["heard"] == "click, rms 0.100"
    assert rows["last"] == "5 ok · 4 ok"
    assert rows["note"] == "The disk is full."
    assert "demo 2 of 10" in standing.sentence(3)
    standing.add(sample_at(4, 6), covered(3), at=4)
    assert "note" not in dict(standing.rows(4))
    assert standing.notes(4)[0] == "demo pair=6 visited=3/10 iter=3"


def test_a_duration_is_spelled() -> None:
    """Hours, minutes, seconds."""
    assert clock(3723.4) == "1:02:03"


def test_a_folder_without_a_run_is_no_run(tmp_path: Path) -> None:
    """In words, with the code of a wrong input."""
    command = [sys.executable, "-m", "orchestrate.cli", "status", str(tmp_path)]
    done = subprocess.run(command, timeout=60, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "There is no run" in done.stderr


def test_the_latest_run_that_can_be_read_is_shown(tmp_path: Path) -> None:
    """One whose meta is damaged is named, and passed over."""
    for at, (name, text) in enumerate((("good", to_json(meta())), ("damaged", b"{"), ("begun", None))):
        folder = tmp_path / "coupled-eval" / name
        folder.mkdir(parents=True)
        (folder / JOURNAL).write_bytes(to_line(sample_at(at, 1)))
        if text is not None:
            (folder / META).write_bytes(text)
        os.utime(folder, (at, at))
    command = [sys.executable, "-m", "orchestrate.cli", "status", "--json"]
    environment = {**os.environ, "HARVEST_ARTIFACTS": str(tmp_path)}
    done = subprocess.run(command, timeout=60, check=False, capture_output=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert Path(orjson.loads(done.stdout)["folder"]).name == "good"
    assert b"damaged is passed over" in done.stderr
