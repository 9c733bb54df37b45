/**
 * Preset text to numbers and code, by the reading rules of `harvest/packs/milk`: the first of equal names counts, in
 * any case and whatever its section; a name ends at the first blank or `=`; code ends at the first missing number.
 */

import { BUTTERCHURN_NAMES, CODE_BLOCKS, PARTS_IN_FILES, codePrefix, parameterPrefix } from "./names";
import type { Kind } from "./names";
import { Refusal } from "./refusal";

/** What projectM 4 reads at most; the largest of 21,981 real presets has 213,970 bytes. */
export const MAX_CHARACTERS = 1 << 20;
/** What MilkDrop 2 reads of one value at most; the longest real line has 1,525 bytes. */
export const MAX_LINE_CHARACTERS = 1 << 15;

const LINE_END = /\r\n|\n|\r/;
const NUMBER = /^[ \t\n\r\f\v]*([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)/;
const BLANK = /^[ \t\n\r\f\v]*$/;
const MARKUP = /^[ \t\n\r\f\v]*</;
/** What a comment or a section begins with. */
const ASIDES = "/;#[";

/** The numbers and the code of a preset, a wave or a shape; whatever the file leaves out is absent here too. */
export interface Part {
  /** By lower-case name, as the file has it: `fdecay`, `bspectrum`. */
  parameters: Map<string, number>;
  /** By block: `per_frame`, `init`, `warp`. */
  code: Map<string, string>;
}

export interface Reading extends Part {
  waves: Map<number, Part>;
  shapes: Map<number, Part>;
}

export function read(text: string): Reading {
  refuseHostile(text);
  const values = firstValues(text);
  const preset = takePart(values, "preset", 0);
  const reading = { ...preset, waves: takeParts(values, "wave"), shapes: takeParts(values, "shape") };
  if (isEmpty(preset) && reading.waves.size === 0 && reading.shapes.size === 0) {
    throw new Refusal("no line of the file sets anything that MilkDrop knows");
  }
  return reading;
}

/** Reads as much of a text as is a finite number. */
export function leadingNumber(text: string): number | null {
  const match = NUMBER.exec(text);
  const number = Number(match?.[1] ?? Infinity);
  return Number.isFinite(number) ? number : null;
}

function refuseHostile(text: string): void {
  if (text.length > MAX_CHARACTERS) {
    throw new Refusal(`the file has ${text.length} characters, and no preset above ${MAX_CHARACTERS} is read`);
  }
  if (BLANK.test(text)) throw new Refusal("the file is empty");
  if (text.includes("\0")) throw new Refusal("the file is binary");
  // A web server that has no such file may answer with a page and status 200.
  if (MARKUP.test(text)) throw new Refusal("the file is an HTML page or other markup");
  if (text.includes("[PRESET1_BEGIN]")) throw new Refusal("the file holds two presets, as MilkDrop 3 writes them");
}

function firstValues(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const [index, line] of text.split(LINE_END).entries()) {
    if (line.length > MAX_LINE_CHARACTERS) {
      throw new Refusal(
        `the line has ${line.length} characters, and MilkDrop reads at most ${MAX_LINE_CHARACTERS}`,
        index + 1,
      );
    }
    const end = nameEnd(line);
    const name = line.slice(0, Math.max(end, 0)).toLowerCase();
    if (name !== "" && !ASIDES.includes(name.charAt(0)) && !values.has(name)) values.set(name, line.slice(end + 1));
  }
  return values;
}

/** A line without `=` sets nothing, unless a blank ends its name: `zoom 1.5`. */
function nameEnd(line: string): number {
  const equals = line.indexOf("=");
  const blank = line.indexOf(" ");
  return blank >= 0 && (equals < 0 || blank < equals) ? blank : equals;
}

function takeParts(values: Map<string, string>, kind: Kind): Map<number, Part> {
  const parts = new Map<number, Part>();
  for (let index = 0; index < PARTS_IN_FILES; index++) {
    const part = takePart(values, kind, index);
    if (!isEmpty(part)) parts.set(index, part);
  }
  return parts;
}

function takePart(values: Map<string, string>, kind: Kind, index: number): Part {
  const part: Part = { parameters: new Map(), code: new Map() };
  for (const name of Object.keys(BUTTERCHURN_NAMES[kind])) {
    const number = leadingNumber(values.get(parameterPrefix(kind, index) + name) ?? "");
    if (number !== null) part.parameters.set(name, number);
  }
  for (const block of CODE_BLOCKS[kind]) {
    const code = takeCode(values, codePrefix(kind, index, block));
    if (code !== "") part.code.set(block, code);
  }
  return part;
}

function takeCode(values: Map<string, string>, prefix: string): string {
  const lines: string[] = [];
  for (let value = values.get(`${prefix}1`); value !== undefined; value = values.get(`${prefix}${lines.length + 1}`)) {
    // MilkDrop writes a backtick before every line of a shader, because Windows trims what follows the `=`.
    lines.push(value.startsWith("`") ? value.slice(1) : value);
  }
  return lines.join("\n");
}

function isEmpty(part: Part): boolean {
  return part.parameters.size === 0 && part.code.size === 0;
}
