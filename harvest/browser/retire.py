"""When a browser has served long enough: pure."""

from dataclasses import dataclass

from harvest.config import BrowserConfig


@dataclass(frozen=True, kw_only=True)
class Service:
    """What a browser has behind it."""

    age_s: float
    pages_opened: int
    memory_bytes: int


def retirement(service: Service, config: BrowserConfig) -> str | None:
    """Why this browser should be replaced; None while it may go on."""
    memory_mib = service.memory_bytes / 2**20
    if memory_mib > config.retire_above_mib:
        return f"memory {memory_mib:.0f} MiB > {config.retire_above_mib:.0f} MiB"
    if service.age_s > config.retire_after_s:
        return f"age {service.age_s:.0f} s > {config.retire_after_s:.0f} s"
    if service.pages_opened > config.retire_after_pages:
        return f"{service.pages_opened} pages > {config.retire_after_pages}"
    return None
