"""From facts to five answers, in the order in which a person asks in the morning. Pure: no file, no clock."""

from collections.abc import Sequence

from orchestrate.report.facts import Facts
from orchestrate.report.findings import finished, model, now, page, trust
from orchestrate.report.findings.answer import Answer

__all__ = ["Answer", "answers"]


def answers(facts: Facts) -> Sequence[Answer]:
    """Give the five, each a verdict with what it rests on."""
    found = [finished.answer(facts), trust.answer(facts), model.answer(facts), page.answer(facts)]
    return (*found, now.answer(facts, found))
