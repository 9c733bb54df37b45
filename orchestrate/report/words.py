"""Every word of the report, in English and in Chinese: one table, looked up by key, filled in by name. Pure.

Sentences that come out of records stay as they were written, in English.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from orchestrate.report.dictionary import LABELS, NOUNS, SENTENCES
from orchestrate.standing import clock

Language = Literal["en", "zh"]


@dataclass(frozen=True)
class Text:
    """The same in both languages."""

    en: str
    zh: str

    def in_(self, language: Language) -> str:
        """Give it in one of them."""
        return self.zh if language == "zh" else self.en


def say(key: str, **values: object) -> Text:
    """Fill in a sentence; a value that is a text itself comes in the sentence's own language."""
    en, zh = SENTENCES[key]
    return Text(en.format(**_in("en", values)), zh.format(**_in("zh", values)))


def as_is(text: str) -> Text:
    """Take over what a record says."""
    return Text(text, text)


def label(kind: str, name: str) -> Text:
    """Give a record's own word, explained in Chinese where it is known."""
    return Text(*LABELS.get(kind, {}).get(name, (name, name)))


def counted(number: int, noun: str) -> Text:
    """Count things."""
    one, many, zh = NOUNS[noun]
    return Text(f"{number:,} {one if number == 1 else many}", f"{number:,} {zh}")


def listed(parts: Iterable[Text | str]) -> Text:
    """Put things one after the other."""
    texts = [part if isinstance(part, Text) else as_is(part) for part in parts]
    return Text(", ".join(each.en for each in texts), "、".join(each.zh for each in texts))


def share(value: float) -> str:
    """Spell a share; what is not whole is never rounded up to the whole."""
    percent = 100 * value
    rounded = round(percent, 1)
    return f"{99.9 if rounded == 100 and percent < 100 else rounded:g} %"  # noqa: PLR2004


def span(seconds: float) -> str:
    """Spell a duration."""
    return f"{seconds:.1f} s" if seconds < 10 else clock(seconds)  # noqa: PLR2004


def _in(language: Language, values: dict[str, object]) -> dict[str, object]:
    return {name: value.in_(language) if isinstance(value, Text) else value for name, value in values.items()}
