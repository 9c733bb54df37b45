"""One night from its first step to its last, whatever becomes of each: thin, as the course decides."""

import time
import traceback
from collections.abc import Callable, Mapping

from harvest.packs import disk
from orchestrate.endings import exit_code, explain, interruptible
from orchestrate.exit_codes import ExitCode
from orchestrate.night import course, steps
from orchestrate.night.books import Books, Came
from orchestrate.night.preflight import examined
from orchestrate.night.record import EVAL, REPORT, STEPS, StepName
from orchestrate.night.steps import Scene
from orchestrate.night.summing import write_summary
from orchestrate.report.writing import write_report
from orchestrate.summary import ending_of

TRACEBACK = "traceback.txt"

Told = Callable[[StepName, str], None]
"""Told what becomes of a step, in a sentence."""


class Night:
    """A night under way."""

    def __init__(self, scene: Scene, books: Books, told: Told) -> None:
        self._scene = scene
        self._books = books
        self._told = told

    def spend(self) -> ExitCode:
        """Make every step that is due; what ends it early is a machine that is not fit, or a person."""
        *work, report = STEPS
        name = work[0]
        try:
            for name in work:
                if not self._goes_through(name):
                    break
            code = self._closes(*course.final(self._books.record.steps))
            self._goes_through(report)
        except BaseException as error:
            self._closes(exit_code(error), name, explain(error))
            raise
        if self._books.record.step(report).state == "failed":
            code = self._closes(*course.final(self._books.record.steps))
        return code

    def _goes_through(self, name: StepName) -> bool:
        """Make a step, or tell why not; False: nothing can come after it."""
        record, scene = self._books.record, self._scene
        if why := course.left_out(name, record, scene.asked, passed=scene.passed):
            # What an earlier life made is still there, and may be asked for again.
            if record.step(name).state != "done":
                self._books.skips(name, why)
            self._told(name, f"left out: {why}")
            return True
        step, inputs = record.step(name), steps.inputs(name, scene)
        if course.stands(step, inputs, self._hashes_now(step.outputs)):
            self._told(name, f"stands: {step.reason}")
            return True
        self._books.begins(name, inputs)
        self._told(name, "begins")
        came = self._make(name, goes_on=dict(step.inputs) == inputs)
        self._told(name, f"{came.state}: {came.reason}")
        return name != "preflight" or came.state == "done"

    def _make(self, name: StepName, *, goes_on: bool) -> Came:
        """Make a step; what goes wrong in it is what it came to."""
        began = time.monotonic()
        came = Came(code=ExitCode.INTERRUPTED, reason="Interrupted; --resume goes on.")
        try:
            with interruptible():
                came = self._work(name, goes_on=goes_on)
        except Exception as error:  # noqa: BLE001 - one step that fails must not cost the others and the report
            came = Came(code=exit_code(error), reason=explain(error) or type(error).__name__)
            if came.code is ExitCode.FAILED:
                self._keep_traceback(error)
        finally:
            self._books.ends(name, came, seconds=time.monotonic() - began)
        return came

    def _work(self, name: StepName, *, goes_on: bool) -> Came:
        scene = self._scene
        work: Mapping[StepName, Callable[[], Came]] = {
            "preflight": lambda: examined(scene),
            "eval": lambda: steps.measured(scene, self._books.record),
            "train": lambda: steps.trained(scene, goes_on=goes_on),
            "gate": lambda: steps.judged(scene),
            "score": lambda: steps.scored(scene),
            "verify": lambda: steps.proven(scene),
            "report": self._reported,
        }
        return work[name]()

    def _reported(self) -> Came:
        path = write_report(self._scene.folder)
        return Came(code=ExitCode.OK, reason=f"{path}", outputs={REPORT: disk.digest_file(path)})

    def _closes(self, code: ExitCode, phase: StepName, reason: str) -> ExitCode:
        """Write down how the night ended, in our words and in the owner's."""
        self._books.closes(ending_of(code, phase=phase, reason=reason, run=self._scene.folder / EVAL))
        write_summary(self._scene.folder, self._books.record)
        return code

    def _hashes_now(self, outputs: Mapping[str, str]) -> dict[str, str | None]:
        places = {name: self._scene.folder / name for name in outputs}
        return {name: disk.digest_file(place) if place.is_file() else None for name, place in places.items()}

    def _keep_traceback(self, error: Exception) -> None:
        """Keep what a person needs to report an error that we did not expect."""
        text = "".join(traceback.format_exception(error))
        disk.replace_file(self._scene.folder / TRACEBACK, text.encode())
