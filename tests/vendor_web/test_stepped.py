"""Stepped measurement: the same request, the same pictures, whatever ran before it."""

import base64
import io
import json
import math
import struct
import wave
from typing import Any

import numpy as np
import pytest
from built_page import Site, Visit, sha256
from playwright.async_api import Error

pytestmark = pytest.mark.asyncio(loop_scope="module")

SMALL: dict[str, Any] = {
    "frames": 12,
    "warmupFrames": 3,
    "size": {"width": 64, "height": 64},
    "picture": {"width": 8, "height": 8},
    "thumbnailFrame": None,
}
RATE = 44100


def asked(pair: int, pack: str = "demo", **changes: Any) -> dict[str, Any]:
    """Ask for a small measurement of a pair."""
    urls = {f"{layer}Url": f"/presets/{pack}/{layer}/{pair}.milk" for layer in ("fg", "bg")}
    return SMALL | urls | changes


async def measure(visit: Visit, request: Any) -> Any:
    """Measure as a driver does."""
    return await visit.page.evaluate("request => __nw_harvest.measureEncoded(request)", request)


async def test_the_same_request_gives_the_same_pictures(site: Site) -> None:
    """They are equal byte for byte, right away, after other pairs and sizes, and in a page of its own."""
    request = asked(3, "flawed")
    async with site.visit("?coupledPack=demo") as visit:
        await visit.shown_pair()
        first = await measure(visit, request)
        again = await measure(visit, request)
        for other in (
            asked(1),
            asked(4, seed=9),
            asked(2, size={"width": 96, "height": 64}),
            asked(2, "flawed"),
        ):
            await measure(visit, other)
        later = await measure(visit, request)
        await visit.act("coupledNext")
        after_the_show = await measure(visit, request)
        assert visit.complaints == []
    async with site.visit("?coupled=0") as visit:
        fresh = await measure(visit, request)
    for each in (again, later, after_the_show, fresh):
        assert each["pictureHash"] == first["pictureHash"]
        assert each["pictures"] == first["pictures"]
        assert (each["rms"], each["peak"]) == (first["rms"], first["peak"])


async def test_chance_comes_from_the_seed(site: Site) -> None:
    """A preset that draws lots looks different with another seed."""
    async with site.visit("?coupled=0") as visit:
        one, other = [await measure(visit, asked(3, "flawed", seed=seed)) for seed in (1, 2)]
        assert one["pictureHash"] != other["pictureHash"]
        assert one["pictures"]["bg"] == other["pictures"]["bg"]


async def test_a_measurement_proves_what_it_measured(site: Site) -> None:
    """It names files by content, counts their frames, and gives as many pictures as were asked for."""
    async with site.visit("?coupled=0") as visit:
        measured = await measure(visit, asked(5))
        assert measured["kind"] == "measured"
        assert measured["renderer"] == (await visit.evidence())["renderer"]
        for layer in ("fg", "bg"):
            assert measured["shown"][layer] == {
                "url": f"/presets/demo/{layer}/5.milk",
                "hash": sha256(site.presets / "demo" / layer / "5.milk"),
                "frames": 15,
            }
        pictures = {view: pixels(measured, view) for view in ("fg", "bg", "composed")}
        # The frame around the foreground has 5/8 of red, the one around the background 5/8 of green.
        corner = {view: picture[-1, 0, 0].tolist() for view, picture in pictures.items()}
        assert corner["fg"] == pytest.approx([159, 127, 127], rel=0.06)  # the engine tints corners a little
        assert corner["bg"] == pytest.approx([25, 159, 127], rel=0.06, abs=2)
        screen = [
            255 - (255 - fg) * (255 - bg) / 255 for fg, bg in zip(corner["fg"], corner["bg"], strict=True)
        ]
        assert corner["composed"] == pytest.approx(screen, abs=2)


def pixels(measured: Any, view: str) -> Any:
    """The pictures of a view: frame, row, column, colour."""
    found = np.frombuffer(base64.b64decode(measured["pictures"][view]), np.uint8)
    return found.reshape(12, 8, 8, 3)


async def test_how_loud_it_was_is_what_the_samples_say(site: Site) -> None:
    """RMS and peak of each frame are those of the 1,024 samples before it; warm-up lies before."""
    samples = rising_tone(3 * RATE)
    audio = {"kind": "url", "url": "/tone.wav"}
    track = {f"{site.url}tone.wav": {"body": wave_file(samples), "content_type": "audio/wav"}}
    async with site.visit("?coupled=0", routes=track) as visit:
        measured = await measure(visit, asked(0, audio=audio, fromSecond=1.5, framesPerSecond=20))
    ends = [round((1.5 + frame / 20) * RATE) for frame in range(12)]
    windows: list[list[float]] = [(samples[end - 1024 : end] / 32768).tolist() for end in ends]
    assert floats(measured["rms"]) == pytest.approx(
        [math.sqrt(sum(x * x for x in each) / 1024) for each in windows], abs=1e-4
    )
    assert floats(measured["peak"]) == pytest.approx([max(map(abs, each)) for each in windows], abs=1e-4)
    assert floats(measured["rms"])[0] < floats(measured["rms"])[-1]


def rising_tone(length: int) -> Any:
    """A tone that gets louder, as 16-bit samples."""
    place = np.arange(length)
    return np.round(20_000 * place / length * np.sin(2 * np.pi * 330 * place / RATE)).astype(np.int16)


def wave_file(samples: Any) -> bytes:
    """Spell samples as a mono sound file."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setparams((1, 2, RATE, len(samples), "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    return written.getvalue()


def floats(encoded: str) -> list[float]:
    """Read a series of little-endian floats."""
    return [value for (value,) in struct.iter_unpack("<f", base64.b64decode(encoded))]


async def test_a_preset_that_cannot_be_shown_is_an_answer(site: Site) -> None:
    """The layer is named with the reason, and the page goes on to measure what can be shown."""
    async with site.visit("?coupled=0") as visit:
        missing, broken = [await measure(visit, asked(pair, "flawed")) for pair in (1, 2)]
        assert missing == {
            "kind": "refused",
            "reasons": {"fg": "The server says 404: /presets/flawed/fg/1.milk."},
        }
        assert broken["kind"] == "refused"
        assert list(broken["reasons"]) == ["bg"]
        assert broken["reasons"]["bg"].startswith("The equations do not compile")
        assert (await measure(visit, asked(0)))["kind"] == "measured"
        assert (await visit.evidence())["errors"] == []


async def test_a_request_that_makes_no_sense_is_refused_whole(site: Site) -> None:
    """Every problem is told at once."""
    nonsense = asked(0, bgUrl=7, frames=0, seed=-1, mix={"mode": "sum"}, flames=3)
    async with site.visit("?coupled=0") as visit:
        with pytest.raises(Error) as caught:
            await measure(visit, nonsense)
        for word in ("bgUrl", "frames", "seed", "mix.mode", "mix.fgOpacity", "flames"):
            assert word in str(caught.value)
        with pytest.raises(Error, match="A request is an object"):
            await measure(visit, None)


async def test_the_thumbnail_is_a_picture_to_look_at(site: Site) -> None:
    """It is a WebP of the size that was drawn."""
    async with site.visit("?coupled=0") as visit:
        thumbnail = (await measure(visit, asked(1, thumbnailFrame=5)))["thumbnail"]
        assert thumbnail["type"] == "image/webp"
        found = base64.b64decode(thumbnail["bytes"])
        assert (found[:4], found[8:12]) == (b"RIFF", b"WEBP")
        size = """async bytes => {
            const blob = await (await fetch(`data:image/webp;base64,${bytes}`)).blob();
            const { width, height } = await createImageBitmap(blob);
            return [width, height]; }"""
        assert await visit.page.evaluate(size, thumbnail["bytes"]) == [64, 64]


async def test_the_live_show_stands_still_while_it_is_measured(site: Site) -> None:
    """A pair asked for meanwhile is refused truthfully, and shown when asked for afterwards."""
    both = """request => Promise.all(
        [__nw_harvest.measureEncoded(request), __nw_verify.actions.coupledShow(3)])"""
    async with site.visit("?coupledPack=demo&pair=0") as visit:
        await visit.shown_pair()
        alone = await measure(visit, asked(3, "flawed"))
        measured, shown = await visit.page.evaluate(both, asked(3, "flawed"))
        assert measured["pictureHash"] == alone["pictureHash"]
        assert shown is False
        coupled = await visit.coupled()
        assert "measurement is running" in coupled["status"]["text"]
        assert coupled["lastPick"]["pair"] == 0
        assert await visit.act("coupledShow", 3) is True


async def test_a_measurement_may_come_before_the_first_frame(site: Site) -> None:
    """A driver that waits for no picture gets its series; the page is ready and complains of nothing."""
    measure_at_once = """window.measured = new Promise(resolve => {
        const look = () => window.__nw_harvest
            ? resolve(__nw_harvest.measureEncoded(%s)) : setTimeout(look);
        look();
        window.requestAnimationFrame = () => 1; // no frame is drawn before
    })"""
    script = measure_at_once % json.dumps(asked(3, "flawed"))
    async with site.visit("?coupled=0", scripts=[script]) as visit:
        assert await visit.page.evaluate("measured.then(({ kind }) => kind)") == "measured"
        assert await visit.page.is_hidden("#problem")
        assert visit.complaints == []


async def test_waiting_for_the_gpu_leaves_no_garbage(site: Site) -> None:
    """The page looks at the GPU now and then, not as often as it can: that took memory, and a core."""
    count = """for (const name of ['clientWaitSync', 'fenceSync']) {
        const call = WebGL2RenderingContext.prototype[name];
        window[name] = 0;
        WebGL2RenderingContext.prototype[name] = function (...given) {
            window[name] += 1;
            return call.apply(this, given);
        };
    }"""
    async with site.visit("?coupled=0", scripts=[count]) as visit:
        large = asked(3, "flawed", frames=60, size={"width": 640, "height": 360})
        spent = (await measure(visit, large))["ms"]
        looks, fences = await visit.page.evaluate("[clientWaitSync, fenceSync]")
        assert fences >= 2
        assert looks <= fences + spent["render"] + spent["read"]


async def test_the_bare_loop_draws_and_nothing_else(site: Site) -> None:
    """It tells how long the frames took; what cannot be shown is refused there as well."""
    loop = "request => __nw_harvest.bareLoop(request)"
    async with site.visit("?coupled=0") as visit:
        drawn = await visit.page.evaluate(loop, asked(0))
        assert (drawn["kind"], drawn["frames"]) == ("drawn", 12)
        assert drawn["ms"] > 0
        assert (await visit.page.evaluate(loop, asked(2, "flawed")))["kind"] == "refused"


async def test_a_sampler_says_what_it_does(site: Site) -> None:
    """Its lines are shown over the picture until it takes them away."""
    async with site.visit("?coupled=0") as visit:
        await visit.page.evaluate("__nw_harvest.note(['pair 7 of 60', 'about 3 minutes left'])")
        assert await visit.page.inner_text("#sampling-note") == "pair 7 of 60\nabout 3 minutes left"
        await visit.page.evaluate("__nw_harvest.note([])")
        assert await visit.page.is_hidden("#sampling-note")
