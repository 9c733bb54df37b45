"""Figures of a benchmark: each measured several times, stated with its spread. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure."""

    median: float
    min: float
    max: float
    n: int


def figure(values: Sequence[float]) -> Figure:
    """Sum up what was measured."""
    return Figure(median=median(values), min=min(values), max=max(values), n=len(values))


def as_record(figures: Mapping[str, Figure], **facts: object) -> dict[str, object]:
    """Give them as every benchmark does: by name, with what was measured on."""
    rounded = {
        name: {key: round(value, 4) for key, value in asdict(each).items()} for name, each in figures.items()
    }
    return {"figures": rounded, **facts}


def as_rows(figures: Mapping[str, Figure]) -> list[tuple[str, ...]]:
    """Give them to a person."""
    return [
        (name, f"{each.median:.3g}", f"{each.min:.3g} … {each.max:.3g}", str(each.n))
        for name, each in figures.items()
    ]
