"""The engines hear the music, whether or not a person does; nobody listens to the person."""

import io
import math
import wave

import numpy as np
import pytest
from built_page import GESTURE_FREE, Site, Visit, browsing
from playwright.async_api import FilePayload

pytestmark = pytest.mark.asyncio(loop_scope="module")

VOLUME = "nw.audio.trackVolume"
HEARD = "__projectm_verify.trueAudioRms > 0"
# Microphone, screen and the list of devices: whichever is asked for is remembered.
EAVESDROPPING = """window.asked = [];
for (const name of ['getUserMedia', 'getDisplayMedia', 'enumerateDevices'])
    navigator.mediaDevices[name] = () => { asked.push(name); return Promise.reject(new Error(name)); };"""


def steady(level: float, seconds: float = 2) -> FilePayload:
    """A sound file of one value throughout, whose figures can be told without a computer."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writing:
        samples = np.full(round(44100 * seconds), round(level * 32768), "<i2")
        writing.setparams((1, 2, 44100, len(samples), "NONE", ""))
        writing.writeframes(samples.tobytes())
    return {"name": "steady.wav", "mimeType": "audio/wav", "buffer": file.getvalue()}


async def listens(visit: Visit) -> None:
    """Wait until the engines hear something, as a driver would see it."""
    await visit.page.wait_for_function(HEARD)


async def test_music_is_heard_muted_and_without_a_gesture(site: Site) -> None:
    """Neither a click nor a switch of the browser is needed; the microphone is never asked for."""
    async with browsing(without=[GESTURE_FREE]) as browser:
        strict = Site(browser, site.url, site.presets)
        async with strict.visit("?coupledPack=demo", scripts=[EAVESDROPPING]) as visit:
            await visit.shown_pair()
            assert await visit.page.input_value("#audio-volume") == "0"
            await listens(visit)
            seconds = await place(visit)
            await visit.page.wait_for_function("__projectm_verify.lastAudioRms > 0")
            # The first gesture hands the clock to the sound card: the music goes on from where it was.
            await visit.page.mouse.click(10, 10)
            await visit.page.keyboard.press("ArrowRight")
            later = "n => document.querySelector('#audio-time').textContent.split(':').at(-1) >= n"
            await visit.page.wait_for_function(later, arg=seconds + 1)
            await listens(visit)
            assert await visit.page.evaluate("asked") == []
            assert visit.complaints == []


async def place(visit: Visit) -> int:
    """The second of the track that plays, as a person reads it."""
    minutes, seconds = (await visit.page.inner_text("#audio-time")).split(":")
    return 60 * int(minutes) + int(seconds)


async def test_the_place_never_jumps_back(site: Site) -> None:
    """Whichever clock keeps the time, it only goes on."""
    watch = """() => new Promise(resolve => {
        const places = [];
        const look = () => {
            places.push(document.querySelector('#audio-time').textContent);
            if (places.length === 20) resolve(places); else requestAnimationFrame(look);
        };
        look();
    })"""
    async with site.visit("?coupledPack=demo") as visit:
        places = await visit.page.evaluate(watch)
        assert places == sorted(places)
        assert all(place.startswith("0:0") for place in places)


async def test_a_file_plays_at_once_and_its_figures_are_true(site: Site) -> None:
    """RMS and peak of the signal itself, and newliveweb's of one without bass, are as computed by hand."""
    async with site.visit("?coupledPack=demo") as visit:
        await visit.shown_pair()
        await visit.page.set_input_files("#audio-file", [steady(0.5)])
        await visit.page.wait_for_function("Math.abs(__projectm_verify.trueAudioRms - 0.5) < 1e-3")
        figures = await visit.page.evaluate("({ ...__projectm_verify })")
        assert figures["trueAudioPeak"] == pytest.approx(0.5, abs=1e-3)
        emphasised = math.sqrt((0.5**2 + 511 * (0.03 * 0.5) ** 2) / 512)
        assert figures["lastAudioRms"] == pytest.approx(emphasised, abs=1e-4)
        assert figures["lastAudioPeak"] == pytest.approx(0.5, abs=1e-3)
        assert (figures["lastAudioSamplesPerChannel"], figures["lastAudioCopyOk"]) == (512, True)
        audio = (await visit.evidence())["audio"]
        assert (audio["track"], audio["state"]) == ("steady.wav", "playing")
        assert await visit.page.inner_text("#audio-toggle") == "Pause"
        assert (await visit.page.inner_text("#audio-status")).startswith("steady.wav")
        # Whoever gives the page music wants to hear it.
        assert await visit.page.input_value("#audio-volume") == "80"


async def test_a_pause_is_silence(site: Site) -> None:
    """While it is paused the engines hear nothing, and the place stays."""
    async with site.visit("?coupledPack=demo") as visit:
        await listens(visit)
        await visit.page.click("#audio-toggle")
        await visit.page.wait_for_function("__projectm_verify.trueAudioRms === 0")
        assert await visit.page.inner_text("#audio-toggle") == "Play"
        assert await visit.page.get_attribute("#audio-status", "data-audio-state") == "paused"
        assert not await visit.page.evaluate("__projectm_verify.lastAudioCopyOk")
        await visit.page.click("#audio-toggle")
        await listens(visit)


async def test_the_volume_is_kept_and_changes_nothing_that_is_measured(site: Site) -> None:
    """A driver turns it up with an input event, and it is stored where newliveweb has it."""
    async with site.visit("?coupledPack=demo") as visit:
        await visit.page.set_input_files("#audio-file", [steady(0.25)])
        for volume in ("100", "0"):
            await visit.page.locator("#audio-volume").fill(volume)
            assert await visit.page.evaluate(f"localStorage.getItem('{VOLUME}')") == str(int(volume) // 100)
            await visit.page.wait_for_function("Math.abs(__projectm_verify.trueAudioRms - 0.25) < 1e-3")
        assert "(muted)" in await visit.page.inner_text("#audio-status")


@pytest.mark.parametrize(("kept", "shown"), [("0.3", "30"), ("7", "100"), ("loud", "0"), ("", "0")])
async def test_a_kept_volume_is_taken_if_it_is_one(site: Site, kept: str, shown: str) -> None:
    """What is no volume counts as none, and breaks nothing."""
    async with site.visit("?coupledPack=demo", storage={VOLUME: kept}) as visit:
        await listens(visit)
        assert await visit.page.input_value("#audio-volume") == shown
        assert visit.complaints == []


async def test_the_address_may_name_a_track(site: Site) -> None:
    """It plays from the start in place of the click track."""
    track = {f"{site.url}steady.wav": {"body": steady(0.5)["buffer"], "content_type": "audio/wav"}}
    async with site.visit("?coupledPack=demo&testTrackPath=/steady.wav", routes=track) as visit:
        await visit.page.wait_for_function("Math.abs(__projectm_verify.trueAudioRms - 0.5) < 1e-3")
        assert (await visit.evidence())["audio"]["track"] == "/steady.wav"


async def test_what_is_no_music_is_said_to_be_none(site: Site) -> None:
    """The music before goes on; the panel says what was wrong until something right is loaded."""
    text: FilePayload = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no music"}
    async with site.visit("?coupledPack=demo") as visit:
        await listens(visit)
        await visit.page.set_input_files("#audio-file", [text])
        await visit.page.wait_for_selector("#problem:has-text('notes.txt is no sound')")
        assert (await visit.evidence())["audio"]["track"] == "click track, 120 bpm"
        await visit.page.fill("#audio-url", "/presets/absent.wav")
        await visit.page.click("#audio-url-load")
        await visit.page.wait_for_selector("#problem:has-text('absent.wav cannot be had')")
        await visit.page.set_input_files("#audio-file", [steady(0.5)])
        await visit.page.wait_for_selector("#problem", state="hidden")
