"""The loop, its journal and its books at full speed: a page that draws nothing, and all that goes wrong."""

import errno
import os
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

import pytest
from looker import Looker
from packs_on_disk import some_pairs, write_pack
from simulated import Answer, SimulatedKeeper, SimulatedPage, SimulatedServer, simulated

from harvest import run as running
from harvest import session
from harvest.account import META, SUMMARY
from harvest.browser import ownership
from harvest.browser.keeper import Repair, UnrepairableError
from harvest.config import BrowserConfig
from harvest.deadline import OverdueError
from harvest.faults import BrowserFault
from harvest.journal import JOURNAL, Journal, open_journal, read_journal, writer_of
from harvest.packs.problem import PackError
from harvest.packs.quarantine import read_quarantine
from harvest.page.driven import PageError, Refused
from harvest.plan import Walk
from harvest.records import Fault, Record, RecordError, RunMeta, Sample, read
from harvest.records.meta import RunAudio
from harvest.run import Reached, RunRequest, holds_run, open_packs, run

PAIRS = 6


@pytest.fixture
def presets(tmp_path: Path) -> Path:
    """A folder with a pack of six pairs."""
    write_pack(tmp_path / "presets", "demo", some_pairs(PAIRS))
    return tmp_path / "presets"


def asked(
    folder: Path,
    presets: Path,
    page: SimulatedPage | None = None,
    server: SimulatedServer | None = None,
    **walk: float,
) -> RunRequest:
    """A run over the pack."""
    return RunRequest(
        packs=open_packs(["demo"], presets),
        folder=folder,
        walk=Walk(seed=1, **walk),  # pyright: ignore[reportArgumentType] - numbers as the test gives them
        venue=simulated(page or SimulatedPage(), server),
        audio=RunAudio(require_audio=True, mode="click"),
        versions={},
        at=datetime(2026, 11, 21, 3, 0, tzinfo=UTC),
    )


async def go(request: RunRequest) -> Reached:
    """Run it."""
    return await run(request, Looker(), lambda _outcome: None)


def lines(folder: Path) -> tuple[list[Sample], list[Fault]]:
    """What the journal holds; every line can be read."""
    kept = list(read_journal(folder))
    assert not [line for line in kept if isinstance(line, RecordError)]
    return [x for x in kept if isinstance(x, Sample)], [x for x in kept if isinstance(x, Fault)]


def each_once(samples: Sequence[Sample], pairs: int = PAIRS) -> bool:
    """Whether every pair has one sample."""
    return Counter(sample.pair for sample in samples) == Counter(range(pairs))


async def test_one_folder_holds_one_run(presets: Path, tmp_path: Path) -> None:
    """Samples of another seed are of another make."""
    request = asked(tmp_path / "run", presets, max_pairs=1)
    await go(request)
    with pytest.raises(PackError, match="seed 1, not 2"):
        await go(replace(request, walk=Walk(seed=2)))


async def test_a_pack_made_anew_is_measured_anew(presets: Path, tmp_path: Path) -> None:
    """What was measured of other presets says nothing about those that bear the number now."""
    await go(asked(tmp_path / "run", presets))
    file = presets / "demo" / "bg" / "1.milk"
    file.write_bytes(file.read_bytes() + b"\n// another look\n")
    reached = await go(asked(tmp_path / "run", presets))
    samples, _ = lines(tmp_path / "run")
    assert Counter(sample.pair for sample in samples) == Counter([*range(PAIRS), 1])
    assert reached.coverage["demo"].covered == PAIRS


async def test_a_visit_that_the_machine_slept_through_is_repeated(
    presets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was measured meanwhile is no sample."""

    async def sleepy(told: Callable[[str, str], None]) -> None:
        told("machine-slept", "an hour")

    monkeypatch.setattr(running, "watch_clocks", sleepy)
    await go(asked(tmp_path / "run", presets))
    samples, faults = lines(tmp_path / "run")
    assert Counter(sample.pair for sample in samples) == Counter(range(PAIRS))
    assert [(fault.name, fault.evidence) for fault in faults] == [("machine-slept", "an hour")]


async def test_a_full_disk_is_waited_for(
    presets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said aloud, recorded, and nothing is lost."""
    append, refusals = Journal.append, [errno.ENOSPC] * 2

    def full(journal: Journal, record: Record) -> None:
        if refusals:
            raise OSError(refusals.pop(), "No space left on device", "eval.jsonl")
        append(journal, record)

    monkeypatch.setattr(Journal, "append", full)
    monkeypatch.setattr(session, "_FULL_DISK_S", 0.01)
    looker = Looker()
    await run(asked(tmp_path / "run", presets), looker, lambda _outcome: None)
    samples, faults = lines(tmp_path / "run")
    assert Counter(sample.pair for sample in samples) == Counter(range(PAIRS))
    assert [fault.name for fault in faults] == ["disk-full"]
    assert looker.said == ["The disk is full: eval.jsonl."] * 2


# What goes wrong in the page


async def test_the_page_is_loaded_anew_now_and_then(presets: Path, tmp_path: Path) -> None:
    """As often as is asked; that it was loaded is told by the context of the samples, and is no fault."""
    await go(replace(asked(tmp_path / "run", presets), reload_every=2))
    samples, faults = lines(tmp_path / "run")
    assert [sample.evidence and sample.evidence.context_generation for sample in samples] == [
        0,
        0,
        1,
        1,
        2,
        2,
    ]
    assert not faults


async def test_a_browser_that_cannot_be_replaced_at_once_ends_nothing(
    presets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loading the page anew fails once: a fault of no pair, mended, and the run goes on to its end."""
    repair, failures = SimulatedKeeper.repair, [UnrepairableError("nothing helped")]

    async def failing_once(keeper: SimulatedKeeper, fault: BrowserFault) -> Repair:
        if failures:
            raise failures.pop()
        return await repair(keeper, fault)

    monkeypatch.setattr(SimulatedKeeper, "repair", failing_once)
    await go(replace(asked(tmp_path / "run", presets), reload_every=4))
    samples, faults = lines(tmp_path / "run")
    assert each_once(samples)
    assert [(fault.name, fault.pair) for fault in faults] == [("browser-gone", None)]


async def test_silence_is_mended_step_by_step_and_never_recorded(presets: Path, tmp_path: Path) -> None:
    """What the page can do, then a new browser; then all over again; a sample ends the spell."""
    page = SimulatedPage(silent=4)
    await go(asked(tmp_path / "run", presets, page))
    samples, faults = lines(tmp_path / "run")
    assert each_once(samples)
    assert page.mended == [1, 2, 3, 1]
    assert [(fault.name, fault.remedy) for fault in faults] == [
        ("audio-silent", "resume"),
        ("audio-silent", "reload"),
        ("audio-silent", "reload"),  # by the keeper, of the browser
        ("audio-silent", "resume"),
    ]


async def test_a_server_that_went_away_is_no_presets_doing(presets: Path, tmp_path: Path) -> None:
    """The page can only say that it could not show the pair; we look who is to blame, and bring it back."""
    server = SimulatedServer(is_there=False)
    page = SimulatedPage(answers=[Refused(fault="preset-abort", evidence="the server does not answer")])
    await go(asked(tmp_path / "run", presets, page, server))
    samples, (fault,) = lines(tmp_path / "run")
    assert each_once(samples)
    assert (fault.name, fault.remedy) == ("server-gone", "started again, reload")


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (OverdueError("measuring", 60), "page-stuck"),
        (PageError("a script failed", "preset-abort"), "preset-abort"),
        (Refused(fault="pair-not-shown", evidence="it did not come"), "pair-not-shown"),
    ],
)
async def test_what_fails_each_time_is_held_back(
    presets: Path, tmp_path: Path, answer: Refused | Exception, name: str
) -> None:
    """Five times in a row, at the end of the pass; then it is in quarantine, and the others have samples."""
    page = SimulatedPage()
    request = asked(tmp_path / "run", presets, page)
    measure, victim = page.measure, 3

    async def stubborn(watched: Any, pack: Any, pair: Any) -> Any:
        if pair.pair == victim:
            page.answers.insert(0, answer)
        return await measure(watched, pack, pair)

    with patch.object(page, "measure", stubborn):
        reached = await go(request)
    samples, faults = lines(tmp_path / "run")
    assert {sample.pair for sample in samples} == set(range(PAIRS)) - {victim}
    assert [(fault.name, fault.pair) for fault in faults] == [(name, victim)] * 5
    assert [entry.pair for entry in read_quarantine(presets / "demo").entries] == [victim]
    assert reached.left == {"demo": 0}


async def test_faults_in_a_row_are_met_with_patience(
    presets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said aloud, and the night goes on."""
    monkeypatch.setattr(session, "_LONGEST_WAIT_S", 0.0)
    looker = Looker()
    await run(asked(tmp_path / "run", presets, SimulatedPage(silent=8)), looker, lambda _outcome: None)
    samples, _ = lines(tmp_path / "run")
    assert each_once(samples)
    assert [said.split(",")[0] for said in looker.said] == [f"{n} faults in a row" for n in (6, 7, 8)]


async def test_presets_that_are_not_there_did_nothing_wrong(
    presets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drive that was unplugged: waited for, nothing held back, and all tried again the next time."""
    monkeypatch.setattr(session, "_LONGEST_WAIT_S", 0.0)
    gone: list[Answer] = [Refused(fault="preset-missing", evidence="the server says 404")]
    page, looker = SimulatedPage(answers=gone * 5 * PAIRS), Looker()
    await run(asked(tmp_path / "run", presets, page), looker, lambda _outcome: None)
    samples, faults = lines(tmp_path / "run")
    assert (samples, len(faults)) == ([], 5 * PAIRS)
    assert any("faults in a row, the last preset-missing" in said for said in looker.said)
    assert read_quarantine(presets / "demo").entries == ()
    await go(asked(tmp_path / "run", presets))
    samples, _ = lines(tmp_path / "run")
    assert each_once(samples)


# What goes on, and what does not


async def test_how_it_ended_is_not_lost_over_writing_it_down(presets: Path, tmp_path: Path) -> None:
    """The error that ended the run is the one that is told; of an earlier ending nothing is left."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / SUMMARY).write_text("of an earlier ending")

    def ended(_outcome: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", SUMMARY)

    page, looker = SimulatedPage(answers=[RuntimeError("the one")]), Looker()
    with pytest.raises(RuntimeError, match="the one"):
        await run(asked(tmp_path / "run", presets, page), looker, ended)
    assert "No space left" in looker.said[-1]
    assert not (tmp_path / "run" / SUMMARY).exists()


async def test_what_is_no_meta_is_put_aside(presets: Path, tmp_path: Path) -> None:
    """That is said; the journal says what counts."""
    await go(asked(tmp_path / "run", presets, target_coverage=0.5))
    (tmp_path / "run" / META).write_bytes(b"{")
    looker = Looker()
    await run(asked(tmp_path / "run", presets), looker, lambda _outcome: None)
    samples, _ = lines(tmp_path / "run")
    assert each_once(samples)
    assert "meta.json was damaged" in looker.said[0]
    assert (tmp_path / "run" / "meta.damaged.json").read_bytes() == b"{"
    assert read(tmp_path / "run" / META, RunMeta).finished_at is not None


async def test_a_run_goes_on_with_its_own_packs(presets: Path, tmp_path: Path) -> None:
    """Or its meta would not tell what its journal holds."""
    await go(asked(tmp_path / "run", presets))
    write_pack(presets, "other", some_pairs(1))
    other = replace(asked(tmp_path / "run", presets), packs=open_packs(["other"], presets))
    with pytest.raises(PackError, match="has samples of demo"):
        await go(other)


async def test_where_nothing_is_due_no_browser_is_opened(presets: Path, tmp_path: Path) -> None:
    """A finished run that is resumed ends at once, and still knows what it was drawn by."""
    await go(asked(tmp_path / "run", presets))
    looker = Looker()
    await run(asked(tmp_path / "run", presets), looker, lambda _outcome: None)
    runtime = read(tmp_path / "run" / META, RunMeta).runtime
    assert looker.phases == []
    assert runtime is not None
    assert runtime.webgl is not None


async def test_whoever_looks_touches_nothing(presets: Path, tmp_path: Path) -> None:
    """A look at a run that nobody writes finds nobody, and leaves no file."""
    await go(asked(tmp_path / "run", presets))
    (tmp_path / "run" / "eval.lock").unlink(missing_ok=True)
    before = sorted((tmp_path / "run").iterdir())
    assert writer_of(tmp_path / "run") is None
    assert sorted((tmp_path / "run").iterdir()) == before
    with open_journal(tmp_path / "run", run="mine"):
        assert "run mine" in (writer_of(tmp_path / "run") or "")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """Opening it might wait for ever."""
    (tmp_path / JOURNAL).mkdir()
    with pytest.raises(OSError, match="a folder, not a file"), open_journal(tmp_path, run="r"):
        pass
    with pytest.raises(OSError, match="a folder, not a file"):
        list(read_journal(tmp_path))


# What goes wrong on the disk


@contextmanager
def failing(at: int, code: int) -> Generator[Callable[[], int]]:
    """Let the write, flush or rename of this number fail, counted from 0; tell how many there were."""
    calls = 0

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls - 1 == at:
                raise OSError(code, os.strerror(code), "somewhere")
            return real(*args, **kwargs)

        return call

    with (
        patch.object(os, "write", counted(os.write)),
        patch.object(os, "fsync", counted(Mock())),
        patch.object(os, "replace", counted(os.replace)),
        patch.object(Path, "write_bytes", counted(Path.write_bytes)),
    ):
        yield lambda: calls


WRITTEN = 10
"""Pairs; fifty took two minutes, and found no more."""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pack, and no waiting for a full disk."""
    write_pack(tmp_path / "presets", "demo", some_pairs(WRITTEN))
    monkeypatch.setattr(session, "_FULL_DISK_S", 0.0)
    return tmp_path / "presets"


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
async def test_no_write_that_fails_loses_a_record(written: Path, tmp_path: Path, code: int) -> None:
    """Each write, flush and rename of a run fails in turn: what was told stays."""
    with failing(-1, code) as count:
        await go(asked(tmp_path / "calm", written))
    assert count() > 3 * WRITTEN
    for at in range(count()):
        folder = tmp_path / f"run{at}"
        told: list[object] = []
        with failing(at, code), suppress(OSError):
            await run(asked(folder, written), Looker(told.append), lambda _outcome: None)
        if holds_run(folder):
            kept, _ = lines(folder)
            seen = [line for line in told if isinstance(line, Sample)]
            assert kept[: len(seen)] == seen
        await go(asked(folder, written))
        samples, _ = lines(folder)
        assert each_once(samples, WRITTEN), at


async def test_no_cut_loses_an_earlier_record(written: Path, tmp_path: Path) -> None:
    """Anywhere in the last three lines; what is lost is measured again, and no two lines are glued."""
    await go(asked(tmp_path / "calm", written))
    whole = (tmp_path / "calm" / JOURNAL).read_bytes()
    begin = sum(map(len, whole.splitlines(keepends=True)[:-3]))
    for cut in range(begin, len(whole), 97):
        folder = tmp_path / f"cut{cut}"
        folder.mkdir()
        (folder / JOURNAL).write_bytes(whole[:cut])
        await go(asked(folder, written))
        assert (folder / JOURNAL).read_bytes().startswith(whole[:begin])
        samples, _ = lines(folder)
        assert each_once(samples, WRITTEN), cut


async def test_a_browser_that_an_earlier_run_left_is_ended(presets: Path, tmp_path: Path) -> None:
    """Killed runs leave one now and then: it would share the GPU with us all night."""
    claim = ownership.claim(tmp_path / "browsers")
    claim.lock.release(force=True)
    request = asked(tmp_path / "run", presets)
    venue = replace(request.venue, browser=BrowserConfig(profiles=tmp_path / "browsers"))
    looker = Looker()
    await run(replace(request, venue=venue), looker, lambda _outcome: None)
    assert not claim.folder.exists()
    assert [said for said in looker.said if claim.token in said and "was ended" in said]
