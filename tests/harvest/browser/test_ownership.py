"""Clean-up ends what is ours and stale, and can end nothing else."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from harvest.browser import executable, ownership, processes
from harvest.browser.ownership import Claim, OwnerRecord
from harvest.config import BrowserConfig

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start programs that end with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def run(*command: str) -> subprocess.Popen[bytes]:
        program = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        started.append(program)
        return program

    yield run
    for program in started:
        with contextlib.suppress(psutil.NoSuchProcess):
            children = psutil.Process(program.pid).children(recursive=True)
            processes.kill([*children, psutil.Process(program.pid)], wait_s=5)
        program.wait()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of browsers."""
    return tmp_path / "browsers"


def abandon(claim: Claim) -> None:
    """Make it look as if the harvest that made this claim had died: with it goes its lock."""
    claim.lock.release(force=True)


def members(claim: Claim) -> list[psutil.Process]:
    """The claim's own browser processes."""
    record = ownership.read(claim.folder)
    return list(ownership.users(claim, record).ours) if record is not None else []


def chromium(profile: Path | str, *arguments: str) -> list[str]:
    """Command line of a real headless browser."""
    program = executable.find()
    assert program is not None
    switches = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync")
    quiet = ("--disable-background-networking", "--disable-component-update")
    return [str(program), *switches, *quiet, *arguments, f"--user-data-dir={profile}", "about:blank"]


def wait_until(true: Callable[[], bool]) -> None:
    """Wait until something outside has come about."""
    give_up = time.monotonic() + 20
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.05)


def wait_for_tree(claim: Claim) -> None:
    """Wait until the browser has brought up its children."""
    wait_until(lambda: len(members(claim)) > 2)


def test_an_abandoned_browser_is_ended_with_its_whole_tree(root: Path, start: Start) -> None:
    """A browser whose harvest has died is stale: every process goes, and so does its profile."""
    claim = ownership.claim(root)
    browser = start(*chromium(claim.profile, f"--harvest-run={claim.token}"))
    wait_for_tree(claim)
    abandon(claim)
    (finding,) = ownership.survey(root)
    assert finding.state == "stale"
    cleaned = ownership.clean(finding)
    assert not cleaned.survivors
    assert cleaned.folder_removed
    browser.wait(5)
    assert members(claim) == []


def test_a_browser_in_use_is_left_alone(root: Path, start: Start) -> None:
    """While the harvest that owns it runs, a browser is not touched, and asking for it is refused."""
    claim = ownership.claim(root)
    browser = start(*chromium(claim.profile, f"--harvest-run={claim.token}"))
    wait_for_tree(claim)
    (finding,) = ownership.survey(root)
    assert finding.state == "in use"
    with pytest.raises(ValueError, match="in use"):
        ownership.clean(finding)
    assert browser.poll() is None


@pytest.mark.parametrize(
    ("profile", "marker"),
    [
        ("elsewhere", "--harvest-run={token}"),
        ("{token}/profile-2", "--harvest-run={token}"),
        ("{token}0/profile", "--harvest-run={token}0"),
        ("{token}/profile/..", "--harvest-run={token}"),
    ],
    ids=["our token elsewhere", "a neighbouring profile", "a longer token", "a folder above"],
)
def test_a_foreign_browser_with_similar_arguments_survives(
    root: Path, start: Start, profile: str, marker: str
) -> None:
    """A Chromium that carries anything but exactly our token on exactly our profile lives on."""
    claim = ownership.claim(root)
    foreign_profile = f"{root}/{profile.format(token=claim.token)}"
    foreign = start(*chromium(foreign_profile, marker.format(token=claim.token)))
    wait_until(lambda: len(psutil.Process(foreign.pid).children(recursive=True)) > 1)
    abandon(claim)
    (finding,) = [found for found in ownership.survey(root) if found.claim == claim]
    assert list(finding.members) == []
    ownership.clean(finding)
    assert foreign.poll() is None


def test_a_profile_that_a_person_opened_is_left_alone(root: Path, start: Start) -> None:
    """A browser started by hand on a leftover profile keeps the profile, its own processes and its life."""
    claim = ownership.claim(root)
    person = start(*chromium(claim.profile))
    record = ownership.read(claim.folder)
    assert record is not None
    wait_until(lambda: len(ownership.users(claim, record).foreign) > 0)
    abandon(claim)
    (finding,) = ownership.survey(root)
    assert finding.state == "unproven"
    assert list(finding.members) == []
    assert person.poll() is None


@pytest.mark.parametrize(
    "arguments",
    [
        ("--harvest-run={token}", "--user-data-dir={profile}"),
        ("--harvest-run={token} --user-data-dir={profile}",),
        ("--type=renderer", "--user-data-dir={profile}"),
        ("--user-data-dir={profile}",),
    ],
    ids=["our command line", "quoted", "as a child", "profile alone"],
)
def test_a_program_that_is_no_browser_survives(root: Path, start: Start, arguments: tuple[str, ...]) -> None:
    """Whatever its arguments say, a program that is not the browser is not touched and hinders nothing."""
    claim = ownership.claim(root)
    ours = start(*chromium(claim.profile, f"--harvest-run={claim.token}"))
    wait_for_tree(claim)
    copied = [text.format(token=claim.token, profile=claim.profile) for text in arguments]
    program = start(sys.executable, "-c", "import time; time.sleep(60)", *copied)
    abandon(claim)
    (finding,) = ownership.survey(root)
    assert finding.state == "stale"
    assert ownership.clean(finding).folder_removed
    ours.wait(5)
    assert program.poll() is None


def test_a_recycled_pid_is_somebody_else(root: Path, start: Start) -> None:
    """An owner's pid that another program has by now makes nobody alive, and the program lives on."""
    claim = ownership.claim(root)
    program = start(sys.executable, "-c", "import time; time.sleep(60)")
    record = OwnerRecord(token=claim.token, owner_pid=program.pid)
    (claim.folder / "owner.json").write_text(record.model_dump_json(), encoding="utf-8")
    abandon(claim)
    (finding,) = ownership.survey(root)
    assert finding.state == "stale"
    assert ownership.clean(finding).folder_removed
    assert program.poll() is None


def test_a_living_harvest_is_seen_from_any_other_process(root: Path) -> None:
    """A lock that another process holds says so, whatever clocks and pids say."""
    script = """
import pathlib, sys
from harvest.browser import ownership
claim = ownership.claim(pathlib.Path(sys.argv[1]))
print(claim.token, flush=True)
sys.stdin.read()
"""
    command = [sys.executable, "-c", script, str(root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        token = other.stdout.readline().strip()
        (finding,) = ownership.survey(root)
        assert (finding.claim.token, finding.state) == (token, "in use")
        other.kill()
        other.wait()
        (finding,) = ownership.survey(root)
        assert finding.state == "stale"


def test_a_profile_whose_name_has_blanks_is_recognised_whole(root: Path, start: Start) -> None:
    """Children that write their command line as one string are ours too when the path has blanks."""
    claim = ownership.claim(root / "two words")
    start(*chromium(claim.profile, f"--harvest-run={claim.token}"))
    wait_for_tree(claim)
    assert ownership.end(claim, wait_s=10) == []
    assert not claim.folder.exists()


def test_a_relative_root_is_as_good_as_a_full_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The profile's path is the one that the browser's command line will name."""
    monkeypatch.chdir(tmp_path)
    claim = ownership.claim(Path("browsers"))
    assert claim.profile.is_absolute()
    assert BrowserConfig(profiles=Path("browsers")).profiles == tmp_path / "browsers"


def test_a_dead_profile_lock_is_no_obstacle(root: Path) -> None:
    """A profile still locked by a browser that died is removed with its folder."""
    claim = ownership.claim(root)
    lock = claim.profile / "SingletonLock"
    if os.name == "nt":
        lock.touch()
    else:
        lock.symlink_to("somewhere-4194305")
    abandon(claim)
    (finding,) = ownership.survey(root)
    assert ownership.clean(finding).folder_removed
    assert list(root.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", '{"token": "another", "owner_pid": 1}', "null", " " * 100_000])
def test_a_folder_without_a_trustworthy_record_is_left_alone(root: Path, text: str) -> None:
    """No record, no right: a folder that proves nothing is reported and kept."""
    claim = ownership.claim(root)
    (claim.folder / "owner.json").write_text(text, encoding="utf-8")
    abandon(claim)
    (finding,) = ownership.survey(root)
    assert finding.state == "unproven"
    with pytest.raises(ValueError, match="unproven"):
        ownership.clean(finding)
    assert claim.folder.is_dir()


def test_other_peoples_files_under_the_root_are_ignored(root: Path, tmp_path: Path) -> None:
    """Files and links under the root are not ours to follow."""
    root.mkdir()
    (root / "notes.txt").write_text("mine", encoding="utf-8")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if os.name != "nt":
        (root / "link").symlink_to(elsewhere, target_is_directory=True)
    assert ownership.survey(root) == []


def test_nothing_is_surveyed_where_nothing_is(tmp_path: Path) -> None:
    """A root that does not exist holds no browsers."""
    assert ownership.survey(tmp_path / "absent") == []


def test_a_folder_half_removed_is_still_proven(root: Path) -> None:
    """The record outlives the profile, so that a removal that was cut short can be finished."""
    claim = ownership.claim(root)
    abandon(claim)
    claim.profile.rmdir()
    (finding,) = ownership.survey(root)
    assert ownership.clean(finding).folder_removed


def test_a_zombie_and_a_dead_process_are_not_alive(start: Start) -> None:
    """A process is alive until it has ended, also when nobody has taken it off the list yet."""
    program = start(sys.executable, "-c", "import time; time.sleep(60)")
    process = processes.find(program.pid)
    assert process is not None
    assert processes.alive(process)
    program.kill()
    wait_until(lambda: not processes.alive(process))
    assert processes.find(2**22 + 1) is None
