"""The profile of a pack as one HTML file that needs nothing else, beside that of another if wanted: pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from harvest.packs.charts import Strip, histogram, scatter, strips
from harvest.packs.checking import Checked
from harvest.packs.features import SAME
from harvest.packs.portrait import SHOWN, Portrait
from harvest.packs.problem import PROBLEMS_SHOWN
from harvest.packs.profile import LayerProfile, Profile, Survey
from harvest.packs.traits import WORDS, name_of

_EDGES = [step / 4 for step in range(17)]
_LEAST_REACH = 3.5
"""In distances: a pack of one look must not fill the map with its noise."""
_LAYERS = ("foreground", "background")

_NUMBERS_SHOWN = 12
_EXACT_BELOW = 10
_ONE_LOOK = 1.5

_STYLE = """
:root {
  color-scheme: light dark;
  --page: #fff; --card: #f6f7f9; --ink: #1c2430; --dim: #5c6675; --line: #d8dde4;
  --s0: #2464b4; --s1: #d9741a; --bad: #b3261e; --warn: #8a5a00; --good: #1b6e3c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161c; --card: #1b212a; --ink: #e6eaf0; --dim: #9aa6b5; --line: #333c48;
    --s0: #6ea8f2; --s1: #f0a35a; --bad: #ff8a80; --warn: #f2c14e; --good: #6fd093;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 76rem; overflow-wrap: anywhere;
  background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
}
h1 { font-size: 1.1rem; margin: 0; color: var(--dim); font-weight: 600; }
h2 { font-size: 1.15rem; margin: 2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 0 0 .4rem; }
.lead { font-size: clamp(1.5rem, 5vw, 2.3rem); line-height: 1.2; font-weight: 700; margin: .2rem 0 .6rem; }
.dim, figcaption { color: var(--dim); font-size: .875rem; }
.verdict { padding: .1rem .7rem; border-radius: 1rem; border: 1.5px solid; font-weight: 600; }
.bad { color: var(--bad); }
.warn { color: var(--warn); }
.good { color: var(--good); }
ul { padding-left: 1.2rem; margin: .4rem 0; }
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(2, minmax(0, 1fr)); }
.cards.of-one header { grid-column: 1 / -1; }
.cards.of-two .scroll { grid-column: 1 / -1; }
figure, .card { margin: 0; padding: 1rem; background: var(--card); border-radius: .6rem; }
svg { display: block; width: 100%; max-width: 30rem; margin: 0 auto; }
svg text { font: 11px system-ui, sans-serif; fill: var(--dim); }
.s0 { fill: var(--s0); }
.s1 { fill: var(--s1); }
.dots { opacity: .6; }
.axis { stroke: var(--line); }
.mark, .ring { stroke: var(--bad); stroke-dasharray: 4 3; fill: none; }
.key { display: inline-block; width: .7em; height: .7em; border-radius: 2px; margin: 0 .3em 0 .8em; }
.k0 { background: var(--s0); }
.k1 { background: var(--s1); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; text-align: right; white-space: nowrap; overflow-wrap: normal; }
th, td { border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
thead th { font-size: .875rem; color: var(--dim); font-weight: 600; }
.share {
  display: inline-block; width: 3.5rem; height: .55rem; margin-left: .5rem;
  background: var(--line); border-radius: 2px; overflow: hidden;
}
.share i { display: block; height: 100%; }
@media (max-width: 44rem) {
  .cards { grid-template-columns: minmax(0, 1fr); }
  th, td { white-space: normal; padding: .25rem .2rem; font-size: .875rem; }
  .share { width: 1.4rem; margin-left: .2rem; }
  .of-two .share { display: none; }
  .of-two th, .of-two td { font-size: .75rem; }
  svg text { font-size: 12.5px; }
}
details { margin-top: 1rem; }
summary { cursor: pointer; }
"""


def page(checked: Checked, against: Checked | None = None) -> str:
    """Write the page."""
    packs = [checked, against] if against else [checked]
    title = escape(f"{checked.profile.pack}: {lead(checked.profile)}")
    body = "".join(
        [
            _cards(packs, map(_head, packs)),
            "<h2>How alike are the presets?</h2>",
            _legend(),
            _cards(packs, [*(_nearest(each.survey) for each in packs), *_maps(packs)]),
            "<h2>What do they do, and by how much?</h2>",
            _legend(),
            _cards(packs, [_traits_table(packs), *_spreads([each.profile for each in packs])]),
            *(_duplicates(each.profile) for each in packs),
            *(_problems(each) for each in packs),
            *(_origin(each) for each in packs),
        ]
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body>{body}</body></html>\n"
    )


def lead(profile: Profile) -> str:
    """Say the most important thing about a pack."""
    pairs = f"{profile.pairs:,} pair{'' if profile.pairs == 1 else 's'}"
    if profile.whole_pairs == profile.pairs and 0 < profile.looks < _ONE_LOOK:
        return f"{pairs}, one look"
    return f"{pairs}, about {_looks(profile.looks)} different looks"


def _looks(looks: float) -> str:
    return f"{looks:.1f}" if looks < _EXACT_BELOW else f"{looks:,.0f}"


def _head(checked: Checked) -> str:
    tone, verdict = _verdict(checked)
    return (
        f"<header><h1>{escape(checked.profile.pack)}</h1>"
        f'<p class="lead">{lead(checked.profile)}</p>'
        f'<p><span class="verdict {tone}">{verdict}</span></p>'
        f"{_list(checked.failures, 'bad')}{_list(checked.warnings, 'warn')}</header>"
    )


def _verdict(checked: Checked) -> tuple[str, str]:
    if checked.failures:
        return "bad", "does not pass"
    return ("warn", "passes, with warnings") if checked.warnings else ("good", "passes")


def _list(sentences: Sequence[str], tone: str) -> str:
    if not sentences:
        return ""
    return f'<ul class="{tone}">{"".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)}</ul>'


def _legend() -> str:
    keys = "".join(f'<span class="key k{place}"></span>{layer}s' for place, layer in enumerate(_LAYERS))
    return f'<p class="dim">{keys}</p>'


def _cards(packs: Sequence[Checked], cards: Iterable[str]) -> str:
    return f'<div class="cards {"of-one" if len(packs) == 1 else "of-two"}">{"".join(cards)}</div>'


def _figure(title: str, drawing: str, caption: str) -> str:
    return f"<figure><h3>{escape(title)}</h3>{drawing}<figcaption>{escape(caption)}</figcaption></figure>"


def _nearest(survey: Survey) -> str:
    name = survey.pack.name
    drawing = histogram(
        f"Distance of each preset of {name} to the one most like it",
        {"fg": survey.fg_hood.nearest, "bg": survey.bg_hood.nearest},
        _EDGES,
        mark=SAME,
        axis="distance to the preset most like it",
    )
    return _figure(
        f"{name}: the nearest other", drawing, "Presets left of the dashed line have a double in the pack."
    )


def _maps(packs: Sequence[Checked]) -> Iterator[str]:
    """Draw all on one map, so that two packs can be compared."""
    layers = [np.stack([p.point for p in layer]) for layer in _layers(packs) if layer]
    if not layers:
        return
    points = np.concatenate(layers)
    axes = _main_axes(points)
    flat = points @ axes
    centre = flat.min(axis=0) / 2 + flat.max(axis=0) / 2
    reach = max(_LEAST_REACH, 1.05 * float(np.abs(flat - centre).max()))
    for each in packs:
        series = {
            layer: np.array([p.point for p in portraits]) @ axes
            for layer, portraits in (("fg", each.survey.fg), ("bg", each.survey.bg))
            if portraits
        }
        name = each.profile.pack
        drawing = scatter(
            f"Map of the presets of {name}",
            series,
            centre=(float(centre[0]), float(centre[1])),
            reach=reach,
            ring=SAME,
        )
        caption = "Near dots look alike; the dashed ring holds one look. Most distance does not fit on a map."
        yield _figure(f"{name}: a map", drawing, caption)


def _layers(packs: Sequence[Checked]) -> Iterator[Sequence[Portrait]]:
    for each in packs:
        yield each.survey.fg
        yield each.survey.bg


def _main_axes(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """Find the two directions in which points differ most."""
    centred = points.astype(np.float64) - points.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    axes = vectors[:, -1:-3:-1]
    # Either sign of an axis is as good; one of them must always be taken.
    return axes * np.where(axes[np.abs(axes).argmax(axis=0), [0, 1]] < 0, -1, 1)


def _traits_table(packs: Sequence[Checked]) -> str:
    layers = [
        (each.profile.pack, place, layer)
        for each in packs
        for place, layer in enumerate(each.profile.layers.values())
    ]
    heads = "".join(
        f"<th>{escape(pack) + '<br>' if len(packs) > 1 else ''}{_breakable(_LAYERS[place])}s</th>"
        for pack, place, _ in layers
    )
    counts = [
        ("presets", [f"{layer.presets:,}" for *_, layer in layers]),
        ("that differ in a byte", [f"{layer.distinct_bytes:,}" for *_, layer in layers]),
        ("that differ in meaning", [f"{layer.distinct_meanings:,}" for *_, layer in layers]),
        ("different looks, about", [_looks(layer.looks) for *_, layer in layers]),
        ("look like an earlier one", [_share(layer.duplicates, layer, place) for _, place, layer in layers]),
    ]
    traits = [
        (words, [_share(layer.traits[name_of(trait)], layer, place) for _, place, layer in layers])
        for trait, words in WORDS.items()
    ]
    rows = "".join(
        f"<tr><td>{escape(name)}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
        for name, cells in [*counts, *traits]
    )
    table = f"<table><thead><tr><th></th>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="card scroll">{table}</div>'


def _breakable(layer: str) -> str:
    """Let a phone write four columns beside each other."""
    return layer.replace("ground", "&shy;ground")


def _share(count: int, layer: LayerProfile, place: int) -> str:
    share = count / layer.presets if layer.presets else 0.0
    bar = f'<span class="share"><i class="k{place}" style="width:{share:.0%}"></i></span>'
    return f"{share:.0%}{bar}"


def _spreads(profiles: Sequence[Profile]) -> Iterator[str]:
    """Draw every number on one scale for all packs."""
    scales = {
        name: _scale([layer.numbers[name] for p in profiles for layer in p.layers.values()]) for name in SHOWN
    }
    for profile in profiles:
        rows = [
            Strip(
                name=name,
                spreads=[layer.numbers[name] for layer in profile.layers.values()],
                low=low,
                high=high,
            )
            for name, (low, high) in scales.items()
        ]
        yield _figure(
            f"{profile.pack}: numbers that shape a look",
            strips(f"Spread of the parameters of {profile.pack}", rows),
            "Thin: the middle 90 %; thick: the middle half; at the end of a line, its scale.",
        )


def _scale(spreads: Sequence[Mapping[str, float]]) -> tuple[float, float]:
    lows = [spread["p05"] for spread in spreads if spread]
    highs = [spread["p95"] for spread in spreads if spread]
    return min(lows, default=0.0), max(highs, default=0.0)


def _duplicates(profile: Profile) -> str:
    if not profile.duplicate_groups:
        return ""
    items = "".join(
        f"<li>{len(group):,} pairs: {escape(_numbers(group))}</li>" for group in profile.duplicate_groups
    )
    return f"<h2>{escape(profile.pack)}: pairs that look the same</h2><ul>{items}</ul>"


def _numbers(group: Sequence[int]) -> str:
    shown = ", ".join(map(str, group[:_NUMBERS_SHOWN]))
    return f"{shown}, …" if len(group) > _NUMBERS_SHOWN else shown


def _problems(checked: Checked) -> str:
    if not checked.problems:
        return ""
    shown = checked.problems[:PROBLEMS_SHOWN]
    items = "".join(
        f'<li class="{"bad" if each.severity == "error" else "warn"}">{escape(str(each))}</li>'
        for each in shown
    )
    rest = len(checked.problems) - len(shown)
    more = f'<p class="dim">{rest:,} more are not shown.</p>' if rest else ""
    return f"<h2>{escape(checked.profile.pack)}: what is wrong</h2><ul>{items}</ul>{more}"


def _origin(checked: Checked) -> str:
    pack = checked.survey.pack
    return (
        f"<details><summary>{escape(pack.name)}: which pack this is</summary>"
        f"<ul><li>folder {escape(str(pack.folder))}</li><li>manifest {escape(pack.manifest_file)}</li>"
        f"<li>manifest hash {pack.manifest_hash}</li><li>content hash {pack.content_hash}</li>"
        f"<li>provenance: {checked.origin.state}</li></ul></details>"
    )
