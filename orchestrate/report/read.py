"""From a folder to what it tells. What cannot be read is noted; nothing fails over it."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from harvest.account import META, SUMMARY, read_meta
from harvest.journal import JOURNAL, read_journal, writer_of
from harvest.packs import disk
from harvest.packs.manifest import QUALITY
from harvest.packs.quarantine import active, read_quarantine
from harvest.records import QualityFile, Record, RecordError, RunMeta, RunSummary, parse
from orchestrate.night.record import EVAL, LOCK, NIGHT, SCORES, TRAINING, VERIFY, NightRecord, read_night
from orchestrate.report.facts import Epoch, Facts, Held, History, Scores, State, Unread
from orchestrate.report.tally import Tally, count
from orchestrate.verify.record import VERIFICATION, Verification
from train.problem import TrainError
from train.report import REPORT as TRAINING_REPORT
from train.report import TrainingReport
from train.scores import PREVIOUS

HISTORY = "training_history.json"
"""The trainer's own name for it stands in a module that loads torch, which takes seconds."""

_TOLD_BY = (NIGHT, SUMMARY, META, JOURNAL, TRAINING_REPORT, EVAL, TRAINING, VERIFY, SCORES)

R = TypeVar("R", bound=Record)
T = TypeVar("T")


def holds_any(folder: Path) -> bool:
    """Whether there is anything to report of."""
    return folder.is_dir() and any((folder / name).exists() for name in _TOLD_BY)


def is_night(folder: Path) -> bool:
    """Whether a folder is that of a night, not of one run."""
    return any((folder / name).exists() for name in (NIGHT, EVAL, TRAINING, VERIFY, SCORES))


def read_facts(folder: Path, *, briefly: bool = False) -> Facts:
    """Read all there is; briefly: but for journal, scores and history, which may be long."""
    found = _Reading(folder)
    whole = is_night(folder)
    evaluated = folder / EVAL if whole else folder
    trained = folder / TRAINING if whole else folder
    night = found.tried(folder / NIGHT, lambda _: read_night(folder))
    meta = found.tried(evaluated / META, read_meta)
    summary = found.one(folder / SUMMARY, RunSummary)
    counted = None if briefly else found.tried(evaluated / JOURNAL, lambda _: count(read_journal(evaluated)))
    tally = counted or Tally()
    history = None if briefly else found.one(trained / HISTORY, History)
    return Facts(
        folder=folder,
        eval_folder=evaluated,
        name=folder.absolute().name,
        kind="night" if whole else "run",
        state=_state(night, meta, summary, is_written=found.is_written(folder, evaluated)),
        night=night,
        summary=summary,
        meta=meta,
        tally=tally,
        training=found.one(trained / TRAINING_REPORT, TrainingReport),
        epochs=_in_order(history),
        scores={} if briefly else dict(found.scores(folder / SCORES)),
        verified=dict(found.verifications(folder / VERIFY)),
        held=tuple(found.held(meta, tally)),
        unread=tuple(found.unread),
    )


class _Reading:
    """Reads files, and notes those that are there and cannot be read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.unread: list[Unread] = []

    def tried(self, path: Path, read: Callable[[Path], T]) -> T | None:
        """Read one, if it is there."""
        try:
            return read(path)
        except FileNotFoundError:
            return None
        except (OSError, RecordError, TrainError) as error:
            self.unread.append(Unread(file=self._named(path), why=self._why(error)))
            return None

    def one(self, path: Path, model: type[R]) -> R | None:
        """Read one record."""

        def read(path: Path) -> R:
            return parse(disk.read_file(path, at_most=disk.JSON_BYTES), model, source=self._named(path))

        return self.tried(path, read)

    def scores(self, folder: Path) -> Iterator[tuple[str, Scores]]:
        """Read what each pack was given, and what it had."""
        for pack in self._folders(folder):
            now = self.one(pack / QUALITY, QualityFile)
            if now is not None:
                yield pack.name, Scores(now=now, before=self.one(pack / PREVIOUS, QualityFile))

    def verifications(self, folder: Path) -> Iterator[tuple[str, Verification]]:
        """Read what was seen in the page."""
        for pack in self._folders(folder):
            if found := self.one(pack / VERIFICATION, Verification):
                yield pack.name, found

    def held(self, meta: RunMeta | None, tally: Tally) -> Iterator[Held]:
        """Read what lies in quarantine in the packs, wherever they are now."""
        for target in (meta.packs if meta else None) or ():
            if target.manifest_path is None:
                continue
            quarantine = self.tried(Path(target.manifest_path).parent, read_quarantine)
            for entry in active(quarantine) if quarantine else ():
                yield Held(pack=target.pack, entry=entry, is_new=entry.run in tally.runs)

    def is_written(self, folder: Path, evaluated: Path) -> bool:
        """Whether a night, or a run, goes on there."""
        return bool(self.tried(folder / LOCK, _is_held)) or self.tried(evaluated, writer_of) is not None

    def _folders(self, folder: Path) -> Sequence[Path]:
        def listed(folder: Path) -> list[Path]:
            return sorted(each for each in folder.iterdir() if each.is_dir())

        return self.tried(folder, listed) or ()

    def _named(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix() if path.is_relative_to(self._folder) else path.name

    def _why(self, error: Exception) -> str:
        match error:
            case RecordError():
                first = error.problems[0]
                return f"{first.path}: found {first.found}, expected {first.expected}."
            case OSError():
                return f"{error.strerror or error}."
            case _:
                return str(error)


def _is_held(lock: Path) -> bool:
    if not lock.exists():
        return False
    try:
        with disk.locked(lock):
            return False
    except (BlockingIOError, PermissionError):
        return True


def _in_order(history: History | None) -> Sequence[Epoch]:
    return sorted(history.epochs, key=lambda epoch: epoch.epoch) if history else ()


def _state(
    night: NightRecord | None, meta: RunMeta | None, summary: RunSummary | None, *, is_written: bool
) -> State:
    """Tell what is over from what was killed."""
    if night is not None:
        return _state_of_night(night, is_written=is_written)
    if is_written:
        return "running"
    if meta is None or meta.finished_at is None:
        return "ended" if summary else "killed"
    return "ended" if meta.error else "finished"


def _state_of_night(night: NightRecord, *, is_written: bool) -> State:
    """At its last step, which asks for the report, a night is as good as over."""
    if night.ending is not None:
        return "finished" if night.ending.code == "OK" else "ended"
    if night.step("report").state == "running":
        return "finished"
    return "running" if is_written else "ended" if night.finished_at else "killed"
