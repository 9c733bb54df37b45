"""The course of a night: which step is made, which stands already, which must be left out. Pure."""

from collections.abc import Mapping, Sequence

from orchestrate.exit_codes import ExitCode
from orchestrate.night.asked import Asked
from orchestrate.night.record import NightRecord, Step, StepName

REPEATED: frozenset[StepName] = frozenset({"preflight", "report"})
"""Made in every life: a machine changes, and a report tells how it stands now."""
_BUILDS_ON: Mapping[StepName, StepName] = {
    "train": "eval",
    "gate": "train",
    "score": "train",
    "verify": "score",
}
"""The gate may let one pack through and not the other, so it does not stop the scores."""


def left_out(name: StepName, night: NightRecord, asked: Asked, *, passed: Sequence[str]) -> str | None:
    """Tell why a step is not made; None: it is. `passed` names the packs that the gate let through."""
    if {"eval": asked.train_only, "train": asked.eval_only, "verify": asked.skip_verify}.get(name):
        return "it was not asked for"
    if name not in _BUILDS_ON:
        return None
    before = night.step(_BUILDS_ON[name])
    if before.state == "failed":
        return f"{before.name} failed"
    if before.state == "skipped" and before.name != "eval":
        return f"{before.name} was left out"
    return "no pack passed the gate" if name == "score" and not passed else None


def stands(step: Step, inputs: Mapping[str, str], found: Mapping[str, str | None]) -> bool:
    """Whether what a step made is proven to be there: made whole, of the same, and not touched since.

    `found` tells the hashes that its outputs have now; None: it is gone.
    """
    if step.name in REPEATED or (step.state, step.code) != ("done", ExitCode.OK.name):
        return False
    return dict(step.inputs) == dict(inputs) and dict(step.outputs) == dict(found)


def final(steps: Sequence[Step]) -> tuple[ExitCode, StepName, str]:
    """Tell how a night ended: by what first failed, else by what first was not done for all."""
    told = [step for step in steps if step.code is not None]
    failed = next((step for step in told if step.state == "failed"), None)
    incomplete = next((step for step in told if step.code != ExitCode.OK.name), None)
    if first := failed or incomplete:
        return ExitCode[first.code or ""], first.name, first.reason
    return ExitCode.OK, steps[-1].name, "Everything that was asked for is done."
