"""What stands below the five answers: everything that they rest on. Pure, but for the pictures."""

from collections.abc import Sequence

from orchestrate.report.blocks import Section
from orchestrate.report.facts import Facts
from orchestrate.report.sections import learning, measuring, pictures

__all__ = ["sections"]


def sections(facts: Facts) -> Sequence[Section]:
    """Build them, in their order."""
    return (
        *measuring.steps(facts),
        measuring.coverage(facts),
        measuring.rate(facts),
        measuring.faults(facts),
        measuring.figures(facts),
        learning.quality(facts),
        learning.gate(facts),
        learning.history(facts),
        learning.picks(facts),
        measuring.reasons(facts),
        measuring.quarantine(facts),
        pictures.section(facts),
    )
