"""What a preset's address in the page may look like, and which file of the pack it means: pure."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

ROOT = "/presets/"
NAME_BYTES = 255

# Refused by Windows, parting a path, or with a meaning of their own in an address.
_REFUSED = '<>:"|?*/\\#%'
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_PORTS = (f"{kind}{number}" for kind in ("com", "lpt") for number in "0123456789¹²³")
_DEVICES = frozenset({"con", "prn", "aux", "nul", "conin$", "conout$", *_PORTS})
_SHORT_DIGEST = 8
_SUFFIX_BYTES = 12
_STEM_BYTES = NAME_BYTES - 64 - _SUFFIX_BYTES - len("_.")


class UrlError(ValueError):
    """An address that is not one of a file in the pack; says in a few words what was found."""


def of(pack: str, relative: str) -> str:
    """Spell the address of a file in a pack."""
    return f"{ROOT}{pack}/{relative}"


def relative(url: str, pack: str) -> str:
    """Name the file within its pack that an address means, its parts separated by `/`.

    Backslashes are read as browsers read them, as slashes. Percent-encoding is not decoded: servers do
    not agree on it, and it has hidden many a step out of a folder.
    """
    path = url.replace("\\", "/")
    if not path.startswith(of(pack, "")):
        raise UrlError("another place")
    inner = path.removeprefix(of(pack, ""))
    for part in inner.split("/"):
        if complaint := name_complaint(part):
            raise UrlError(complaint)
    return inner


def name_complaint(name: str) -> str | None:
    """Why a file or folder cannot bear this name on every system; None if it can."""
    size = len(name.encode(errors="surrogatepass"))
    rules = (
        (name in {"", "."}, "an empty step"),
        (name == "..", "a step out of its folder"),
        (_UNPRINTABLE.search(name) is not None, "a control character or half of a character"),
        (any(refused in name for refused in _REFUSED), f"one of {_REFUSED}"),
        (name.endswith((" ", ".")), "a blank or a dot at the end of a name"),
        (name.partition(".")[0].rstrip().casefold() in _DEVICES, "a name that Windows keeps for a device"),
        (size > NAME_BYTES, f"a name of {size:,} bytes"),
    )
    return next((complaint for broken, complaint in rules if broken), None)


def name_choices(wanted: str, digest: str) -> Iterator[str]:
    """List what a file may be called, best first: its own name if every system takes it, its digest added."""
    if name_complaint(wanted) is None:
        yield wanted
        clean = wanted
    else:
        # Never quite its own name again: what differs only in what was cleaned must stay apart.
        clean = "_" + _UNPRINTABLE.sub("_", wanted).translate(dict.fromkeys(map(ord, _REFUSED), "_"))
    path = PurePosixPath(clean)
    stem, suffix = _cut(path.stem, _STEM_BYTES), _cut(path.suffix, _SUFFIX_BYTES).rstrip(" .")
    for letters in (_SHORT_DIGEST, len(digest)):
        yield f"{stem}.{digest[:letters]}{suffix}"


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")
