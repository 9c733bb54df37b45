"""Generates packs of coupled pairs whose true quality is known.

A pair comes about in steps, each a pure function of the one before:

    seed and number ─► scene ─► presets
                        └────► truth

    scene     what both layers shall look like, tied by a named coupling   scene, look, couplings
              some are planted with a known flaw                           planted
    presets   each look in MilkDrop's words: how it flows, what is drawn   compose, movements, motifs
              and how it is shown                                          accents, finishes
    truth     both looks, judged                                           truth, quality

Presets and truth are made from the same looks and know nothing of each other, so that nothing but what a pair
shows can tell how good it is.
"""

from harvest.packs.generate.pack import MOST_PAIRS, TRUTH, Outcome, Progress, Request, generate_pack
from harvest.packs.generate.pair import GeneratedPair, generate_pair
from harvest.packs.generate.planted import DEFAULT_RATES, PLANTED, Rates
from harvest.packs.generate.truth import Truth

__all__ = [
    "DEFAULT_RATES",
    "MOST_PAIRS",
    "PLANTED",
    "TRUTH",
    "GeneratedPair",
    "Outcome",
    "Progress",
    "Rates",
    "Request",
    "Truth",
    "generate_pack",
    "generate_pair",
]
