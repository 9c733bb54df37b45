"""From what a page measured to a line of the journal: a sample, or the reason why it is none. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from harvest.measure import figures, flaws, owner_figures, owner_reasons
from harvest.packs.manifest import Pack, PresetFile
from harvest.page.driven import Layer, LayerShown, Measurement, Refused
from harvest.records import (
    Adapter,
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Witness:
    """What is the same for every sample of a run: who measures, and what draws."""

    run: str
    seed: int
    adapter: Adapter
    renderer_class: RendererClass


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What was around one visit."""

    t_ms: int
    contexts: int
    """How many graphics contexts the run has replaced."""
    page_errors: int = 0
    console_errors: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """A visit, and the pair that it shows."""

    visit: Visit
    pack: Pack
    pair: Pair


def to_line(
    stop: Stop, answer: Measurement | Refused, witness: Witness, around: Surroundings
) -> Sample | Fault:
    """Make the line of one visit; what cannot be proven is no sample."""

    def fault(name: FaultName, evidence: str) -> Fault:
        return to_fault(name, evidence, stop.visit, run=witness.run, t_ms=around.t_ms)

    if isinstance(answer, Refused):
        return fault(answer.fault, answer.evidence)
    if wrong := _wrong(stop, answer.before) or _wrong(stop, answer.after):
        return fault("wrong-pair", wrong)
    if not answer.is_heard:
        return fault("audio-silent", f"The mean RMS was {float(answer.footage.rms.mean()):.6f}.")
    return _sample(stop, answer, witness, around)


def to_fault(name: FaultName, evidence: str, visit: Visit | None, *, run: str, t_ms: int) -> Fault:
    """Make the line of what broke; without a visit it befell the run as a whole."""
    return Fault(
        kind="fault",
        name=name,
        t_ms=t_ms,
        run=run,
        pack=visit and visit.pack,
        pair=visit and visit.pair,
        evidence=evidence,
    )


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
        if seen.url != url or seen.hash not in (file.sha256, None):
            return f"{layer}: {seen.url} with hash {seen.hash}, not {url} with hash {file.sha256}."
    return None


def _sample(stop: Stop, shot: Measurement, witness: Witness, around: Surroundings) -> Sample:
    visit, pair = stop.visit, stop.pair
    owner, found = owner_figures(shot.footage), figures(shot.footage)
    errors = {"page_errors": around.page_errors, "console_errors": around.console_errors}
    reasons = owner_reasons(owner, **errors)
    rms, peak = float(shot.footage.rms.mean()), float(shot.footage.peak.max())
    return Sample(
        t_ms=around.t_ms,
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
        page_errors_since_last=around.page_errors,
        console_errors_since_last=around.console_errors,
        ok_heuristic=not reasons,
        reasons=reasons,
        evidence=Evidence(
            run=witness.run,
            seed=witness.seed,
            repeat=visit.repeat,
            adapter=witness.adapter,
            renderer_class=witness.renderer_class,
            context_generation=around.contexts,
            frames=shot.frames,
            picture_hash=shot.picture_hash,
            on_screen=OnScreen(before=_shown(shot.before), after=_shown(shot.after)),
            audio=Audio(source=shot.sound, rms=rms, peak=peak),
        ),
        figures=found,
        flaws=flaws(found),
    )


def _shown(layers: Mapping[Layer, LayerShown]) -> Shown:
    fg, bg = layers["fg"], layers["bg"]
    return Shown(fg_url=fg.url, bg_url=bg.url, fg_hash=fg.hash, bg_hash=bg.hash)
