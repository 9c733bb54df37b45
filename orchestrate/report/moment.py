"""Moments as records spell them."""

from datetime import UTC, datetime


def moment(text: str | None) -> datetime | None:
    """Understand one; None: it is none."""
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return at and (at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC))


def seconds_between(began: str | None, ended: str | None) -> float | None:
    """Tell how long it took; None: nobody knows."""
    first, last = moment(began), moment(ended)
    return max(0.0, (last - first).total_seconds()) if first and last else None
