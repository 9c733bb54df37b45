"""What there was to be seen when a run ended."""

from pathlib import Path

from harvest.console import LOG
from harvest.journal import JOURNAL
from harvest.records.summary import LastSigns
from harvest.run import LAST_SCREEN

_CONSOLE_LINES = 12
_SAMPLES = 3
_LOOKED_AT_BYTES = 64 << 10


def last_signs(folder: Path) -> LastSigns:
    """Look at the end of the logs of a run's folder."""
    return LastSigns(
        console=_last_lines(folder / LOG, _CONSOLE_LINES),
        samples=_last_lines(folder / JOURNAL, _SAMPLES),
        screenshot=LAST_SCREEN if (folder / LAST_SCREEN).is_file() else None,
    )


def _last_lines(path: Path, count: int) -> tuple[str, ...]:
    """Read the last whole lines, as far as they are near the end."""
    if not path.is_file():
        return ()
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _LOOKED_AT_BYTES))
        lines = file.read(_LOOKED_AT_BYTES).decode(errors="replace").splitlines()
    return tuple(lines[1:] if size > _LOOKED_AT_BYTES else lines)[-count:]
