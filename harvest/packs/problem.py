"""What is wrong with a pack: every problem, each in a readable sentence."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]

PROBLEMS_SHOWN = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class PackProblem:
    """One thing wrong with a pack: in which file, of which pair, in which field."""

    severity: Severity = "error"
    """With an error a pack is not what it says; with a warning it can be shown all the same."""
    file: str
    pair: int | None = None
    field: str = ""
    found: str
    expected: str

    def __str__(self) -> str:
        pair = "" if self.pair is None else f"pair {self.pair}"
        where = ": ".join(part for part in (self.file, pair, self.field) if part)
        return f"{where}: found {self.found}, expected {self.expected}."


class PackError(Exception):
    """A pack that cannot be used or written; every reason is a sentence."""

    def __init__(self, *reasons: object) -> None:
        super().__init__(*reasons)
        self.reasons = reasons

    def __str__(self) -> str:
        sentences = [str(reason) for reason in self.reasons[:PROBLEMS_SHOWN]]
        if (hidden := len(self.reasons) - PROBLEMS_SHOWN) > 0:
            sentences.append(f"{hidden:,} more problems are not shown.")
        return "\n".join(sentences)
