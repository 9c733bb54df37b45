"""`harvest packs show`."""

from collections.abc import Sequence
from dataclasses import asdict

from harvest.packs.manifest import Pack, examine, locate
from harvest.packs.problem import PackProblem
from harvest.packs.provenance import Verdict, verify
from harvest.packs.quarantine import Entry, examine_quarantine, holding
from orchestrate import show as shows
from orchestrate.config import Resolved
from orchestrate.endings import refusing
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import configurable
from orchestrate.help import AsJson, examples
from orchestrate.packs.arguments import ThePack
from orchestrate.packs.problems import show_problems
from orchestrate.packs.spelling import spelled

EXAMPLES = examples(
    ("harvest packs show my_pack", "the pack public/presets/my_pack"),
    ("harvest packs show /data/packs/my_pack", "any folder that is a pack"),
    ("harvest packs show my_pack/pairs-manifest.filtered.current.json", "one of its filtered manifests"),
    ("harvest packs show my_pack --json | jq -r .content_hash", "for scripts"),
)


@configurable("presets")
def show(*, resolved: Resolved, pack: ThePack, json: AsJson = False) -> ExitCode:
    """Show what a pack holds, where it comes from, and everything that is wrong with it."""
    with refusing("nothing was changed"):
        found = examine(*locate(pack, resolved.config.presets))
        quarantine, doubts = examine_quarantine(found.folder)
        origin = verify(found.folder, known={file.relative: file.sha256 for file in found.presets.values()})
    held = None if quarantine is None else holding(found, quarantine)
    problems = [*found.problems, *doubts]
    if json:
        shows.as_json(_as_record(found, held, origin, problems))
    else:
        facts = _facts(found, held, origin)
        shows.rows(("what", "found"), [(what, spelled(fact)) for what, fact in facts])
        show_problems(problems)
    return ExitCode.USAGE if any(problem.severity == "error" for problem in problems) else ExitCode.OK


def _facts(pack: Pack, held: Sequence[Entry] | None, origin: Verdict) -> Sequence[tuple[str, str]]:
    quality = pack.quality
    return [
        ("pack", pack.name),
        ("folder", str(pack.folder)),
        ("manifest", pack.manifest_file),
        ("pairs", str(len(pack.manifest.pairs))),
        ("presets", str(len({file.relative for file in pack.presets.values()}))),
        ("manifest hash", pack.manifest_hash),
        ("content hash", pack.content_hash),
        ("quality", f"scores of {len(quality.pairs)} pairs" if quality else "none"),
        ("in quarantine", "cannot be read" if held is None else str(len(held))),
        ("provenance", "; ".join([origin.state, *origin.differences])),
    ]


def _as_record(
    pack: Pack, held: Sequence[Entry] | None, origin: Verdict, problems: Sequence[PackProblem]
) -> dict[str, object]:
    return {
        "pack": pack.name,
        "folder": str(pack.folder),
        "manifest": pack.manifest_file,
        "pairs": len(pack.manifest.pairs),
        "manifest_hash": pack.manifest_hash,
        "content_hash": pack.content_hash,
        "scored_pairs": len(pack.quality.pairs) if pack.quality else None,
        "quarantine": None if held is None else [entry.model_dump(exclude_unset=True) for entry in held],
        "provenance": asdict(origin),
        "problems": [asdict(problem) for problem in problems],
    }
