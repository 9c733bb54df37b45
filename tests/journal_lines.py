"""Lines of a journal that nobody had to measure."""

from typing import Any

from harvest.records import Audio, Evidence, OnScreen, Sample, Shown

SHOWN = Shown(fg_url="/fg.milk", bg_url="/bg.milk")


def sample(pack: str, pair: int | None, repeat: int = 0, **changes: Any) -> Sample:
    """A sample of ours; what is changed is changed in its evidence, which may be absent altogether."""
    evidence = Evidence(
        run="r",
        seed=1,
        repeat=repeat,
        adapter="stepped",
        renderer_class="hardware",
        context_generation=0,
        frames=100,
        on_screen=OnScreen(before=SHOWN, after=SHOWN),
        audio=Audio(source="click", rms=0.1, peak=0.4),
    )
    return Sample(
        t_ms=0,
        pack=pack,
        pair=pair,
        warp_diff=None,
        cx_diff=None,
        quality01=None,
        intensity01=None,
        preset_fg_id=None,
        preset_bg_id=None,
        viz_avg_luma=0.2,
        viz_avg_frame_delta=None,
        pm_avg_luma_fg=None,
        pm_avg_luma_bg=None,
        audio_rms=None,
        audio_peak=None,
        page_errors_since_last=0,
        console_errors_since_last=0,
        ok_heuristic=True,
        reasons=(),
        evidence=evidence.model_copy(update=changes),
    )
