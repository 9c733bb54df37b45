"""The supervisor: has a run broken and brought back until it is done, and holds it against a calm one."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated

import orjson
import typer

from harvest.journal import read_journal
from harvest.page.stepped import Request, Size
from orchestrate import show
from orchestrate.bench.figures import as_record, as_rows, figure
from orchestrate.chaos.life import Fate
from orchestrate.chaos.schedule import KINDS, Verdict, judge, schedule
from orchestrate.config import Resolved
from orchestrate.endings import refusing
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import BROWSER, configurable
from orchestrate.help import AsJson, examples
from orchestrate.standing import clock
from orchestrate.starter import STARTER, starter_pack

EXAMPLES = examples(
    ("harvest bench chaos --out chaos", "300 pairs, 28 blows of 14 kinds"),
    ("harvest bench chaos --out chaos --pairs 3000 --faults 200", "a night of bad luck"),
)

_QUICK = Request(frames=24, warmup_frames=4, thumbnail_frame=12, size=Size(width=96, height=54))
"""What is looked for here does not hang on how long a pair is looked at."""
_KILLED = {-9, 15, 130}
"""How a life ends that was killed (15 on Windows) or interrupted."""


@dataclass
class Lives:
    """What became of a run in all its lives."""

    ended: list[int] = field(default_factory=list[int])
    """How: exit codes."""
    first_line_s: list[float] = field(default_factory=list[float])
    """How long each took from its start to its first line."""
    seconds: float = 0.0


@configurable(*BROWSER)
def chaos(  # noqa: PLR0913 - each is a flag
    *,
    resolved: Resolved,
    out: Annotated[Path, typer.Option(help="A new folder for pack, runs and logs.")],
    pairs: Annotated[int, typer.Option(min=4, help="How many to measure.")] = 300,
    faults: Annotated[int, typer.Option(min=1, help="How many times something is broken.")] = 2 * len(KINDS),
    seed: Annotated[int, typer.Option(min=0, help="Of the pack, the order and the blows.")] = 1,
    json: AsJson = False,
) -> ExitCode:
    """Break a run again and again, and hold what it has measured against a run that nobody disturbed."""
    if out.exists():
        raise typer.BadParameter(f"{out} exists: name a new folder.", param_hint="--out")
    if faults >= pairs:
        raise typer.BadParameter("A fault needs a pair of its own.", param_hint="--faults")
    with refusing(f"what was done lies in {out}"):
        fate = Fate(
            folder=out / "calm",
            presets=starter_pack(out / "presets", pairs=pairs),
            pack=STARTER,
            strokes=0,
            pairs=pairs,
            seed=seed,
            request=_QUICK,
            browser=resolved.config.browser,
        )
        calm = _live(fate)
        wild = _live(fate.model_copy(update={"folder": out / "wild", "strokes": faults}))
        verdict = judge(read_journal(out / "calm"), read_journal(out / "wild"))
    struck = Counter(stroke.kind for stroke in schedule(strokes=faults, pairs=pairs, seed=seed))
    _show(verdict, calm, wild, struck, as_json=json)
    aborted = any(code not in (0, *_KILLED) for code in (*calm.ended, *wild.ended))
    return ExitCode.OK if verdict.passed and not aborted else ExitCode.NOT_PASSED


def _live(fate: Fate) -> Lives:
    """Bring it back until it is done; a life that nobody ended is its last."""
    lives = Lives()
    fate.folder.mkdir(parents=True)
    told = fate.folder / "fate.json"
    told.write_text(fate.model_dump_json(), encoding="utf-8")
    began = time.monotonic()
    with (fate.folder / "lives.log").open("ab") as log:
        while not lives.ended or lives.ended[-1] in _KILLED:
            command = [sys.executable, "-m", "orchestrate.chaos.life", str(told)]
            life = subprocess.run(command, stdout=subprocess.PIPE, stderr=log, check=False)
            lives.ended.append(life.returncode)
            lives.first_line_s.extend(
                orjson.loads(line)["first_line_s"] for line in life.stdout.splitlines() if line
            )
            show.talk.print(f"{fate.folder.name}: life {len(lives.ended)} ended with {life.returncode}")
    lives.seconds = time.monotonic() - began
    return lives


def _show(verdict: Verdict, calm: Lives, wild: Lives, struck: Counter[str], *, as_json: bool) -> None:
    figures = {"chaos.seconds_to_first_line": figure(wild.first_line_s)}
    if as_json:
        show.as_json(
            as_record(
                figures,
                **asdict(verdict),
                struck=dict(struck),
                lives=len(wild.ended),
                ended=wild.ended,
                seconds_calm=round(calm.seconds, 1),
                seconds_wild=round(wild.seconds, 1),
            )
        )
        return
    show.rows(("figure", "median", "range", "n"), as_rows(figures))
    facts = [
        ("pairs", f"{verdict.pairs:,}"),
        ("lost", _listed(verdict.lost)),
        ("twice", _listed(verdict.twice)),
        ("other pictures", _listed(verdict.different)),
        ("broken lines", str(verdict.broken_lines)),
        ("struck", _counted(struck)),
        ("faults noted", _counted(verdict.faults)),
        ("lives", f"{len(wild.ended)}, ended {', '.join(map(str, wild.ended))}"),
        ("undisturbed", clock(calm.seconds)),
        ("disturbed", clock(wild.seconds)),
    ]
    show.rows(("what", "found"), facts)


def _listed(pairs: Sequence[int]) -> str:
    return ", ".join(map(str, pairs)) or "none"


def _counted(names: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in names.items())
