"""A journal counted in one go."""

from collections.abc import Iterator

import pytest

from harvest.records import Audio, JournalLine, RecordError
from harvest.records.text import read_line
from orchestrate.report.tally import Tally, count
from tests.orchestrate.report.nights import BEGAN_MS, fault, line


def counted(*lines: bytes) -> Tally:
    """Count lines as they stand in a file."""

    def read() -> Iterator[JournalLine | RecordError]:
        return (read_line(each, source="eval.jsonl") for each in lines)

    return count(read())


def test_each_pair_counts_once_however_often_it_was_seen() -> None:
    """At the moment of its first sample; its latest is what is shown."""
    tally = counted(line(1, at_s=0), line(2, at_s=5), line(1, at_s=9, repeat=1))
    assert tally.samples == 3
    assert [(at - BEGAN_MS) / 1000 for at in tally.moments["starter"]] == [0, 5]
    assert tally.rows == {("starter", 1): 2, ("starter", 2): 1}
    assert len(tally.latest("luma_mean")) == 2
    assert len(tally.latest("flashes_per_second")) == 0


def test_silence_lasts_until_something_is_heard() -> None:
    """From the first silent visit to the next sample with sound, whatever breaks in between."""
    tally = counted(
        line(1, at_s=0),
        fault("audio-silent", at_s=10),
        fault("page-crash", at_s=20),
        fault("audio-silent", at_s=30),
        line(2, at_s=100),
        fault("audio-silent", at_s=200),
    )
    assert [(each.seconds, each.visits, each.is_over) for each in tally.spells] == [
        (90, 2, True),
        (0, 1, False),
    ]


def test_a_sample_without_a_sound_is_silence() -> None:
    """Though it was written as a sample."""
    quiet = line(1, at_s=0, audio=Audio(source="click", rms=0.0, peak=0.0))
    tally = counted(quiet, line(2, at_s=60))
    assert [each.seconds for each in tally.spells] == [60]


def test_two_visits_tell_the_noise() -> None:
    """Equal ones agree wholly; without a second visit nothing can be said."""
    once = [line(pair, at_s=pair) for pair in range(20)]
    twice = [line(pair, at_s=50 + pair, repeat=1) for pair in range(20)]
    assert counted(*once).noise is None
    noise = counted(*once, *twice).noise
    assert noise is not None
    assert noise.pairs == 20
    assert noise.correlations["motion"] == pytest.approx(1)


def test_a_torn_end_is_told_from_a_broken_line() -> None:
    """A kill leaves half a line at the end; anything else in between was written by nobody we know."""
    torn = counted(line(1, at_s=0), line(2, at_s=1)[:50])
    assert (torn.broken, torn.is_torn) == (1, True)
    broken = counted(b"{}\n", line(2, at_s=1))
    assert (broken.broken, broken.is_torn) == (1, False)
    assert "eval.jsonl" in broken.broken_lines[0]


def test_what_does_not_prove_its_pair_is_no_coverage() -> None:
    """Another pair stood there after the measurement than before."""
    changed = line(1, at_s=0).replace(b'"after":{"fgUrl":"/fg.milk"', b'"after":{"fgUrl":"/other.milk"')
    tally = counted(changed)
    assert (tally.samples, tally.unproven, dict(tally.moments)) == (1, 1, {})


def test_time_lost_is_counted_by_fault() -> None:
    """In seconds."""
    tally = counted(fault("gpu-lost", at_s=0, lost_s=2.5), fault("gpu-lost", at_s=1, lost_s=1.5))
    assert tally.lost["gpu-lost"] == 4
    assert tally.fault_count["gpu-lost"] == 2
