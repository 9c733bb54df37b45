"""Our page, served from a loopback port."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

PAGE = Path(__file__).parents[1] / "vendor_web" / "dist"


class PageMissingError(Exception):
    """The page has not been built."""


@asynccontextmanager
async def serving(root: Path = PAGE, *, port: int = 0) -> AsyncGenerator[str]:
    """Serve the built page and yield its address; port 0 takes a free one."""
    if not (root / "index.html").is_file():
        raise PageMissingError("The page is not built: run `python3 bootstrap.py setup`.")
    application = web.Application()

    async def index(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(root / "index.html")

    application.router.add_get("/", index)
    application.router.add_static("/", root)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        host, bound_port = runner.addresses[0][:2]
        yield f"http://{host}:{bound_port}/"
    finally:
        await runner.cleanup()
