"""The shared words: every file that passes between harvest, train, orchestrate and the page.

One word a thing, in code, JSON, command line and documents:

    preset          one `.milk` file; the page shows two at once, a foreground (fg) and a background (bg)
    pair            a foreground and a background preset shown together, with an id within its pack
    pack            a folder of pairs with its manifest
    manifest        the list of a pack's pairs; a filtered manifest lists some of them
    plan            the visits due, in order; made from pack, journal and seed
    visit           one showing of one pair; it yields a sample or a fault
    repeat          one pass of a plan over a pack
    sample          what a visit measured, with the evidence that it is true
    evidence        what was really on screen, on which renderer, with what audio, for how many frames
    figure          one measured number of a pair; S and T are the couplings of its layers in space and time
    fault           something that went wrong; its remedy mends it, then the visit is repeated
    journal         `eval.jsonl`: samples and faults of one run, one a line, only ever appended
    run             one folder of journal, meta and summary; one run token marks all that belongs to it
    meta            `meta.json`: what a run is, was told, and has reached
    summary         `run-summary.json`: how a run ended, whichever way it did
    adapter         how a page is driven: stepped (virtual clock) or realtime (the owner's page)
    renderer class  what draws: hardware (a GPU) or software (SwiftShader, llvmpipe and their like)
    coverage        distinct pairs with a valid sample, as a share of a pack's pairs
    model           what learns from samples, hand-scored pairs and negatives, and gives scores
    score           `quality01`, the model's prediction from 0 to 1 of how good a pair looks
    gate            what a model must pass before the page may read its scores
    verdict         what a gate says: passed, failed, or undecided where the data are too few
    version         a model with its scores

A record is one JSON object of these, validated once where it enters and frozen from then on.
Attributes are snake_case; in JSON they bear the names the owner's tools already read. Reading a
record and writing it again loses nothing: unknown keys are kept, absent stays absent, null stays
null, 1 stays 1 and 1.0 stays 1.0.
"""

from harvest.records.lines import (
    Adapter,
    Audio,
    Evidence,
    Fault,
    FaultName,
    Figures,
    JournalLine,
    OnScreen,
    RendererClass,
    Sample,
    Shown,
    Visit,
)
from harvest.records.meta import RunFacts, RunMeta
from harvest.records.pack import Pair, PairsManifest, QualityCounts, QualityFile, QualityStats, ScoredPair
from harvest.records.problem import Problem, RecordError
from harvest.records.record import Record
from harvest.records.schema import RECORDS, schema
from harvest.records.summary import Ending, RunSummary
from harvest.records.text import parse, parse_line, read, to_json, to_line

__all__ = [
    "RECORDS",
    "Adapter",
    "Audio",
    "Ending",
    "Evidence",
    "Fault",
    "FaultName",
    "Figures",
    "JournalLine",
    "OnScreen",
    "Pair",
    "PairsManifest",
    "Problem",
    "QualityCounts",
    "QualityFile",
    "QualityStats",
    "Record",
    "RecordError",
    "RendererClass",
    "RunFacts",
    "RunMeta",
    "RunSummary",
    "Sample",
    "ScoredPair",
    "Shown",
    "Visit",
    "parse",
    "parse_line",
    "read",
    "schema",
    "to_json",
    "to_line",
]
