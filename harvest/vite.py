"""Vite, serving the page of a newliveweb checkout: proven to serve, logged, started again, ended with us."""

import asyncio
import os
import shutil
import socket
import subprocess
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import aiohttp
import psutil

from harvest.bounded_log import BoundedLog
from harvest.browser import processes
from harvest.deadline import OverdueError, to_the_end, within
from harvest.server import ServerError, answers

LOG = "vite.log"
PORTS = range(5174, 5224)
"""Those that newliveweb's own tools use."""
READY_S = 90.0
"""newliveweb's own limit: a first start bundles all its libraries."""

_HOST = "127.0.0.1"
_TETHER = Path(__file__).with_name("tether.mjs")
_LOOK_AGAIN_S = 0.1
_END_S = 5.0
_CHUNK = 1 << 16
_LAST_WORDS = 2000


class _PortTakenError(ServerError):
    """Another program took the port after we had found it free."""


@dataclass(frozen=True, kw_only=True)
class ViteCommand:
    """How the Vite of a checkout is started: by Node itself, since shells and npx differ between systems."""

    node: str
    script: Path
    checkout: Path

    def arguments(self, port: int) -> list[str]:
        """Give the command line; the port is this one or none."""
        own = (self.node, str(_TETHER), str(self.script))
        return [*own, "--host", _HOST, "--port", str(port), "--strictPort", "--clearScreen", "false"]


def find_vite(checkout: Path) -> ViteCommand:
    """Look for what is needed to serve a checkout's page; an error says what is missing."""
    script = checkout.absolute() / "node_modules" / "vite" / "bin" / "vite.js"
    if not (checkout / "index.html").is_file():
        raise ServerError(f"{checkout} is no checkout of newliveweb: it has no index.html.")
    if not script.is_file():
        raise ServerError(f"{checkout} has no Vite yet: run `npm ci` in {checkout}.")
    node = shutil.which("node")
    if node is None:
        raise ServerError("Vite needs Node.js, and there is no `node` on the PATH.")
    return ViteCommand(node=node, script=script, checkout=checkout.absolute())


def free_ports(ports: Sequence[int] = PORTS) -> Iterator[int]:
    """Find ports that nobody uses: on Windows one address may be free where all together are not."""
    return (port for port in ports if _can_bind(_HOST, port) and _can_bind("", port))


def _can_bind(host: str, port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Give Vite what newliveweb's tools give it; no colours in the log, no browser opened by itself."""
    return {**ours, "NW_VERIFY": "1", "VITE_NW_VERIFY": "1", "NO_COLOR": "1", "BROWSER": "none"}


@asynccontextmanager
async def vite_server(
    checkout: Path, folder: Path, *, ports: Sequence[int] = PORTS, ready_s: float = READY_S
) -> AsyncGenerator["ViteServer"]:
    """Serve a checkout's page; `vite.log` lies in `folder`."""
    command = find_vite(checkout)
    with BoundedLog(folder / LOG) as log:
        server = ViteServer(command, log, ready_s=ready_s)
        try:
            await server.open(ports)
            yield server
        finally:
            await to_the_end(server.close())


class ViteServer:
    """Vite at one port, whichever of its processes that is."""

    def __init__(self, command: ViteCommand, log: BoundedLog, *, ready_s: float) -> None:
        self._command = command
        self._log = log
        self._ready_s = ready_s
        self._port = 0
        self._vite: _Vite | None = None

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{_HOST}:{self._port}/"

    async def open(self, ports: Sequence[int]) -> None:
        """Start it at the first port that is free."""
        for port in free_ports(ports):
            self._port = port
            with suppress(_PortTakenError):  # by a program that was started when we were
                return await self._start()
        raise ServerError(f"None of the ports that Vite may use is free: {_listed(ports)}.")

    async def answers(self) -> bool:
        """Whether the page can be had now."""
        return self._vite is not None and self._vite.alive and await answers(self.url)

    async def revive(self) -> str:
        """End what is left of it, and start it again at its port."""
        alive = self._vite is not None and self._vite.alive
        await self._start()
        return f"started Vite again, which {'did not answer' if alive else 'had ended'}"

    async def close(self) -> None:
        """End it and all that it started."""
        if self._vite is not None:
            vite, self._vite = self._vite, None
            await vite.end()

    async def _start(self) -> None:
        await to_the_end(self.close())
        arguments = self._command.arguments(self._port)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._log.write(f"[harvest] {now} starts {' '.join(arguments)}\n".encode())
        process = await asyncio.create_subprocess_exec(
            *arguments,
            cwd=self._command.checkout,
            env=environment(os.environ),
            stdin=PIPE,  # never written to: see tether.mjs
            stdout=PIPE,
            stderr=STDOUT,
            start_new_session=True,  # Ctrl-C is for us: Vite ends when the browser no longer needs it
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # the same, on Windows
        )
        self._vite = _Vite(process, self._log)
        try:
            await within(self._ready_s, "Vite", self._vite.serves(self._port))
        except OverdueError as error:
            raise ServerError(f"{error}. {self._vite.last_words()}") from None


class _Vite:
    """One process of Vite's, with those that it started."""

    def __init__(self, process: Process, log: BoundedLog) -> None:
        self._process = process
        self._seen = processes.find(process.pid)
        self._said = b""
        self._listener = asyncio.create_task(self._listen(log), name="Vite's log")

    @property
    def alive(self) -> bool:
        """Whether it still runs; asyncio knows of an end a tenth of a second later."""
        return self._seen is not None and processes.alive(self._seen)

    def last_words(self) -> str:
        """Quote the end of what it wrote."""
        said = self._said.decode(errors="replace").strip()
        return f"The last that it wrote:\n{said}" if said else "It wrote nothing."

    async def serves(self, port: int) -> None:
        """Wait until it gives out the page, it and no other; raise if it ends instead."""
        url = f"http://{_HOST}:{port}/"
        while not (self._listens_at(port) and await answers(url, ask=_is_vite)):
            if not self.alive:
                raise await self._ended(port)
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def end(self) -> None:
        """End all of its processes."""
        await asyncio.to_thread(processes.kill, self._family(), wait_s=_END_S)
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._wait_end()
        self._listener.cancel()

    async def _listen(self, log: BoundedLog) -> None:
        assert self._process.stdout is not None
        while text := await self._process.stdout.read(_CHUNK):
            log.write(text)
            self._said = (self._said + text)[-_LAST_WORDS:]

    def _listens_at(self, port: int) -> bool:
        """Whether the port is this process's: two that start at once both find it free, and one answers."""
        try:
            sockets = self._seen.net_connections("tcp") if self._seen else []
        except psutil.NoSuchProcess:
            return False
        except (psutil.Error, OSError):
            return True  # where we may not look, an answer has to do
        return any(
            each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == port for each in sockets
        )

    async def _wait_end(self) -> None:
        await asyncio.wait({self._listener}, timeout=_END_S)
        with suppress(OverdueError):  # somebody whom it started, and who has outlived it, holds its output
            await within(_END_S, "Vite", self._process.wait())

    async def _ended(self, port: int) -> ServerError:
        await self._wait_end()
        if f"Port {port} is already in use".encode() in self._said:
            return _PortTakenError(f"Port {port} is used by another program.")
        code = self._process.returncode
        return ServerError(f"Vite ended with code {code} instead of serving the page. {self.last_words()}")

    def _family(self) -> list[psutil.Process]:
        if self._seen is None:
            return []
        with suppress(psutil.NoSuchProcess):
            return [self._seen, *self._seen.children(recursive=True)]
        return []


async def _is_vite(client: aiohttp.ClientSession, url: str) -> bool:
    async with client.get(url) as page:
        if page.status != HTTPStatus.OK:
            return False
        if "/@vite/client" in await page.text(errors="replace"):
            return True
    async with client.get(f"{url}@vite/client") as script:
        return script.status == HTTPStatus.OK


def _listed(ports: Sequence[int]) -> str:
    return f"{ports[0]} to {ports[-1]}" if ports else "none was named"
