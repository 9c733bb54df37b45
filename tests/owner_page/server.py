"""Serves the imitation as Vite serves newliveweb: what is not there is the page, and all is well."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from loopback import answering

PAGE = Path(__file__).parent
LIBRARY = b"[preset00]\nwave_r=0\nwave_g=0\nwave_b=1\n"


@asynccontextmanager
async def serving_owner_page(presets: Path, *, other_manifest: bool = False) -> AsyncGenerator[str]:
    """Serve page and packs; on demand with its pairs in another order than on the disk."""

    async def answer(request: web.Request) -> web.StreamResponse:
        path = request.path
        if path == "/presets/library.milk":
            return web.Response(body=LIBRARY)
        if path.startswith("/presets/"):
            file = presets / path.removeprefix("/presets/")
        else:
            file = PAGE / path.removeprefix("/")
        if not file.is_file():
            return web.FileResponse(PAGE / "index.html")
        if other_manifest and path.endswith("pairs-manifest.v0.json"):
            manifest = json.loads(file.read_bytes())
            return web.json_response(manifest | {"pairs": manifest["pairs"][::-1]})
        return web.FileResponse(file)

    async with answering(answer) as url:
        yield url
