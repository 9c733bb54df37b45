"""How texts that anybody may have written are printed."""

import unicodedata

_STEERING = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""What moves the cursor, colours, turns round or breaks a line instead of being seen."""


def spelled(text: str) -> str:
    """Spell what would steer a terminal or break a row, as Python does; all else stays."""
    return "".join(
        sign.encode("unicode_escape").decode() if unicodedata.category(sign) in _STEERING else sign
        for sign in text
    )
