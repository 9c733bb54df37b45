"""What a night tells of itself beforehand."""

from pathlib import Path

from harvest.account import META
from orchestrate.night import estimate
from orchestrate.night.asked import Asked
from orchestrate.night.estimate import Rate
from orchestrate.night.preflight import judge_elite, judge_room
from tests.train.material import generated


def test_pairs_aimed_at_are_counted_by_pack(tmp_path: Path) -> None:
    """A share of each, and never more than is asked for of all."""
    packs = {name: generated(tmp_path / name, 10) for name in ("a", "b")}
    assert estimate.visits(packs, Asked(target_coverage=0.75)) == {"a": 8, "b": 8}
    assert estimate.visits(packs, Asked(target_coverage=1, max_pairs=13)) == {"a": 10, "b": 3}


def test_how_long_it_takes_is_told_by_earlier_runs_or_not_at_all(tmp_path: Path) -> None:
    """No run, no promise; a damaged one tells nothing."""
    assert "not known" in estimate.spelled(Asked(), 3000, estimate.rate(tmp_path, "stepped"))
    broken = tmp_path / "coupled-eval" / "one" / META
    broken.parent.mkdir(parents=True)
    broken.write_text("{", encoding="utf-8")
    assert estimate.rate(tmp_path, "stepped") is None
    known = Rate(per_minute=50, run=Path("one"))
    assert estimate.spelled(Asked(), 3000, known).startswith("about 1:00:00, at 50 pairs a minute")
    assert estimate.spelled(Asked(max_hours=0.5), 3000, known).endswith("stopped after 0.5 h")


def test_room_for_the_whole_night_is_asked_for_before_it_begins() -> None:
    """Three thousand pairs fit into a gigabyte, a hundred thousand do not."""
    assert judge_room(1 << 30, pairs=3_000).state == "ok"
    full = judge_room(1 << 30, pairs=100_000)
    assert (full.state, bool(full.mend)) == ("missing", True)


def test_a_list_of_scored_pairs_that_names_none_is_no_list() -> None:
    """Some entries that cannot be used are told; if none can, the night does not begin."""
    assert judge_elite(200, []).state == "ok"
    assert judge_elite(199, ["entry 3: no file"]).state == "warning"
    assert judge_elite(0, ["entry 3: no file"]).state == "missing"
