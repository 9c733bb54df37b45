"""Records of nights, for tests."""

from packs_on_disk import AT

from harvest.records.moment import timestamp
from orchestrate.exit_codes import ExitCode
from orchestrate.night.record import STEPS, NightRecord, Step, StepName


def night(**steps: Step) -> NightRecord:
    """Make a record in which these steps have come to something."""
    return NightRecord(
        kind="night.v0",
        stamp="night",
        command="overnight",
        started_at=timestamp(AT),
        finished_at=None,
        lives=(timestamp(AT),),
        packs=("a", "b"),
        asked={},
        steps=tuple(steps.get(name, Step(name=name)) for name in STEPS),
        versions={},
    )


def done(name: StepName) -> Step:
    """Make a step that came to its end."""
    return Step(name=name, state="done", code="OK", inputs={"a": "1"}, outputs={"file": "2"})


def failed(name: StepName, code: ExitCode = ExitCode.NOT_PASSED) -> Step:
    """Make a step that failed."""
    return Step(name=name, state="failed", code=code.name, reason=f"{name} broke")
