"""The report as one HTML file that needs nothing else: no script, no network, both languages inside. Pure."""

from collections.abc import Sequence
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from orchestrate.report.blocks import Section
from orchestrate.report.facts import Facts
from orchestrate.report.findings import Answer
from orchestrate.report.findings.finished import seconds_taken
from orchestrate.report.moment import moment
from orchestrate.report.sections.learning import gate_table
from orchestrate.report.words import Language, Text, listed, say, span

_HERE = files("orchestrate.report")
_MARKUP = _HERE.joinpath("page.html").read_text(encoding="utf-8")
_STYLE = _HERE.joinpath("page.css").read_text(encoding="utf-8")


def page(facts: Facts, found: Sequence[Answer], below: Sequence[Section], *, language: Language) -> str:
    """Write the page; the language is the one that it opens in."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_MARKUP).render(
        language=language,
        title=say(f"title.{facts.kind}", name=facts.name),
        subtitle=subtitle(facts),
        footer=say("title.footer", folder=facts.name),
        answers=found,
        gate=gate_table(facts),
        sections=below,
        style=Markup(_STYLE),  # noqa: S704 - our own file
        words=say,
    )


def subtitle(facts: Facts) -> Text:
    """Say what it was about, when it began, and how long it took."""
    began, taken = moment(facts.started_at), seconds_taken(facts)
    unknown = say("title.unknown")
    return say(
        "title.subtitle",
        packs=listed(facts.packs) if facts.packs else unknown,
        started=say("title.moment", moment=f"{began:%Y-%m-%d %H:%M}") if began else unknown,
        taken=unknown if taken is None else span(taken),
    )
