"""`.milk` files: what each of them says, and editing that touches nothing else.

A preset is lines of `name=value`. Numbers stand alone; code is spread over numbered lines:

    MILKDROP_PRESET_VERSION=201     from 200 on there may be shaders; missing means MilkDrop 1
    [preset00]                      only MilkDrop 1 asks for it
    zoom=1.01                       a parameter
    wavecode_0_enabled=1            a parameter of wave 0; shapes have shapecode_0_…
    wave_0_per_point1=x = sample;   code of wave 0, line 1
    per_frame_1=q1 = bass;          code, line 1
    warp_1=`shader_body {           a shader; its lines begin with a backtick, which is not part of them

What a file says is what projectM 4 makes of it, and MilkDrop 2 with it: the first of equal names
counts, whatever its section; a name ends at the first blank or `=`; code ends at the first missing
number. They part over case, which projectM ignores and MilkDrop 2 does not. MilkDrop 1 reads an INI
section and trims names and values. butterchurn's converter takes the last of equal parameters, and
joins every line of code in file order. A file's `problems` name what one of them may read otherwise.

Numbers are read with their fraction. MilkDrop and projectM cut whole-number parameters at the point:
24 of 21,981 real files have a fraction there.
"""

from harvest.packs.milk.double import Blend, DoubleMilk, parse_milk2
from harvest.packs.milk.file import MAX_BYTES, MAX_LINE_BYTES, Milk, build, parse
from harvest.packs.milk.preset import MilkError, Preset, Shape, Wave
from harvest.packs.milk.reading import MilkProblem, ProblemKind

__all__ = [
    "MAX_BYTES",
    "MAX_LINE_BYTES",
    "Blend",
    "DoubleMilk",
    "Milk",
    "MilkError",
    "MilkProblem",
    "Preset",
    "ProblemKind",
    "Shape",
    "Wave",
    "build",
    "parse",
    "parse_milk2",
]
