"""Quarantine: who is held back, for which presets, and what is remembered."""

import threading
from pathlib import Path

import pytest
from packs_on_disk import some_pairs, write_manifest, write_pack

from harvest.packs import disk
from harvest.packs.manifest import Pack, open_pack
from harvest.packs.problem import PackError
from harvest.packs.publish import drafting
from harvest.packs.quarantine import (
    QUARANTINE,
    Entry,
    Quarantine,
    Release,
    active,
    add,
    allowed,
    examine_quarantine,
    hashes,
    holding,
    read_quarantine,
    release,
    update,
)
from harvest.records import RecordError, to_json

EMPTY = Quarantine(pack="demo")
ENDING = Release(at="2026-11-22T08:00:00.000Z", by="a person", why="new engine")


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    """A pack of three pairs."""
    return open_pack(write_pack(tmp_path, "demo", some_pairs(3)))


def entry(pack: Pack, number: int) -> Entry:
    """What a night would say of a pair that hung the engine."""
    fg_hash, bg_hash = hashes(pack, number)
    return Entry(
        pair=number,
        fg_hash=fg_hash,
        bg_hash=bg_hash,
        reason="preset-stuck",
        evidence="no frame for 10 s, three times",
        run="20261121T033000-abcd",
        at="2026-11-21T03:30:00.000Z",
        by="harvest overnight",
    )


def numbers(pack: Pack, quarantine: Quarantine) -> list[int]:
    """The pairs that a plan may visit."""
    return [pair.pair for pair in allowed(pack, quarantine)]


def test_a_plan_leaves_out_what_is_held_and_nothing_else(pack: Pack) -> None:
    """Held: not allowed; released: allowed again; the order is the manifest's."""
    held = add(EMPTY, entry(pack, 1))
    assert numbers(pack, EMPTY) == [0, 1, 2]
    assert numbers(pack, held) == [0, 2]
    assert numbers(pack, release(held, 1, ENDING)) == [0, 1, 2]


def test_an_entry_holds_for_its_presets_not_for_a_number(pack: Pack) -> None:
    """In a pack made anew the number means other presets, which have done nothing wrong."""
    held = add(EMPTY, entry(pack, 1))
    write_pack(pack.folder.parent, "demo", {**some_pairs(3), 1: (b"another", b"pair")})
    assert numbers(open_pack(pack.folder), held) == [0, 1, 2]
    assert holding(pack, held) == active(held)
    assert holding(open_pack(pack.folder), held) == []


def test_history_stays(pack: Pack) -> None:
    """A released entry keeps its evidence and tells who let the pair go; the pair can be held again."""
    held = add(release(add(EMPTY, entry(pack, 1)), 1, ENDING), entry(pack, 1))
    assert [past.released for past in held.entries] == [ENDING, None]
    assert active(held) == [held.entries[1]]
    assert numbers(pack, held) == [0, 2]


def test_what_makes_no_sense_is_refused(pack: Pack) -> None:
    """Held twice, released unheld, or no such pair: one sentence each."""
    held = add(EMPTY, entry(pack, 1))
    with pytest.raises(PackError, match="Pair 1 of demo is in quarantine already, since 2026-11-21"):
        add(held, entry(pack, 1))
    with pytest.raises(PackError, match="Pair 2 of demo is not in quarantine"):
        release(held, 2, ENDING)
    with pytest.raises(PackError, match="Pack demo has no pair 9 whose presets can be read"):
        hashes(pack, 9)


def test_a_pack_without_a_quarantine_holds_nothing(pack: Pack) -> None:
    """No file is no entries."""
    assert read_quarantine(pack.folder) == EMPTY


def test_what_is_written_is_read_again(pack: Pack) -> None:
    """The file keeps every entry, and keys of a later version too."""
    written = update(pack.folder, lambda held: add(held, entry(pack, 1)))
    assert read_quarantine(pack.folder) == written
    later = written.model_copy(update={"mood": "calm"})
    disk.replace_file(pack.folder / QUARANTINE, to_json(later))
    assert b'"mood": "calm"' in (pack.folder / QUARANTINE).read_bytes()
    update(pack.folder, lambda held: release(held, 1, ENDING))
    assert b'"mood": "calm"' in (pack.folder / QUARANTINE).read_bytes()


def test_a_quarantine_that_cannot_be_understood_holds_up_the_plan(pack: Pack) -> None:
    """Rather no night than one that shows what should be held back; and nothing is written over it."""
    write_manifest(pack.folder, {"version": "v0", "pack": "demo", "entries": [{"pair": 1}]}, QUARANTINE)
    before = (pack.folder / QUARANTINE).read_bytes()
    with pytest.raises(RecordError, match="fgHash: found nothing, expected this key"):
        read_quarantine(pack.folder)
    with pytest.raises(RecordError):
        update(pack.folder, lambda held: add(held, entry(pack, 2)))
    assert (pack.folder / QUARANTINE).read_bytes() == before


def test_writers_wait_for_each_other(pack: Pack) -> None:
    """Two runs that hold back a pair at once both succeed; the second sees what the first wrote."""
    inside, go_on = threading.Event(), threading.Event()

    def slowly(held: Quarantine) -> Quarantine:
        inside.set()
        assert go_on.wait(10)
        return add(held, entry(pack, 1))

    def at_once(held: Quarantine) -> Quarantine:
        return add(held, entry(pack, 2))

    first = threading.Thread(target=update, args=(pack.folder, slowly))
    second = threading.Thread(target=update, args=(pack.folder, at_once))
    first.start()
    assert inside.wait(10)
    second.start()
    go_on.set()
    first.join()
    second.join()
    assert [held.pair for held in active(read_quarantine(pack.folder))] == [1, 2]


def test_a_pair_can_be_held_back_while_a_sync_runs(pack: Pack) -> None:
    """A night does not wait for somebody's copying."""
    with drafting(pack.folder):
        update(pack.folder, lambda held: add(held, entry(pack, 1)))
    assert numbers(pack, read_quarantine(pack.folder)) == [0, 2]


@pytest.mark.parametrize("broken", ["write_draft", "flush", "move"])
def test_a_write_that_fails_leaves_the_file_as_it_was(
    pack: Pack, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk the old entries stay, and no draft is left lying about."""
    update(pack.folder, lambda held: add(held, entry(pack, 1)))
    before = (pack.folder / QUARANTINE).read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, broken, fail)
    with pytest.raises(OSError, match="No space"):
        update(pack.folder, lambda held: add(held, entry(pack, 2)))
    assert (pack.folder / QUARANTINE).read_bytes() == before
    assert not list(pack.folder.glob("*.draft"))


def test_what_is_wrong_with_a_quarantine_is_told_with_its_path(pack: Pack) -> None:
    """One that cannot be read is an error; one of another pack is read, with a warning."""
    path = pack.folder / QUARANTINE
    path.write_bytes(b"{ half")
    held, (problem,) = examine_quarantine(pack.folder)
    assert (held, problem.severity, problem.file) == (None, "error", str(path))
    disk.replace_file(path, to_json(Quarantine(pack="another")))
    held, (problem,) = examine_quarantine(pack.folder)
    assert held == Quarantine(pack="another")
    assert (problem.severity, problem.found) == ("warning", '"another"')
    path.unlink()
    path.mkdir()
    assert "a folder, not a file" in str(examine_quarantine(pack.folder)[1])
