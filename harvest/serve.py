"""Our page, and the packs it plays, served from a loopback port."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path, PurePath
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler

from harvest.audio import CONTENT_TYPES
from harvest.deadline import to_the_end
from harvest.packs import disk, urls
from harvest.packs.manifest import MANIFEST, QUALITY

PAGE = Path(__file__).parents[1] / "vendor_web" / "dist"

RUNTIME = "/projectm-runtime"

_SERVED = ("*.milk", "pairs-manifest*.json", "pairs-quality*.json", "library-manifest*.json")
"""What a page needs of a pack; the truth about generated pairs, say, is none of its business."""
_LOCAL = {"127.0.0.1", "localhost"}
_LAST_WORDS_S = 1.0
"""For answers under way when we close: a browser that stopped reading would hold us for ever."""


class PageMissingError(Exception):
    """The page has not been built."""


@asynccontextmanager
async def serving(
    root: Path = PAGE,
    *,
    presets: Path | None = None,
    checkout: Path | None = None,
    track: Path | None = None,
    port: int = 0,
) -> AsyncGenerator[str]:
    """Serve the built page; port 0 takes a free one.

    A folder of packs becomes `/presets`, the projectM of a newliveweb checkout `/projectm-runtime`; a file of
    music is served at its `track_url`.
    """
    if not (root / "index.html").is_file():
        raise PageMissingError("The page is not built: run `python3 bootstrap.py setup`.")
    if checkout and not (checkout / "public" / "projectm-runtime" / "projectm.js").is_file():
        raise PageMissingError(f"{checkout} has no public/projectm-runtime/projectm.js: is it newliveweb?")
    application = _application(root, presets, checkout, track)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_LAST_WORDS_S)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await to_the_end(site.start())  # cancelled in its last step, it would listen and nobody know it
        host, bound_port = runner.addresses[0][:2]
        yield f"http://{host}:{bound_port}/"
    finally:
        await to_the_end(runner.cleanup())


def _application(
    root: Path, presets: Path | None, checkout: Path | None, track: Path | None
) -> web.Application:
    async def index(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(root / "index.html")

    async def packs(_request: web.Request) -> web.Response:
        return web.json_response(packs_in(presets))

    async def preset(request: web.Request) -> web.StreamResponse:
        file = _file(presets, request.match_info["path"])
        if file is not None:
            return web.FileResponse(file)
        # A pack without scores is nothing wrong: the browser would put a 404 among the page's errors.
        raise web.HTTPNoContent if request.path.endswith(f"/{QUALITY}") else web.HTTPNotFound

    async def music(request: web.Request) -> web.FileResponse:
        if track is None or request.match_info["name"] != track.name:
            raise web.HTTPNotFound
        return web.FileResponse(track, headers={"Content-Type": CONTENT_TYPES[track.suffix.lower()]})

    application = web.Application(middlewares=[_local_only])
    application.on_response_prepare.append(_guard)
    application.router.add_get("/", index)
    application.router.add_get("/presets/packs.json", packs)
    application.router.add_get("/presets/{path:.+}", preset)
    application.router.add_get("/track/{name}", music)
    if checkout:
        application.router.add_static(RUNTIME, checkout / "public" / "projectm-runtime")
    application.router.add_static("/", root)
    return application


@web.middleware
async def _local_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer nobody who calls us by another name: a foreign page may make its own name lead here."""
    if request.host.partition(":")[0] not in _LOCAL:
        raise web.HTTPForbidden(text="harvest serves this machine only.")
    try:
        return await handler(request)
    except OSError as error:
        # A name that no file system takes is the name of no file.
        raise web.HTTPNotFound from error


async def _guard(_request: web.Request, response: web.StreamResponse) -> None:
    """Let no other page frame ours, nor take its files for what they are not."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "frame-ancestors 'none'"


def track_url(track: Path) -> str:
    """Give the address, on our page's server, of the file of music that is served."""
    return f"/track/{quote(track.name)}"


def packs_in(presets: Path | None) -> list[str]:
    """Name the packs that the page can open."""
    if presets is None or not presets.is_dir():
        return []
    return sorted(entry.name for entry in presets.iterdir() if (entry / MANIFEST).is_file())


def _file(presets: Path | None, path: str) -> Path | None:
    """Find a preset or manifest by its address; links may lead to another disk, but not out of the pack."""
    pack, *inner = path.split("/")
    if presets is None or not inner or any(map(urls.name_complaint, (pack, *inner))):
        return None
    if not any(PurePath(inner[-1].lower()).match(served) for served in _SERVED):  # `A.MILK` is a preset
        return None
    file = presets / path
    return file if file.is_file() and disk.inside(file, presets / pack) else None
