"""`harvest verify`: whether the page reads a pack's scores, and picks by them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from harvest.packs.manifest import QUALITY
from harvest.packs.problem import PackError
from harvest.run import stamp
from orchestrate import show
from orchestrate.chosen import chosen_packs
from orchestrate.config import Resolved
from orchestrate.endings import refusing
from orchestrate.evaluate import refuse_two_pages
from orchestrate.exit_codes import ExitCode
from orchestrate.flags import BROWSER, configurable
from orchestrate.help import AsJson, examples
from orchestrate.progress import counting_phases
from orchestrate.verify.driving import PHASES
from orchestrate.verify.proof import VerifyRequest, verify_pack
from orchestrate.verify.record import DRAWS, GAMMA, SHOWN, Verification

EXAMPLES = examples(
    ("harvest verify --packs a", "prove the scores of a pack in our own page"),
    ("harvest verify --packs a,b --web D:\\newliveweb", "of two packs in yours"),
    ("harvest verify --packs a --gamma 1 --draws 100000", "by a gentler rule, which takes more picks"),
)
_COLUMNS = ("verdict", "what", "found")
_FOLDER = "verify"


@configurable("presets", "web", *BROWSER)
def verify(  # noqa: PLR0913 - each is a flag
    *,
    resolved: Resolved,
    packs: Annotated[str, typer.Option(help="Packs by name or folder, parted by commas.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the proofs. Default: one by the time, in artifacts/verify."),
    ] = None,
    gamma: Annotated[
        float,
        typer.Option(min=0.01, max=100, help="Exponent of quality, as the page's address is given it."),
    ] = GAMMA,
    draws: Annotated[int, typer.Option(min=1, max=10_000_000, help="Picks of each mode, at most.")] = DRAWS,
    shown: Annotated[int, typer.Option(min=1, max=1000, help="Real pairs to show.")] = SHOWN,
    url: Annotated[
        str | None, typer.Option(help="Address of a newliveweb that is served already; instead of --web.")
    ] = None,
    json: AsJson = False,
) -> ExitCode:
    """Prove in a real browser that the page reads the scores of packs, and picks good pairs more often."""
    config = resolved.config
    folder = out or config.artifacts / _FOLDER / stamp(datetime.now(UTC))
    refuse_two_pages(url, resolved)
    found: list[Verification] = []
    with refusing(f"what was proven is in {folder}"):
        chosen = chosen_packs(packs, resolved)
        if bare := [name for name, pack in chosen.items() if not (pack.folder / QUALITY).exists()]:
            raise PackError(f"Nothing to prove: {', '.join(bare)} has no {QUALITY}. harvest train writes it.")
        for name, pack in chosen.items():
            request = VerifyRequest(
                pack=pack,
                folder=folder / name,
                config=config,
                url=url,
                gamma=gamma,
                draws=draws,
                shown=shown,
            )
            with counting_phases(PHASES) as told:
                found.append(verify_pack(request, told))
            if not json:
                _show(found[-1], request.folder)
    if json:
        show.as_json([each.model_dump(mode="json", by_alias=True) for each in found])
    return ExitCode.OK if all(each.verdict == "passed" for each in found) else ExitCode.NOT_PASSED


def _show(found: Verification, folder: Path) -> None:
    """Every finding, how the tenths were picked, the verdict, and what to do."""
    if found.renderer_class == "software":
        show.sentence(f"Drawn by SOFTWARE: {found.renderer}", "bold yellow")
    lines = [(finding.verdict, finding.name, finding.sentence) for finding in found.findings]
    show.rows(_COLUMNS, lines, styled=0)
    weighted = next(arm for arm in found.arms if arm.mode == "weighted")
    if weighted.draws:
        promised = weighted.expected or (None,) * len(weighted.deciles)
        show.rows(
            ("tenth of the pairs", "picked", "promised"),
            [
                (_tenth(at), f"{share:.1%}", "not known" if due is None else f"{due:.1%}")
                for at, (share, due) in enumerate(zip(weighted.deciles, promised, strict=True), 1)
            ],
        )
    for step in found.next_steps:
        show.sentence(step)
    show.sentence(_verdict(found, folder), show.STYLES[found.verdict])


def _tenth(at: int) -> str:
    return {1: "1, the lowest scores", 10: "10, the highest"}.get(at, str(at))


def _verdict(found: Verification, folder: Path) -> str:
    said = {
        "passed": "The page reads the scores and picks by them",
        "failed": "It is not so that the page reads the scores and picks by them",
        "undecided": "Whether the page picks by the scores cannot be said",
    }[found.verdict]
    return f"{found.pack}: {found.verdict}. {said}; all that was seen is in {folder}."
