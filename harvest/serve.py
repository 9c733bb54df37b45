"""Our page, and the packs it plays, served from a loopback port."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from harvest.packs.manifest import MANIFEST, QUALITY

PAGE = Path(__file__).parents[1] / "vendor_web" / "dist"

RUNTIME = "/projectm-runtime"

_LOCAL = {"127.0.0.1", "localhost"}


class PageMissingError(Exception):
    """The page has not been built."""


@asynccontextmanager
async def serving(
    root: Path = PAGE, *, presets: Path | None = None, checkout: Path | None = None, port: int = 0
) -> AsyncGenerator[str]:
    """Serve the built page; port 0 takes a free one.

    A folder of packs becomes `/presets`, and the projectM of a newliveweb checkout `/projectm-runtime`.
    """
    if not (root / "index.html").is_file():
        raise PageMissingError("The page is not built: run `python3 bootstrap.py setup`.")
    if checkout and not (checkout / "public" / "projectm-runtime" / "projectm.js").is_file():
        raise PageMissingError(f"{checkout} has no public/projectm-runtime/projectm.js: is it newliveweb?")
    runner = web.AppRunner(_application(root, presets, checkout), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        host, bound_port = runner.addresses[0][:2]
        yield f"http://{host}:{bound_port}/"
    finally:
        await runner.cleanup()


def _application(root: Path, presets: Path | None, checkout: Path | None) -> web.Application:
    async def index(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(root / "index.html")

    async def packs(_request: web.Request) -> web.Response:
        return web.json_response(packs_in(presets))

    async def quality(request: web.Request) -> web.StreamResponse:
        scores = _within(presets, request.match_info["pack"], QUALITY)
        # A pack without scores is nothing wrong: the browser would put a 404 among the page's errors.
        return web.FileResponse(scores) if scores else web.Response(status=204)

    application = web.Application(middlewares=[_local_only])
    application.router.add_get("/", index)
    application.router.add_get("/presets/packs.json", packs)
    application.router.add_get(f"/presets/{{pack}}/{QUALITY}", quality)
    if presets and presets.is_dir():
        application.router.add_static("/presets", presets)
    if checkout:
        application.router.add_static(RUNTIME, checkout / "public" / "projectm-runtime")
    application.router.add_static("/", root)
    return application


@web.middleware
async def _local_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer nobody who calls us by another name: a foreign page may make its own name lead here."""
    if request.host.partition(":")[0] not in _LOCAL:
        raise web.HTTPForbidden(text="harvest serves this machine only.")
    return await handler(request)


def packs_in(presets: Path | None) -> list[str]:
    """Name the packs that the page can open."""
    if presets is None or not presets.is_dir():
        return []
    return sorted(entry.name for entry in presets.iterdir() if (entry / MANIFEST).is_file())


def _within(presets: Path | None, pack: str, name: str) -> Path | None:
    """Find a file of a pack; the name of a pack leads nowhere else."""
    if presets is None or pack not in packs_in(presets):
        return None
    file = presets / pack / name
    return file if file.is_file() else None
