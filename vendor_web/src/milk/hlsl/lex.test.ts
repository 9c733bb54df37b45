import { expect, test } from "vitest";
import { cpuSeconds } from "../fixtures/cpu-time";
import { lex } from "./lex";

const texts = (text: string) => lex(text).map((token) => token.text);

test("words, numbers and signs are tokens; the longest sign wins", () => {
  expect(texts("ret+=uv.x<=2.5e-1?a<<2:-b")).toEqual([
    "ret",
    "+=",
    "uv",
    ".",
    "x",
    "<=",
    "2.5e-1",
    "?",
    "a",
    "<<",
    "2",
    ":",
    "-",
    "b",
  ]);
});

test("a number may lack a digit before or behind its point, and carry a letter", () => {
  expect(texts(".5 1. 2.0f 3h 0x1F 1e3")).toEqual([".5", "1.", "2.0f", "3h", "0x1F", "1e3"]);
});

test("a swizzle on a number is not its point", () => {
  expect(texts("1.xxx 0.5.xx 1.rgb")).toEqual(["1", ".", "xxx", "0.5", ".", "xx", "1", ".", "rgb"]);
});

test("comments separate tokens, and lines go on counting", () => {
  const tokens = lex("a/* one\ntwo */b // three\nc");
  expect(tokens.map(({ text, line }) => [text, line])).toEqual([
    ["a", 1],
    ["b", 2],
    ["c", 3],
  ]);
});

test("a comment that is never closed reaches to the end", () => {
  expect(texts("a /* b")).toEqual(["a"]);
});

test("a backslash at the end of a line joins it to the next", () => {
  expect(lex("#define A \\\n b\nc").map(({ text, startsLine }) => [text, startsLine])).toEqual([
    ["#", true],
    ["define", false],
    ["A", false],
    ["b", false],
    ["c", true],
  ]);
});

test("strings and characters that HLSL does not know are left out", () => {
  expect(texts('a @ b § "c d" $ e `')).toEqual(["a", "b", "e"]);
});

test("two hundred thousand strays, quotes, comments or backslashes take no time worth naming", () => {
  for (const piece of ["@", '"', "/*", "/", "\\", "\\ ", "1.", "\\\n"]) {
    expect(
      cpuSeconds(() => lex(piece.repeat(200_000))),
      piece,
    ).toBeLessThan(3);
  }
});
