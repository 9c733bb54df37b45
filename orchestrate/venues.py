"""Which page a command works on: our own, newliveweb out of its checkout, or one that is served already."""

from collections.abc import Iterable
from pathlib import Path

from harvest.packs.manifest import Pack
from harvest.packs.problem import PackError
from harvest.page.stepped import Request
from harvest.venue import Venue, newliveweb, ours, running
from harvest.vite import find_vite
from orchestrate.config import Config


def venue_of(
    config: Config, packs: Iterable[Pack], stepping: Request, *, url: str | None, track: Path | None = None
) -> Venue:
    """Choose it; a checkout must show the packs that were named, and no others of their names."""
    presets = next(iter(packs)).folder.absolute().parent
    if url is not None:
        return running(url, track=track, browser=config.browser)
    if config.web is None:
        return ours(stepping, presets=presets, track=track, browser=config.browser)
    find_vite(config.web)
    served = config.web.absolute() / "public" / "presets"
    if not (served.is_dir() and presets.samefile(served)):
        raise PackError(f"The page of {config.web} shows packs out of {served}; these lie in {presets}.")
    return newliveweb(config.web, track=track, browser=config.browser)
