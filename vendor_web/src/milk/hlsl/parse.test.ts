import { describe, expect, test } from "vitest";
import { Refusal } from "../refusal";
import { lex } from "./lex";
import { parseShader } from "./parse";
import type { Expression, Statement } from "./syntax";

const body = (code: string): Statement[] => parseShader(lex(`shader_body { ${code} }`)).body;

/** An expression with brackets around everything. */
function spelled(expression: Expression): string {
  switch (expression.kind) {
    case "number":
      return expression.text;
    case "name":
      return expression.name;
    case "binary":
      return `(${spelled(expression.left)} ${expression.operator} ${spelled(expression.right)})`;
    case "unary":
      return `(${expression.operator}${spelled(expression.value)})`;
    case "cast":
      return `(cast ${spelled(expression.value)})`;
    case "assign":
      return `(${spelled(expression.target)} ${expression.operator} ${spelled(expression.value)})`;
    case "choice":
      return `(${spelled(expression.condition)} ? ${spelled(expression.yes)} : ${spelled(expression.no)})`;
    case "member":
      return `${spelled(expression.of)}.${expression.name}`;
    case "index":
      return `${spelled(expression.of)}[${spelled(expression.index)}]`;
    case "call":
      return `${expression.name}(${expression.arguments.map(spelled).join(", ")})`;
    default:
      return `<${expression.kind}>`;
  }
}

function only(code: string): string {
  const [statement, ...more] = body(code);
  if (statement?.kind !== "expression" || more.length > 0) throw new Error("not one expression");
  return spelled(statement.value);
}

describe("expressions", () => {
  test.each([
    ["a + b * c - d", "((a + (b * c)) - d)"],
    ["a = b = c ? d : e ? f : g", "(a = (b = (c ? d : (e ? f : g))))"],
    ["a < b && c == d || !e", "(((a < b) && (c == d)) || (!e))"],
    ["-a.x * b[1].y", "((-a.x) * b[1].y)"],
    ["(float2)a * b", "((cast a) * b)"],
    ["(float3)-a", "(cast (-a))"],
    ["(a) - b", "(a - b)"],
    ["f(a, (b, c))", "f(a, <sequence>)"],
    ["1 << 2 & 3", "((1 << 2) & 3)"],
    ["float2(a, b).yx", "<construct>.yx"],
  ])("%s", (code, tree) => {
    expect(only(`${code};`)).toBe(tree);
  });
});

describe("a shader", () => {
  test("has functions, globals and structures before its body", () => {
    const { header } = parseShader(
      lex(`struct Ray { float3 at, to; };
           static const float gain = 2, more[2] = { 1, 2 };
           sampler sampler_clouds = sampler_state { AddressU = WRAP; };
           float3 look(in Ray ray, inout float2 at : TEXCOORD0, float level = 0) : COLOR { return 1; }
           shader_body { }`),
    );
    expect(header.map((part) => part.kind)).toEqual(["struct", "declaration", "declaration", "function"]);
  });

  test("ends at the last '}' of the text, as MilkDrop has it", () => {
    expect(body("a = 1; } } b = 2;").map(({ kind }) => kind)).toEqual(["expression", "expression"]);
  });

  test("may leave out the last semicolon of a block", () => {
    expect(body("if (a) { b = 1 } c = 2").map(({ kind }) => kind)).toEqual(["if", "expression"]);
  });

  test("has loops, conditions and advice for compilers", () => {
    const code =
      "[unroll] for (int i = 0, j = 1; i < 3; i++, j--) a; while (b) c; do { d; } while (e); if (f) g; else h; return; discard;";
    expect(body(code).map(({ kind }) => kind)).toEqual(["for", "while", "do", "if", "return", "jump"]);
  });
});

describe("what cannot be read is refused", () => {
  const refusal = (text: string): Refusal => {
    try {
      parseShader(lex(text));
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
    throw new Error("it was read");
  };

  test("with the line and the words around", () => {
    const refused = refusal("shader_body {\nret = 1;\nret = 2 +;\n}");
    expect(refused.line).toBe(3);
    expect(refused.message).toBe("a value is expected after 'ret = 2 +', not ';'");
  });

  test("a text without an entry, or without a block behind it", () => {
    expect(refusal("float a;").message).toBe("it has no shader_body");
    expect(refusal("shader_body").message).toBe("its shader_body has no '{'");
  });

  test.each([
    ["brackets", "(".repeat(100_000)],
    ["signs", `a = ${"-".repeat(100_000)}1;`],
    ["casts", `a = ${"(float)".repeat(100_000)}1;`],
    ["sums", `a = 1${"+1".repeat(100_000)};`],
    ["indices", `a = b${"[1]".repeat(100_000)};`],
    ["choices", `a = ${"b?c:".repeat(100_000)}d;`],
    ["assignments", `${"a=".repeat(100_000)}1;`],
    ["calls", "f(".repeat(100_000)],
    ["blocks", "{".repeat(100_000)],
    ["conditions", `${"if(a)".repeat(100_000)};`],
    ["lists", `float a = ${"{".repeat(100_000)}`],
  ])("a hundred thousand nested %s, before the stack ends", (_, code) => {
    expect(refusal(`shader_body { ${code} }`).message).toMatch(/nests? deeper/);
  });
});
