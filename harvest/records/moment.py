"""How records spell a moment."""

import time
from datetime import UTC, datetime


def timestamp(at: datetime) -> str:
    """As newliveweb's own tools do: in UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def unix_ms() -> int:
    """Give the present one in milliseconds, as lines of a journal bear it."""
    return time.time_ns() // 1_000_000
