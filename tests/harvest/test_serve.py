"""Our page is served from a loopback port."""

import asyncio
import os
import socket
from pathlib import Path

import aiohttp
import pytest
from packs_on_disk import some_pairs, write_pack
from yarl import URL

from harvest.serve import PageMissingError, serving, track_url


async def test_the_page_and_its_files_are_served_from_loopback(tmp_path: Path) -> None:
    """The address opens the page; its files come with the right content type; nothing outside is reached."""
    (tmp_path / "index.html").write_text("<p>page", encoding="utf-8")
    (tmp_path / "main.js").write_text("1", encoding="utf-8")
    async with serving(tmp_path) as url, aiohttp.ClientSession() as client:
        assert url.startswith("http://127.0.0.1:")
        async with client.get(url) as answer:
            assert await answer.text() == "<p>page"
        async with client.get(f"{url}main.js") as answer:
            assert answer.content_type in ("text/javascript", "application/javascript")
        for outside in ("absent.js", "../conftest.py", "%2e%2e/%2e%2e/etc/passwd"):
            async with client.get(f"{url}{outside}") as answer:
                assert answer.status in (403, 404)


async def test_two_servers_never_share_a_port(tmp_path: Path) -> None:
    """Each server takes a port of its own; a taken one is refused."""
    (tmp_path / "index.html").touch()
    async with serving(tmp_path) as first, serving(tmp_path) as second:
        assert first != second
        taken = int(first.rstrip("/").rpartition(":")[2])
        with pytest.raises(OSError, match="address already in use"):
            async with serving(tmp_path, port=taken):
                pass


async def test_a_page_that_is_not_built_is_said_so(tmp_path: Path) -> None:
    """Without a build the error names the command that builds it."""
    with pytest.raises(PageMissingError, match="bootstrap"):
        async with serving(tmp_path):
            pass


async def test_packs_are_served_where_newliveweb_has_them(tmp_path: Path) -> None:
    """They are listed by name; scores that are missing are no error; names lead nowhere else."""
    page, presets = tmp_path / "page", tmp_path / "presets"
    write_pack(presets, "demo", some_pairs(1))
    write_pack(presets, "scored", some_pairs(1))
    (presets / "scored" / "pairs-quality.v0.json").write_text("{}", encoding="utf-8")
    (presets / "demo" / "fg" / "OLD~1.MILk").write_text("old", encoding="utf-8")
    (presets / "empty").mkdir()
    page.mkdir()
    (page / "index.html").touch()
    async with serving(page, presets=presets) as url, aiohttp.ClientSession() as client:

        async def get(path: str) -> tuple[int, str]:
            async with client.get(URL(f"{url}presets/{path}", encoded=True)) as answer:
                return answer.status, await answer.text()

        assert await get("packs.json") == (200, '["demo", "scored"]')
        assert (await get("demo/pairs-manifest.v0.json"))[0] == 200
        assert await get("demo/pairs-quality.v0.json") == (204, "")
        assert await get("scored/pairs-quality.v0.json") == (200, "{}")
        assert await get("demo/fg/OLD~1.MILk") == (200, "old")
        assert (await get("demo/fg/absent.milk"))[0] == 404
        assert (await get("%2e%2e/pairs-quality.v0.json"))[0] in (204, 403, 404)
        assert (await get("demo/%2e%2e/%2e%2e/page/index.html"))[0] in (403, 404)
        assert (await get(f"demo/fg/{'a' * 7000}.milk"))[0] == 404
        assert (await get("demo/truth.jsonl"))[0] == 404


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
async def test_links_lead_to_another_disk_but_not_out_of_the_pack(tmp_path: Path) -> None:
    """A pack may lie elsewhere; a file in it that is a link to anything else is not there."""
    page = tmp_path / "page"
    page.mkdir()
    (page / "index.html").touch()
    elsewhere = write_pack(tmp_path / "disk", "demo", some_pairs(1))
    (tmp_path / "secret.json").write_text("secret", encoding="utf-8")
    (elsewhere / "pairs-quality.v0.json").symlink_to(tmp_path / "secret.json")
    presets = tmp_path / "presets"
    presets.mkdir()
    (presets / "demo").symlink_to(elsewhere)
    async with serving(page, presets=presets) as url, aiohttp.ClientSession() as client:
        async with client.get(f"{url}presets/demo/fg/0.milk") as answer:
            assert answer.status == 200
        async with client.get(f"{url}presets/demo/pairs-quality.v0.json") as answer:
            assert answer.status == 204


async def test_only_this_machine_is_answered(tmp_path: Path) -> None:
    """A name that a foreign page made lead here gets nothing; both names of this machine get the page."""
    (tmp_path / "index.html").write_text("page", encoding="utf-8")
    async with serving(tmp_path) as url, aiohttp.ClientSession() as client:
        port = URL(url).port
        for host, status in ((f"127.0.0.1:{port}", 200), (f"localhost:{port}", 200), ("evil.example", 403)):
            async with client.get(url, headers={"Host": host}) as answer:
                assert answer.status == status


async def test_the_projectm_of_a_checkout_is_served(tmp_path: Path) -> None:
    """From where newliveweb keeps it; a folder that is no newliveweb is told."""
    page, checkout = tmp_path / "page", tmp_path / "newliveweb"
    page.mkdir()
    (page / "index.html").touch()
    with pytest.raises(PageMissingError, match="is it newliveweb"):
        async with serving(page, checkout=checkout):
            pass
    (checkout / "public" / "projectm-runtime").mkdir(parents=True)
    (checkout / "public" / "projectm-runtime" / "projectm.js").write_text("runtime", encoding="utf-8")
    async with (
        serving(page, checkout=checkout) as url,
        aiohttp.ClientSession() as client,
        client.get(f"{url}projectm-runtime/projectm.js") as answer,
    ):
        assert await answer.text() == "runtime"


async def test_a_track_is_served_and_nothing_beside_it(tmp_path: Path) -> None:
    """Whole or in ranges, with a type that does not depend on this machine; one that is gone is not found."""
    page, track = tmp_path / "page", tmp_path / "music" / "A 100% B#c.M4A"
    for folder in (page, track.parent):
        folder.mkdir()
    (page / "index.html").touch()
    track.write_bytes(b"0123456789")
    (track.parent / "other.mp3").write_bytes(b"other")
    async with serving(page, track=track) as base, aiohttp.ClientSession(base) as client:
        url = URL(track_url(track), encoded=True)
        async with client.get(url) as answer:
            assert (answer.content_type, await answer.read()) == ("audio/mp4", b"0123456789")
        async with client.get(url, headers={"Range": "bytes=3-5"}) as answer:
            assert (answer.status, await answer.read()) == (206, b"345")
        for path in ("track/other.mp3", "other.mp3", "track/%2e%2e/other.mp3", "track/"):
            async with client.get(URL(f"/{path}", encoded=True)) as answer:
                assert answer.status == 404
        track.unlink()
        async with client.get(url) as answer:
            assert answer.status == 404
    async with serving(page) as base, aiohttp.ClientSession(base) as client, client.get(url) as answer:
        assert answer.status == 404


async def test_closing_does_not_wait_for_somebody_who_stopped_reading(tmp_path: Path) -> None:
    """A browser that hangs in the middle of a large file holds nobody up."""
    (tmp_path / "index.html").touch()
    (tmp_path / "large.bin").write_bytes(bytes(64 << 20))
    loop = asyncio.get_running_loop()
    async with serving(tmp_path) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", URL(url).port)
        writer.write(b"GET /large.bin HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        await reader.readline()
        began = loop.time()
    assert loop.time() - began < 10
    writer.close()


async def test_a_cancellation_leaves_no_port_open(tmp_path: Path) -> None:
    """At whichever of its steps it meets the opening."""
    (tmp_path / "index.html").touch()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]

    async def serve() -> None:
        async with serving(tmp_path, port=port):
            await asyncio.Event().wait()

    for steps in range(20):
        task = asyncio.create_task(serve())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        socket.create_server(("127.0.0.1", port)).close()
