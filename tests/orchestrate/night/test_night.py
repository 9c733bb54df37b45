"""A night with steps that do nothing but end in every way: what it makes of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harvest.account import SUMMARY
from harvest.browser.renderer import RendererError
from harvest.packs import disk
from harvest.records import RunSummary, read
from orchestrate.config import Config
from orchestrate.exit_codes import ExitCode
from orchestrate.night import night as nights
from orchestrate.night import steps
from orchestrate.night.asked import Asked
from orchestrate.night.books import Came, opened
from orchestrate.night.night import TRACEBACK, Night
from orchestrate.night.record import NightRecord, StepName, read_night
from orchestrate.night.steps import Scene
from tests.orchestrate.night.nights import night as blank

Work = Callable[[], Came]
OK = Came(code=ExitCode.OK, reason="fine")


class Stage:
    """Where a night is played."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.made: list[StepName] = []
        self.told: list[str] = []
        self.play: dict[StepName, Work] = {}
        self.asked = Asked(packs=("a",))
        monkeypatch.setattr(nights, "examined", self._making("preflight"))
        work: dict[StepName, str] = {
            "eval": "measured",
            "train": "trained",
            "gate": "judged",
            "score": "scored",
            "verify": "proven",
        }
        for name, function in work.items():
            monkeypatch.setattr(steps, function, self._making(name))
        monkeypatch.setattr(nights, "write_report", self._report)
        monkeypatch.setattr(Scene, "passed", ("a",))

    def spend(self) -> ExitCode:
        """Play it."""
        scene = Scene(folder=self.folder, asked=self.asked, config=Config(), packs={}, versions={})
        self.made.clear()
        with opened(self.folder, blank()) as books:
            return Night(scene, books, lambda name, what: self.told.append(f"{name} {what}")).spend()

    def _making(self, name: StepName) -> Callable[..., Came]:
        def make(*_before: object, **_how: object) -> Came:
            self.made.append(name)
            return self.play.get(name, lambda: self._file(name))()

        return make

    def _file(self, name: StepName) -> Came:
        disk.write_draft(self.folder / f"{name}.txt", name.encode())
        return Came(code=ExitCode.OK, reason="fine", outputs={f"{name}.txt": disk.digest(name.encode())})

    def _report(self, folder: Path) -> Path:
        self.made.append("report")
        path = folder / "report.html"
        disk.write_draft(path, b"report")
        return path


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Set it up."""
    return Stage(tmp_path, monkeypatch)


def raising(error: BaseException) -> Work:
    """Make a step that ends so."""

    def work() -> Came:
        raise error

    return work


def record_of(stage: Stage) -> NightRecord:
    """Read what it wrote."""
    return read_night(stage.folder)


def test_all_steps_in_their_order_and_nothing_twice(stage: Stage) -> None:
    """What stands is not made again; machine and report are looked at in every life."""
    assert stage.spend() is ExitCode.OK
    assert stage.made == ["preflight", "eval", "train", "gate", "score", "verify", "report"]
    assert stage.spend() is ExitCode.OK
    assert stage.made == ["preflight", "report"]
    record = record_of(stage)
    assert len(record.lives) == 2
    assert record.ending is not None
    assert record.ending.code == "OK"


def test_what_was_lost_is_made_again(stage: Stage) -> None:
    """A file that is gone makes its step due, and no other."""
    stage.spend()
    (stage.folder / "train.txt").unlink()
    stage.spend()
    assert stage.made == ["preflight", "train", "report"]


def test_a_machine_that_is_not_fit_ends_the_night_at_once(stage: Stage) -> None:
    """Nothing is measured; the report says why."""
    stage.play["preflight"] = lambda: Came(code=ExitCode.NOT_READY, reason="no room")
    assert stage.spend() is ExitCode.NOT_READY
    assert stage.made == ["preflight", "report"]
    summary = read(stage.folder / SUMMARY, RunSummary)
    assert summary.ending is not None
    assert (summary.ending.code, summary.ending.phase, summary.ending.reason) == (
        "NOT_READY",
        "preflight",
        "no room",
    )


def test_a_step_that_breaks_is_named_and_the_report_is_made(stage: Stage) -> None:
    """A known error has its code; what builds on the step is left out."""
    stage.play["eval"] = raising(RendererError("A GPU was asked for."))
    assert stage.spend() is ExitCode.NOT_READY
    assert stage.made == ["preflight", "eval", "report"]
    assert record_of(stage).step("train").reason == "eval failed"
    assert not (stage.folder / TRACEBACK).exists()


def test_an_error_that_nobody_expected_leaves_its_traceback(stage: Stage) -> None:
    """For whoever reports it; the night goes on to its report."""
    stage.play["train"] = raising(ZeroDivisionError("by zero"))
    assert stage.spend() is ExitCode.FAILED
    assert "ZeroDivisionError: by zero" in (stage.folder / TRACEBACK).read_text(encoding="utf-8")
    assert stage.made[-1] == "report"


def test_an_interrupted_night_says_so_and_goes_on(stage: Stage) -> None:
    """Ctrl-C in the middle: written down, nothing else is begun; the next life makes what is left."""
    stage.play["train"] = raising(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        stage.spend()
    assert stage.made == ["preflight", "eval", "train"]
    record = record_of(stage)
    assert record.ending is not None
    assert (record.ending.code, record.ending.phase) == ("INTERRUPTED", "train")
    del stage.play["train"]
    assert stage.spend() is ExitCode.OK
    assert stage.made == ["preflight", "train", "gate", "score", "verify", "report"]


def test_a_step_that_was_killed_while_it_was_made_again_does_not_stand(stage: Stage) -> None:
    """What it had made before is gone: neither it nor what follows may be believed."""
    stage.spend()
    record = read_night(stage.folder)
    with opened(stage.folder, blank()) as books:
        books.begins("train", dict(record.step("train").inputs))
    stage.spend()
    assert "train" in stage.made


def test_an_error_between_steps_is_an_ending_too(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inputs that cannot be read, or Ctrl-C while they are: never an ending that says all is done."""
    inputs = steps.inputs

    def interrupted(name: StepName, scene: Scene) -> dict[str, str]:
        if name == "train":
            raise KeyboardInterrupt
        return inputs(name, scene)

    monkeypatch.setattr(steps, "inputs", interrupted)
    with pytest.raises(KeyboardInterrupt):
        stage.spend()
    ending = record_of(stage).ending
    assert ending is not None
    assert (ending.code, ending.phase) == ("INTERRUPTED", "train")


def test_what_an_earlier_life_made_is_kept_where_it_is_left_out_now(stage: Stage) -> None:
    """Learning again does not forget that all was measured."""
    stage.spend()
    stage.asked = Asked(packs=("a",), train_only=True)
    stage.spend()
    assert record_of(stage).step("eval").state == "done"


def test_time_adds_up_over_lives(stage: Stage) -> None:
    """A step's seconds are those of all its tries."""
    stage.play["eval"] = lambda: Came(code=ExitCode.INCOMPLETE, reason="1 of 2 pairs")
    stage.spend()
    first = record_of(stage).step("eval").seconds
    stage.spend()
    assert record_of(stage).step("eval").seconds >= first


def test_a_second_night_in_the_same_folder_is_refused(stage: Stage) -> None:
    """Two writers would spoil each other's record."""
    with opened(stage.folder, blank()), pytest.raises(BlockingIOError):
        stage.spend()
