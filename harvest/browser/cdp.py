"""Chrome DevTools Protocol: the few questions that Playwright does not ask for us."""

from typing import Any, cast

from playwright.async_api import CDPSession

from harvest.deadline import within


async def ask(session: CDPSession, method: str, *, deadline_s: float) -> dict[str, Any]:
    """Call one method and return its answer."""
    # Playwright types the answer as a bare dict.
    call = session.send(method)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return cast("dict[str, Any]", await within(deadline_s, method, call))  # pyright: ignore[reportUnknownArgumentType]


async def processes(session: CDPSession, *, deadline_s: float) -> list[tuple[str, int]]:
    """List the browser's processes as (type, pid)."""
    answer = await ask(session, "SystemInfo.getProcessInfo", deadline_s=deadline_s)
    return [(info["type"], info["id"]) for info in answer["processInfo"]]
