"""The owner's music is found where the owner's own tools find it, and never looked for further."""

import os
import wave
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest
from built_page import preset
from packs_on_disk import write_pack

from harvest.audio import TrackError, choose_track
from harvest.browser.keeper import Keeper
from harvest.browser.watch import WatchedPage
from harvest.config import BrowserConfig
from harvest.packs.manifest import open_pack
from harvest.page.driven import Measurement, PageError
from harvest.page.stepped import Audio, Request, Size, SteppedPage, patient
from harvest.serve import track_url
from harvest.server import own_server


def deaf(sentence: str) -> None:
    """Nothing is to be told."""
    pytest.fail(sentence)


def music(path: Path) -> Path:
    """A file that looks like music."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"sound")
    return path


def test_a_file_wins_over_a_folder(tmp_path: Path) -> None:
    """It is taken as it was named; without either there is none."""
    named, other = music(tmp_path / "named.FLAC"), music(tmp_path / "folder" / "a.mp3")
    assert choose_track(named, other.parent, told=deaf) == named
    assert choose_track(None, other.parent, told=deaf) == other
    assert choose_track(None, None, told=deaf) is None


def test_a_file_that_is_no_music_is_refused(tmp_path: Path) -> None:
    """One sentence says which file, and what is wrong with it."""
    (tmp_path / "folder.mp3").mkdir()
    (tmp_path / "empty.mp3").touch()
    for name, why in (
        ("absent.mp3", r"There is no file .*absent\.mp3"),
        ("folder.mp3", r"There is no file .*folder\.mp3"),
        ("empty.mp3", r"empty\.mp3 is empty"),
        (music(tmp_path / "film.mp4").name, "one of aac, flac, m4a, mp3, ogg, wav"),
        (music(tmp_path / "mp3").name, "one of aac"),
    ):
        with pytest.raises(TrackError, match=why):
            choose_track(tmp_path / name, None, told=deaf)


def test_the_first_file_of_a_folder_is_the_first_by_name(tmp_path: Path) -> None:
    """Whatever order the disk gives; hidden files, other files and folders do not count."""
    for name in ("b.mp3", "C.ogg", "A.wav", ".hidden.mp3", "._A.wav", "0.txt", "00"):
        music(tmp_path / name)
    (tmp_path / "0.mp3").mkdir()
    assert choose_track(None, tmp_path, told=deaf) == tmp_path / "A.wav"


def test_sub_folders_come_after_the_folder_itself_and_by_name(tmp_path: Path) -> None:
    """The first one that has music has the track; nothing deeper is looked at."""
    music(tmp_path / "a" / "deeper" / "1.mp3")
    music(tmp_path / ".hidden" / "1.mp3")
    music(tmp_path / "C" / "2.mp3")
    found = music(tmp_path / "b" / "9.mp3")
    assert choose_track(None, tmp_path, told=deaf) == found
    top = music(tmp_path / "z.m4a")
    assert choose_track(None, tmp_path, told=deaf) == top


def test_a_folder_without_music_has_none(tmp_path: Path) -> None:
    """It is no error: a run has a track of its own. A folder that is not there is one."""
    (tmp_path / "a").mkdir()
    assert choose_track(None, tmp_path, told=deaf) is None
    with pytest.raises(TrackError, match="absent of music cannot be looked into"):
        choose_track(None, tmp_path / "absent", told=deaf)


@pytest.fixture
def scanned(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every folder that is looked into; one named `locked` cannot be."""
    looked: list[Path] = []
    scandir = os.scandir

    def scan(folder: Path) -> AbstractContextManager[Iterator["os.DirEntry[str]"]]:
        looked.append(folder)
        if folder.name == "locked":
            raise PermissionError(13, "Permission denied", str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", scan)
    return looked


def test_at_most_80_sub_folders_are_looked_into(tmp_path: Path, scanned: list[Path]) -> None:
    """The first 80 by name, each once; music in the next is not found."""
    for number in range(100):
        (tmp_path / f"{number:03}").mkdir()
    music(tmp_path / "080" / "1.mp3")
    assert choose_track(None, tmp_path, told=deaf) is None
    assert scanned[2:] == [tmp_path / f"{number:03}" for number in range(80)]
    found = music(tmp_path / "079" / "1.mp3")
    assert choose_track(None, tmp_path, told=deaf) == found


def test_a_sub_folder_that_cannot_be_looked_into_is_told_and_passed_over(
    tmp_path: Path, scanned: list[Path]
) -> None:
    """The next one may have music."""
    (tmp_path / "locked").mkdir()
    found = music(tmp_path / "next" / "1.mp3")
    told: list[str] = []
    assert choose_track(None, tmp_path, told=told.append) == found
    assert told == [f"{tmp_path / 'locked'} cannot be looked into for music: Permission denied."]
    assert tmp_path / "locked" in scanned


SECONDS_OF_SILENCE, AMPLITUDE = 1.0, 0.5
QUICK = Request(
    from_second=0.8, warmup_frames=2, frames=12, size=Size(width=96, height=54), thumbnail_frame=None
)
"""From 0.2 s before the sound begins to 0.2 s after."""


def write_tone(path: Path) -> None:
    """A second of silence, then a tone; the bytes of a WAV, whatever the file is called."""
    times = np.arange(2 * 44_100) / 44_100
    tone = np.where(times < SECONDS_OF_SILENCE, 0, AMPLITUDE * np.sin(2 * np.pi * 440 * times))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 44_100, 0, "NONE", ""))
        file.writeframes((32_767 * tone).astype("<i2").tobytes())


async def blank(_watched: WatchedPage) -> None:
    """A page that is opened later."""


async def test_the_chosen_track_is_what_presets_hear(browser_config: BrowserConfig, tmp_path: Path) -> None:
    """Frame by frame, in a real browser; a file that is no music fails with its name, and harms nothing."""
    pack = open_pack(write_pack(tmp_path / "presets", "demo", {1: (preset("1"), preset("0"))}))
    good, bad = tmp_path / "A 100% B#c.wav", tmp_path / "bad.mp3"
    write_tone(good)
    bad.write_bytes(np.random.default_rng(1).bytes(20_000))
    heard: dict[Path | None, np.ndarray] = {}
    async with Keeper(patient(browser_config), blank) as keeper:
        for track in (good, bad, None):
            async with own_server(presets=tmp_path / "presets", track=track) as server:
                audio = Audio(kind="url", url=track_url(track)) if track else Audio()
                page = SteppedPage(server.url, QUICK.model_copy(update={"audio": audio}))
                await page.open(keeper.page)
                measuring = page.measure(keeper.page, pack, pack.manifest.pairs[0])
                if track == bad:
                    with pytest.raises(PageError, match=r"/track/bad\.mp3 is no sound that this browser can"):
                        await measuring
                    continue
                shot = await measuring
                assert isinstance(shot, Measurement)
                heard[track] = shot.footage.rms
    assert heard[good][:4].max() < 0.001
    assert heard[good][-4:] == pytest.approx(AMPLITUDE / np.sqrt(2), rel=0.1)
    assert not np.allclose(heard[good], heard[None], atol=0.01)
