"""From what a page measured to a line of the journal: a sample, or the reason why it is none. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from harvest.measure import Footage, figures, flaws, owner_figures, owner_reasons
from harvest.packs.manifest import Pack, PresetFile
from harvest.page.stepped import Layer, LayerShown, Measurement, Refused
from harvest.records import (
    Audio,
    Evidence,
    Fault,
    FaultName,
    OnScreen,
    Pair,
    RendererClass,
    Sample,
    Shown,
    Visit,
)

SILENT = 1e-3
"""Mean RMS of the true signal below which nothing was heard: a tenth of the owner's quietest good runs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunFacts:
    """What is the same for every sample of a run."""

    run: str
    seed: int
    frames_per_second: float
    renderer_class: RendererClass


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """A visit, and the pair that it shows."""

    visit: Visit
    pack: Pack
    pair: Pair


def to_line(
    stop: Stop, answer: Measurement | Refused, facts: RunFacts, *, contexts: int, t_ms: int
) -> Sample | Fault:
    """Make the line of one visit; what cannot be proven is no sample."""

    def fault(name: FaultName, evidence: str) -> Fault:
        return Fault(
            kind="fault",
            name=name,
            t_ms=t_ms,
            run=facts.run,
            pack=stop.visit.pack,
            pair=stop.visit.pair,
            evidence=evidence,
        )

    if isinstance(answer, Refused):
        return fault("preset-abort", " ".join(f"{layer}: {why}" for layer, why in answer.reasons.items()))
    if wrong := _wrong(stop, answer.shown):
        return fault("wrong-pair", wrong)
    if float(answer.rms.mean()) < SILENT:
        return fault("audio-silent", f"The mean RMS was {float(answer.rms.mean()):.6f}.")
    return _sample(stop, answer, facts, contexts=contexts, t_ms=t_ms)


def _wrong(stop: Stop, shown: Mapping[Layer, LayerShown]) -> str | None:
    """Say what else than the pair was on screen."""
    pair, files = stop.pair, stop.pack.presets_of(stop.pair)
    if files is None:
        return f"Pair {pair.pair} has no files that can be read."
    layers: Mapping[Layer, tuple[str, PresetFile]] = {
        "fg": (pair.fg_url, files[0]),
        "bg": (pair.bg_url, files[1]),
    }
    for layer, (url, file) in layers.items():
        seen = shown[layer]
        if (seen.url, seen.hash) != (url, file.sha256):
            return f"{layer}: {seen.url} with hash {seen.hash}, not {url} with hash {file.sha256}."
    return None


def _sample(stop: Stop, shot: Measurement, facts: RunFacts, *, contexts: int, t_ms: int) -> Sample:
    visit, pair = stop.visit, stop.pair
    footage = Footage(
        fg=shot.fg,
        bg=shot.bg,
        composed=shot.composed,
        rms=shot.rms,
        peak=shot.peak,
        frames_per_second=facts.frames_per_second,
    )
    owner, found = owner_figures(footage), figures(footage)
    reasons = owner_reasons(owner, page_errors=0, console_errors=0)
    rms, peak = float(shot.rms.mean()), float(shot.peak.max())
    seen = Shown(
        fg_url=shot.shown["fg"].url,
        bg_url=shot.shown["bg"].url,
        fg_hash=shot.shown["fg"].hash,
        bg_hash=shot.shown["bg"].hash,
    )
    return Sample(
        t_ms=t_ms,
        pack=visit.pack,
        pair=visit.pair,
        warp_diff=pair.warp_diff,
        cx_diff=pair.cx_diff,
        quality01=pair.quality01,
        intensity01=None,
        preset_fg_id=f"coupled:{visit.pack}:{visit.pair}:fg",
        preset_bg_id=f"coupled:{visit.pack}:{visit.pair}:bg",
        viz_avg_luma=owner.viz_avg_luma,
        viz_avg_frame_delta=owner.viz_avg_frame_delta,
        pm_avg_luma_fg=owner.pm_avg_luma_fg,
        pm_avg_luma_bg=owner.pm_avg_luma_bg,
        audio_rms=rms,
        audio_peak=peak,
        page_errors_since_last=0,
        console_errors_since_last=0,
        ok_heuristic=not reasons,
        reasons=reasons,
        evidence=Evidence(
            run=facts.run,
            seed=facts.seed,
            repeat=visit.repeat,
            adapter="stepped",
            renderer_class=facts.renderer_class,
            context_generation=contexts,
            frames=shot.shown["fg"].frames,
            # Both presets are switched to, drawn and read within one request: there is no before.
            on_screen=OnScreen(before=seen, after=seen),
            audio=Audio(
                source="click" if shot.track.startswith("click track") else "track", rms=rms, peak=peak
            ),
        ),
        figures=found,
        flaws=flaws(found),
    )
