"""`harvest serve`: the built-in page with the packs there are, or with some generated pairs to begin with."""

import asyncio
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from harvest.serve import RUNTIME, PageMissingError, packs_in, serving
from orchestrate import show
from orchestrate.exit_codes import ExitCode
from orchestrate.starter import starter_pack

_STARTER_PAIRS = 200


async def run(presets: Path, web: Path | None, *, port: int, named: bool) -> ExitCode:
    """Serve until cancelled; a folder of packs that somebody named must be there."""
    if named and not await asyncio.to_thread(presets.is_dir):
        show.complain(f"There is no folder {presets} of packs.")
        return ExitCode.USAGE
    try:
        with _some_packs(presets) as folder:
            async with serving(presets=folder, checkout=web, port=port) as url:
                show.sentence(f"The built-in page is at {url} (Ctrl-C ends it).")
                if web:
                    show.sentence(f"Drawn by the projectM of {web}: {url}?projectm={RUNTIME}")
                await asyncio.Event().wait()
    except PageMissingError as error:
        show.complain(str(error))
        return ExitCode.NOT_READY
    except OSError as error:
        show.complain(f"Port {port} cannot be used ({error.strerror}): choose another, or leave --port out.")
        return ExitCode.USAGE
    return ExitCode.OK


@contextmanager
def _some_packs(presets: Path) -> Generator[Path]:
    """Give the folder if it holds a pack, else one with generated pairs that is gone at the end."""
    if names := packs_in(presets):
        show.talk.print(f"Packs in {presets}: {', '.join(names)}.")
        yield presets
        return
    with tempfile.TemporaryDirectory(prefix="harvest-") as folder:
        show.talk.print(f"There is no pack in {presets}; the page shows {_STARTER_PAIRS} generated pairs.")
        yield starter_pack(Path(folder), pairs=_STARTER_PAIRS)
