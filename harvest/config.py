"""What harvest can be told: one frozen record with its defaults."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from harvest.browser import ownership
from harvest.browser.flags import Angle, GpuMode

Seconds = Annotated[float, Field(gt=0, le=3600)]


def _absolute(path: Path) -> Path:
    # Chromium's command line names the profile in full: only a full path is found there again.
    return path.expanduser().absolute()


class BrowserConfig(BaseModel):
    """How browsers are launched, watched and retired."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    executable: Annotated[
        Path | None, Field(description="Browser program; unset: an installed Chrome, Edge or Chromium.")
    ] = None
    gpu_mode: Annotated[
        GpuMode,
        Field(description="off: software on purpose; safe: the GPU if there is one; force: the GPU or fail."),
    ] = "safe"
    angle: Annotated[
        Angle,
        Field(description="ANGLE backend: d3d11, metal, gl-egl, vulkan, swiftshader; auto: the right one."),
    ] = "auto"
    require_gpu: Annotated[
        bool, Field(description="Refuse software rendering (always so with gpu_mode force).")
    ] = False
    headed: Annotated[bool, Field(description="Open a visible window.")] = False
    width: Annotated[int, Field(ge=64, le=7680, description="Viewport width in CSS pixels.")] = 1280
    height: Annotated[int, Field(ge=64, le=4320, description="Viewport height in CSS pixels.")] = 720
    device_scale: Annotated[float, Field(ge=0.25, le=4, description="Device pixels per CSS pixel.")] = 1.0
    profiles: Annotated[Path, AfterValidator(_absolute)] = Field(
        default_factory=ownership.default_root, description="Folder of the browsers' profiles."
    )

    launch_s: Annotated[Seconds, Field(description="Deadline: start of driver or browser.")] = 30.0
    open_s: Annotated[Seconds, Field(description="Deadline: a new page, and questions to the browser.")] = 5.0
    close_s: Annotated[Seconds, Field(description="Deadline: polite closing; then it is killed.")] = 5.0
    beat_s: Annotated[Seconds, Field(description="Pause between two looks at a page's health.")] = 0.25
    stuck_s: Annotated[Seconds, Field(description="A page or browser silent for this long is stuck.")] = 3.0

    retire_after_s: Annotated[float, Field(gt=0, description="Browser retired at this age.")] = 4 * 3600.0
    retire_after_pages: Annotated[int, Field(gt=0, description="Browser retired after so many pages.")] = 200
    retire_above_mib: Annotated[float, Field(gt=0, description="Browser retired above this much memory.")] = (
        4096.0
    )

    @property
    def gpu_required(self) -> bool:
        """Whether software rendering must be refused."""
        return self.require_gpu or self.gpu_mode == "force"
