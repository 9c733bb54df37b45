"""`harvest runs`: all nights and runs, the latest first, a line each; no journal is read for it."""

from collections.abc import Iterator
from pathlib import Path

from orchestrate import show
from orchestrate.config import Resolved
from orchestrate.endings import refusing
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import configurable
from orchestrate.help import AsJson, examples
from orchestrate.places import EVALS, NIGHTS, SMOKES
from orchestrate.report.facts import Facts
from orchestrate.report.findings.finished import seconds_taken
from orchestrate.report.moment import moment
from orchestrate.report.read import holds_any, read_facts
from orchestrate.report.words import share
from orchestrate.standing import clock

EXAMPLES = examples(
    ("harvest runs", "all nights and runs, the latest first"),
    ("harvest runs --json | jq '.[0].folder'", "the folder of the latest"),
)

_COLUMNS = ("name", "kind", "state", "coverage", "gate", "in the page", "took", "begun (UTC)")


@configurable("artifacts")
def runs(*, resolved: Resolved, json: AsJson = False) -> ExitCode:
    """List all nights and runs, the latest first: how far, how long, and what was said of them."""
    with refusing("nothing was changed"):
        found = [read_facts(folder, briefly=True) for folder in folders(resolved.config.artifacts)]
    if json:
        show.as_json([as_record(facts) for facts in found])
    elif found:
        show.rows(_COLUMNS, [row(facts) for facts in found], styled=_COLUMNS.index("state"))
    else:
        show.sentence(f"There is no night and no run in {resolved.config.artifacts} yet.")
    return ExitCode.OK


def folders(artifacts: Path) -> list[Path]:
    """Find all nights and runs; the name of a folder is the time at which it was begun."""
    found = [folder for place in (NIGHTS, SMOKES, EVALS) for folder in artifacts.glob(f"{place}/*")]
    return sorted(
        filter(holds_any, found), key=lambda folder: (folder.name, folder.parent.name), reverse=True
    )


def row(facts: Facts) -> tuple[str, ...]:
    """Give a line of the table."""
    taken, began = seconds_taken(facts), moment(facts.started_at)
    return (
        facts.name,
        _kind(facts),
        facts.state,
        ", ".join(_coverage(facts)),
        facts.training.verdict.verdict if facts.training else "",
        ", ".join(each.verdict for each in facts.verified.values()),
        "" if taken is None else clock(taken),
        f"{began:%Y-%m-%d %H:%M}" if began else "",
    )


def as_record(facts: Facts) -> dict[str, object]:
    """Give it to a machine."""
    taken = seconds_taken(facts)
    return {
        "folder": str(facts.folder),
        "name": facts.name,
        "kind": _kind(facts),
        "state": facts.state,
        "ending": facts.ending.code if facts.ending else None,
        "packs": {
            each.pack: {"covered": each.covered, "pairs": each.pairs, "target": each.target}
            for each in facts.coverage
        },
        "gate": facts.training.verdict.verdict if facts.training else None,
        "verified": {pack: each.verdict for pack, each in facts.verified.items()},
        "seconds": None if taken is None else round(taken, 1),
        "startedAt": facts.started_at,
        "unread": {each.file: each.why for each in facts.unread},
    }


def _kind(facts: Facts) -> str:
    return "smoke" if facts.night and facts.night.command == "smoke" else facts.kind


def _coverage(facts: Facts) -> Iterator[str]:
    for each in facts.coverage:
        yield f"{each.pack} {share(each.share) if each.share is not None else f'{each.covered:,}'}"
