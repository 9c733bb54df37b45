import { describe, expect, test } from "vitest";
import { pick, seededRandom } from "./fixtures/random";
import readings from "./fixtures/readings.json";
import { MAX_CHARACTERS, MAX_LINE_CHARACTERS, leadingNumber, read } from "./read";
import type { Part, Reading } from "./read";
import { Refusal } from "./refusal";

/*
 * What the readings in fixtures/readings.json say is what harvest's Python reader makes of the texts there. To write it
 * anew, from the repository's root:
 *
 *   .venv/bin/python - <<'END'
 *   import json, pathlib
 *   from harvest.packs.milk import MilkError, parse
 *   path = pathlib.Path("vendor_web/src/milk/fixtures/readings.json")
 *   entries = json.loads(path.read_text())
 *   part = lambda of: {"parameters": dict(of.parameters), "code": dict(of.code)}
 *   parts = lambda all: {str(of.index): part(of) for of in all}
 *   for entry in entries:
 *       try:
 *           preset = parse(entry["text"].encode()).preset
 *           entry["reading"] = part(preset) | {"waves": parts(preset.waves), "shapes": parts(preset.shapes)}
 *       except MilkError:
 *           entry["reading"] = None
 *   path.write_text(json.dumps(entries, indent=1) + "\n")
 *   END
 */
describe("reads as harvest's Python does", () => {
  test.each(readings)("$habit", ({ text, reading }) => {
    if (reading === null) expect(() => read(text)).toThrow(Refusal);
    else expect(plain(read(text))).toEqual(reading);
  });
});

function plain(reading: Reading) {
  const part = ({ parameters, code }: Part) => ({
    parameters: Object.fromEntries(parameters),
    code: Object.fromEntries(code),
  });
  const parts = (all: Map<number, Part>) => Object.fromEntries([...all].map(([index, of]) => [index, part(of)]));
  return { ...part(reading), waves: parts(reading.waves), shapes: parts(reading.shapes) };
}

describe("a number", () => {
  const random = seededRandom(1);
  const numbers = Array.from({ length: 500 }, () => (random() - 0.5) * 10 ** Math.floor(random() * 40 - 20));

  test("is read as JavaScript and Python write it", () => {
    for (const number of numbers) expect(leadingNumber(String(number))).toBe(number);
  });

  test("may have blanks before it and anything behind it that goes on no number", () => {
    const tails = ["", " ", ";", "x", " 5", ",5", "e", "e+", "\t// a comment", "f"];
    for (const number of numbers) {
      const spelled = `${pick(random, ["", " ", "\t "])}${number}${pick(random, tails)}`;
      expect(leadingNumber(spelled), spelled).toBe(number);
    }
  });

  test("is none without a digit, or beyond the largest", () => {
    for (const text of ["", " ", "x1", ".", "-", "--1", "Infinity", "NaN", "1e309", "-1e309", "\u00a01"]) {
      expect(leadingNumber(text), text).toBeNull();
    }
  });
});

describe("a hostile text is refused", () => {
  test.each([
    ["more characters than a preset has", `zoom=1\n${"\n".repeat(MAX_CHARACTERS)}`, /characters/],
    ["a line longer than MilkDrop reads", `zoom=1\nper_frame_1=${"x".repeat(MAX_LINE_CHARACTERS)}`, /the line has/],
    ["two megabytes in one line", "x".repeat(2 << 20), /characters/],
  ])("%s", (_, text, why) => {
    expect(() => read(text)).toThrow(why);
  });

  test("with the line that is too long", () => {
    const text = `zoom=1\nper_frame_1=${"x".repeat(MAX_LINE_CHARACTERS)}`;
    expect(() => read(text)).toThrow(expect.objectContaining({ line: 2 }));
  });

  test("but the longest allowed line is read", () => {
    const value = "x".repeat(MAX_LINE_CHARACTERS - "per_frame_1=".length);
    expect(read(`per_frame_1=${value}`).code.get("per_frame")).toBe(value);
  });
});
