"""Generated pairs for whoever has no pack: to look at, and to measure with."""

from datetime import UTC, datetime
from pathlib import Path

from harvest.packs.generate import DEFAULT_RATES, Request, generate_pack

STARTER = "starter"


def starter_pack(folder: Path, *, pairs: int) -> Path:
    """Generate a pack without planted flaws in a folder of packs, and give that folder."""
    request = Request(
        pack=folder / STARTER,
        pairs=pairs,
        seed=1,
        rates=dict.fromkeys(DEFAULT_RATES, 0.0),
        command=("harvest",),
        at=datetime.now(UTC),
    )
    generate_pack(request, progress=lambda _done, _of: None)
    return folder
