import { describe, expect, test } from "vitest";
import { cpuSeconds } from "../fixtures/cpu-time";
import { pick, seededRandom } from "../fixtures/random";
import { Refusal } from "../refusal";
import { lex } from "./lex";
import { preprocess } from "./preprocess";

const done = (text: string) =>
  preprocess(text)
    .map((token) => token.text)
    .join(" ");

describe("macros", () => {
  test.each([
    ["a word stands for its body", "#define A b + c\nx A y", "x b + c y"],
    ["arguments are put in place", "#define F(a, b) a * b\nF(1, g(2, 3))", "1 * g ( 2 , 3 )"],
    ["a macro with brackets is a plain word without them", "#define F(a) a\nF + 1", "F + 1"],
    ["brackets behind a gap belong to the body", "#define A (b)\nA", "( b )"],
    ["macros call macros", "#define A B\n#define B(x) x x\nA(1)", "1 1"],
    [
      "a macro that stands for the name of another takes its brackets",
      "#define Look Far\n#define Far(x) [x]\nLook(1) Look",
      "[ 1 ] Far",
    ],
    ["no macro calls itself", "#define A A + B\n#define B A\nA", "A + A"],
    ["arguments may spread over lines", "#define F(a) a\nF(1 +\n2)", "1 + 2"],
    ["a missing argument is nothing", "#define F(a, b) a b\nF(1)", "1"],
    ["an open call is left as it is", "#define F(a) a\nF(1", "F ( 1"],
    ["two tokens may be pasted", "#define Q(n) q##n\nQ(1) + Q(2)", "q1 + q2"],
    ["a later definition replaces an earlier one", "#define A 1\n#define A 2\nA", "2"],
    ["a definition may be taken back", "#define A 1\n#undef A\nA", "A"],
    ["presets define x and go on to write uv.x", "#define x 3\nuv.x + x", "uv . x + 3"],
    ["a macro for a swizzle works behind the point", "#define swap yx\nuv.swap", "uv . yx"],
    ["a body goes on behind a backslash", "#define A 1 + \\\n 2\nA", "1 + 2"],
  ])("%s", (_, text, expected) => {
    expect(done(text)).toBe(expected);
  });

  test("what MilkDrop defines is defined", () => {
    expect(done("GetPixel(uv)")).toBe("( tex2D ( sampler_main , ( uv ) ) . xyz )");
    expect(done("lum(1)")).toBe("( dot ( ( 1 ) , float3 ( 0.32 , 0.49 , 0.29 ) ) )");
    expect(done("sampler_FC_main")).toBe("sampler_fc_main");
  });

  test("what they bring in stands on the line that calls them", () => {
    expect(preprocess("#define A b\n\n\nA").map(({ line }) => line)).toEqual([4]);
  });
});

describe("conditions", () => {
  test.each([
    ["1", true],
    ["0", false],
    ["2 > 1 && !(3 == 4)", true],
    ["1 + 2 * 3 == 7", true],
    ["7 / 2 == 3 && 7 % 4 == 3", true],
    ["-1 < +0 || 0", true],
    ["defined(GIVEN) && defined GIVEN", true],
    ["defined(OTHER)", false],
    ["GIVEN >= 5", true],
    ["UNKNOWN", false],
    ["", false],
    ["1 ? 0", true],
  ])("#if %s", (condition, holds) => {
    expect(done(`#define GIVEN 5\n#if ${condition}\nyes\n#else\nno\n#endif`)).toBe(holds ? "yes" : "no");
  });

  test("only the first branch that holds counts", () => {
    expect(done("#if 0\na\n#elif 1\nb\n#elif 1\nc\n#else\nd\n#endif")).toBe("b");
  });

  test("within a dead branch nothing lives or is defined", () => {
    expect(done("#ifdef NO\n#define A 1\n#if 1\nx\n#else\ny\n#endif\n#endif\nA")).toBe("A");
    expect(done("#ifndef NO\nx\n#ifdef NO\ny\n#else\nz\n#endif\n#endif")).toBe("x z");
  });

  test("other directives say nothing", () => {
    expect(done('#pragma x\n#include "y"\na')).toBe("a");
  });

  test("without their #if they are refused", () => {
    expect(() => preprocess("#endif")).toThrow(Refusal);
    expect(() => preprocess("#else")).toThrow(Refusal);
  });
});

describe("hostile texts end soon", () => {
  const doubling = Array.from({ length: 40 }, (_, i) => `#define A${i} A${i + 1} A${i + 1}`).join("\n");
  const chain = Array.from({ length: 100_000 }, (_, i) => `#define A${i} A${i + 1}`).join("\n");
  test.each([
    ["macros that double forty times", `${doubling}\nA0`],
    ["a hundred thousand macros that call each other", `${chain}\nA0`],
    ["calls within calls", `#define F(x) x x\n${"F(".repeat(90)}1${")".repeat(90)}`],
    ["calls that are never closed", `#define F(x) x\n${"F(".repeat(100_000)}`],
    ["a long argument used often", `#define F(x) ${"x ".repeat(50_000)}\nF(${"1 ".repeat(50_000)})`],
    ["brackets in a condition", `#if ${"(".repeat(100_000)}`],
    ["a condition of signs", `#if ${"!".repeat(100_000)}1`],
  ])("%s", (_, text) => {
    const seconds = cpuSeconds(() => expect(() => preprocess(text)).toThrow(Refusal));
    expect(seconds).toBeLessThan(5);
  });
});

test("a text without macros and directives comes out as it went in", () => {
  const random = seededRandom(2);
  const pieces = ["a", "1.5", "(", ")", ",", ";", "uv", ".", "+", "{", "}", "\n", " ", "=="];
  for (let round = 0; round < 200; round++) {
    const text = Array.from({ length: 40 }, () => pick(random, pieces)).join(" ");
    expect(done(text)).toBe(
      lex(text)
        .map((token) => token.text)
        .join(" "),
    );
  }
});

test("any mixture of directives and macros ends in tokens or in a refusal", () => {
  const random = seededRandom(3);
  const names = ["A", "B", "C"];
  const pieces = ["A", "B(", "C", ")", ",", "##", "1", "(", "defined", "x", "!", "&&"];
  const heads = [
    "",
    "",
    "#define A ",
    "#define B(x) ",
    "#define C(",
    "#undef A",
    "#if ",
    "#ifdef A",
    "#else",
    "#elif ",
    "#endif",
    "#",
  ];
  for (let round = 0; round < 500; round++) {
    const lines = Array.from(
      { length: 8 },
      () => pick(random, heads) + Array.from({ length: 5 }, () => pick(random, [...pieces, ...names])).join(" "),
    );
    try {
      expect(preprocess(lines.join("\n")).every((token) => token.text !== "")).toBe(true);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }
});
