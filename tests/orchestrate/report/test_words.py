"""Both languages say the same."""

from string import Formatter
from typing import get_args

import pytest

from harvest.faults import BrowserFault
from harvest.records import FaultName, Figures
from orchestrate.report.dictionary import LABELS, NOUNS, SENTENCES
from orchestrate.report.words import counted, label, listed, say, share, span


def _holes(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", SENTENCES)
def test_a_sentence_has_the_same_holes_in_both_languages(key: str) -> None:
    """Nothing is told in one of them only."""
    en, zh = SENTENCES[key]
    assert _holes(en) == _holes(zh)


def test_every_fault_and_every_figure_has_a_name() -> None:
    """In both languages, and none is left over."""
    faults = {name for each in get_args(FaultName) for name in get_args(each) or (each,)}
    assert set(get_args(BrowserFault)) <= faults <= set(LABELS["fault"])
    assert set(LABELS["figure"]) == set(Figures.model_fields)


def test_what_nobody_knows_stays_as_it_is() -> None:
    """A flaw of tomorrow is still shown."""
    assert label("flaw", "sparkling").zh == "sparkling"


def test_a_value_may_be_a_sentence_itself() -> None:
    """It comes in the language of the sentence around it; its braces are its own."""
    said = say("times", name=label("fault", "page-crash"), times=3)
    assert said.en == "page-crash 3"
    assert said.zh == f"{LABELS['fault']['page-crash'][1]} 3 次"
    assert say("finished.pack_unseen", pack="{pack}").en == "{pack}: not one pair was seen."


def test_numbers_are_spelled() -> None:
    """One is no plural; what is not whole is not called whole."""
    assert counted(1, "pair").en == "1 pair"
    assert counted(2000, "pair").en == "2,000 pairs"
    assert set(NOUNS) == {"pair", "fault", "spell", "visit", "line", "thing"}
    assert (share(1), share(0.9999), share(0.25)) == ("100 %", "99.9 %", "25 %")
    assert (span(2.34), span(3723)) == ("2.3 s", "1:02:03")
    assert listed(["a", "b"]).en == "a, b"
