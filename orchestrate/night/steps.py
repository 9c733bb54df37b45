"""What each step of a night does, each from files to files: tells what it came to, and makes nothing else."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree

from harvest.journal import JOURNAL
from harvest.packs import disk
from harvest.packs.manifest import QUALITY, Pack
from harvest.page.stepped import Request
from harvest.records import RecordError, parse
from orchestrate.asking import Learning
from orchestrate.config import Config
from orchestrate.evaluate import Sampling, measure, said_coverage
from orchestrate.exit_codes import ExitCode
from orchestrate.learning import Lesson, learn
from orchestrate.night.asked import Asked
from orchestrate.night.books import Came
from orchestrate.night.record import EVAL, SCORES, TRAINING, VERIFY, NightRecord, StepName
from orchestrate.verify.proof import VerifyRequest, verify_pack
from orchestrate.verify.record import VERIFICATION
from train.elite import ELITE_MANIFEST
from train.report import REPORT, TrainingReport
from train.scores import PREVIOUS

_KNOBS = tuple(name for name in Learning.model_fields if name not in {"elite", "eval"})
"""Of a training; another value makes it another one."""
_MEASURED = ("target_coverage", "max_pairs", "seed", "audio_file", "audio_root")


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What the steps of a night have before them."""

    folder: Path
    asked: Asked
    config: Config
    packs: Mapping[str, Pack]
    versions: Mapping[str, str]
    stepping: Request = field(default_factory=Request)
    """How our own page shows a pair."""

    @property
    def training(self) -> TrainingReport | None:
        """What the training came to; None: it has not come to anything yet."""
        path = self.folder / TRAINING / REPORT
        if not path.is_file():
            return None
        with suppress(RecordError):  # what is damaged is made again, and tells nothing until then
            return parse(disk.read_file(path, at_most=disk.JSON_BYTES), TrainingReport, source=str(path))
        return None

    @property
    def passed(self) -> Sequence[str]:
        """The packs that the gate let through."""
        report = self.training
        return () if report is None else tuple(report.scores)


def inputs(name: StepName, scene: Scene) -> dict[str, str]:
    """Name what a step is made from; where that has changed, it is due again."""
    match name:
        case "preflight" | "report":
            return {}
        case "eval":
            return _of_packs(scene) | _of_page(scene) | _said(scene, *_MEASURED)
        case "train":
            return _learnt_from(scene)
        case "gate":
            return _of_files(scene.folder / TRAINING / REPORT)
        case "verify":
            return inputs("score", scene) | _of_page(scene) | _said(scene, "verify_pack")
        case "score":
            return _of_files(
                scene.folder / TRAINING / REPORT, *(pack.folder / QUALITY for pack in scene.packs.values())
            )


def _learnt_from(scene: Scene) -> dict[str, str]:
    files = (*elite_lists(scene), *scene.asked.eval, scene.folder / EVAL)
    return _of_packs(scene) | _of_files(*map(_file_of, files)) | _said(scene, *_KNOBS)


def _of_packs(scene: Scene) -> dict[str, str]:
    return {pack.name: pack.content_hash for pack in scene.packs.values()}


def _of_files(*files: Path) -> dict[str, str]:
    return {str(file): disk.digest_file(file) for file in files if file.is_file()}


def _of_page(scene: Scene) -> dict[str, str]:
    return {"web": str(scene.config.web), "url": str(scene.asked.url)}


def _said(scene: Scene, *names: str) -> dict[str, str]:
    return {name: str(getattr(scene.asked, name)) for name in names}


def measured(scene: Scene, night: NightRecord) -> Came:
    """Measure every pair; what was measured in an earlier life counts, and so does the time it took."""
    asked, folder = scene.asked, scene.folder / EVAL
    if asked.max_hours is not None:
        left = max(0.0, asked.max_hours - night.step("eval").seconds / 3600)
        asked = asked.model_copy(update={"max_hours": left})
    sampling = Sampling(packs=scene.packs, folder=folder, asked=asked, stepping=scene.stepping)
    done = measure(scene.config, sampling, at=datetime.now(UTC))
    return Came(
        code=done.code,
        reason=said_coverage(done.reached),
        outputs=_hashed(scene.folder, folder / JOURNAL),
    )


def trained(scene: Scene, *, goes_on: bool) -> Came:
    """Learn; a training that was cut short goes on where it was, one of other data begins anew."""
    asked, folder = scene.asked, scene.folder / TRAINING
    if folder.exists() and not goes_on:
        rmtree(folder)
    own = scene.folder / EVAL
    lesson = Lesson(
        packs=tuple(scene.packs.values()),
        asked=asked.model_copy(
            update={
                "elite": elite_lists(scene),
                "eval": (*asked.eval, *((own,) if (own / JOURNAL).is_file() else ())),
            }
        ),
        folder=folder,
        resume_from=folder if any((folder / "checkpoints").glob("step-*.pth")) else None,
    )
    report = learn(scene.config, lesson)
    return Came(code=ExitCode.OK, reason=report.choice, outputs=_hashed(scene.folder, folder / REPORT))


def judged(scene: Scene) -> Came:
    """Say what the gate said."""
    report = scene.training
    assert report is not None, "the gate comes after the training"
    verdicts = ", ".join(f"{name} {verdict}" for name, verdict in report.verdict.packs.items())
    failed = [check.sentence for check in report.verdict.checks if check.verdict != "passed"]
    is_through = all(verdict == "passed" for verdict in report.verdict.packs.values())
    code = ExitCode.OK if is_through else ExitCode.NOT_PASSED
    return Came(code=code, reason=" ".join([f"{verdicts}.", *failed]))


def scored(scene: Scene) -> Came:
    """See that the page has what the training wrote, and keep a copy with those that stood there before."""
    report = scene.training
    assert report is not None, "scores come after the training"
    kept: list[Path] = []
    lost: list[str] = []
    for name, sha256 in report.scores.items():
        place = scene.packs[name].folder / QUALITY
        if not place.is_file() or disk.digest_file(place) != sha256:
            lost.append(name)
            continue
        kept += _copied(scene.packs[name].folder, scene.folder / SCORES / name)
    if lost:
        return Came(code=ExitCode.INCOMPLETE, reason=f"Somebody has changed the scores of {', '.join(lost)}.")
    pairs = sum(len(scene.packs[name].manifest.pairs) for name in report.scores)
    said = f"{pairs:,} pairs of {', '.join(report.scores)} have scores, which the page reads."
    return Came(code=ExitCode.OK, reason=said, outputs=_hashed(scene.folder, *kept))


def proven(scene: Scene) -> Came:
    """Prove in the page, pack by pack, that it reads the scores and follows them."""
    names = [name for name in scene.passed if not scene.asked.verify_pack or name in scene.asked.verify_pack]
    if not names:
        said = f"Nothing to prove: {', '.join(scene.asked.verify_pack)} did not pass the gate."
        return Came(code=ExitCode.NOT_PASSED, reason=said)
    found = {
        name: verify_pack(
            VerifyRequest(
                pack=scene.packs[name],
                folder=scene.folder / VERIFY / name,
                config=scene.config,
                url=scene.asked.url,
            )
        )
        for name in names
    }
    verdicts = ", ".join(f"{name} {each.verdict}" for name, each in found.items())
    failed = [
        finding.sentence
        for each in found.values()
        for finding in each.findings
        if finding.verdict != "passed"
    ]
    is_proven = all(each.verdict == "passed" for each in found.values())
    return Came(
        code=ExitCode.OK if is_proven else ExitCode.NOT_PASSED,
        reason=" ".join([f"{verdicts}.", *failed]),
        outputs=_hashed(scene.folder, *(scene.folder / VERIFY / name / VERIFICATION for name in names)),
    )


def _copied(pack: Path, target: Path) -> list[Path]:
    """Keep the scores of a pack, and those before them."""
    kept: list[Path] = []
    for name in (QUALITY, PREVIOUS):
        if (pack / name).is_file():
            target.mkdir(parents=True, exist_ok=True)
            disk.replace_file(target / name, disk.read_file(pack / name, at_most=disk.JSON_BYTES))
            kept.append(target / name)
    return kept


def _hashed(folder: Path, *files: Path) -> dict[str, str]:
    return {file.relative_to(folder).as_posix(): disk.digest_file(file) for file in files if file.is_file()}


def elite_lists(scene: Scene) -> tuple[Path, ...]:
    """The lists that were named, else the one that is set."""
    return scene.asked.elite or ((scene.config.elite,) if scene.config.elite else ())


def _file_of(path: Path) -> Path:
    """Name the file that a folder stands for."""
    return next((path / name for name in (ELITE_MANIFEST, JOURNAL) if (path / name).is_file()), path)
