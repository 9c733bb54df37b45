"""Which name a preset goes by in a pack: its own if it can, and never one that means other bytes."""

from collections.abc import Callable, Iterable
from pathlib import Path

from harvest.packs import urls
from harvest.packs.problem import PackError
from harvest.packs.provenance import hash_of


class Shelf:
    """The presets of one layer of a pack, those there and those to come.

    Names that differ only in case are one: on Windows they would be one file.
    """

    def __init__(self, names: Iterable[str], hash_of_name: Callable[[str], str | None]) -> None:
        self._names = {name.casefold(): name for name in names}
        self._hash_of_name = hash_of_name
        self._hashes: dict[str, str | None] = {}

    @classmethod
    def of(cls, pack: Path, layer: str) -> "Shelf":
        """Look at what lies in a pack."""
        folder = pack / layer
        names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
        return cls(names, lambda name: hash_of(pack, f"{layer}/{name}"))

    def place(self, wanted: str, digest: str) -> tuple[str, bool]:
        """Find the name for a preset, and whether the shelf lacked it."""
        choices = list(urls.name_choices(wanted, digest))
        for choice in choices:
            if self._hash(choice) == digest:
                return self._names[choice.casefold()], False
        for choice in choices:
            if choice.casefold() not in self._names:
                self._names[choice.casefold()] = choice
                self._hashes[choice] = digest
                return choice, True
        raise PackError(f"Every name for {wanted} is taken by another preset; the last was {choices[-1]}.")

    def _hash(self, name: str) -> str | None:
        standing = self._names.get(name.casefold())
        if standing is None:
            return None
        if standing not in self._hashes:
            self._hashes[standing] = self._hash_of_name(standing)
        return self._hashes[standing]
