import { describe, expect, test } from "vitest";
import { MAX_EQUATION_CHARACTERS, MAX_OPEN_BRACKETS, flatten, prepareEquations } from "./equations";
import { Refusal } from "./refusal";

describe("code becomes one line", () => {
  test.each([
    ["lines join without a gap, for presets break words in two", "x = ba\nss;", "x = bass;"],
    ["comments end with their line", "a; // one\nb; \\\\ two\nc;", "a; b; c;"],
    ["a block of comment may span lines", "a; /* one\ntwo */ b;", "a;  b;"],
    ["a comment that is never closed reaches to the end", "a; /* b;\nc;", "a; "],
    ["a block opens even behind another comment, as in MilkDrop", "a; // /*\nb; */ c;", "a;  c;"],
    ["a carriage return is no code", "a;\r\nb;", "a;b;"],
  ])("%s", (_, code, flat) => {
    expect(flatten(code).code).toBe(flat);
  });
});

describe("code that compiles is taken", () => {
  test.each([
    "",
    "// nothing",
    "x = sin(time) * bass; y = if(above(x, 1), 2, 3);",
    "megabuf(1) = 2; loop(3, a = a + 1)",
  ])("%s", (code) => {
    expect(prepareEquations(code, 2)).toBe(flatten(code).code);
  });
});

describe("code that does not compile is refused", () => {
  const refused = (code: string) => {
    try {
      prepareEquations(code, 2);
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
    throw new Error("it was taken");
  };

  test("with the line it stands on, comments and blank lines counted", () => {
    expect(refused("a = 1; // one\n\nb = (2;\n").line).toBe(3);
    expect(refused("a = 1;\nb = nosuch(2);").line).toBe(2);
  });

  test("in one sentence", () => {
    expect(refused("a = nosuch(2);").message).toBe('"nosuch" is not defined');
    expect(refused("b = (2;").message).not.toContain("\n");
  });

  test("and so is what is too long, too deep or of too many parts", () => {
    expect(refused("x;".repeat(MAX_EQUATION_CHARACTERS)).message).toMatch(/characters/);
    const deep = MAX_OPEN_BRACKETS + 1;
    expect(refused(`a;\n${"(".repeat(deep)}1${")".repeat(deep)}`)).toMatchObject({
      message: expect.stringMatching(/brackets/),
      line: 2,
    });
    expect(refused(`1${"+1".repeat(MAX_EQUATION_CHARACTERS / 2 - 1)}`).message).toMatch(/too many parts/);
  });
});
