import { describe, expect, test } from "vitest";
import { Refusal } from "../refusal";
import { BOOL, FLOAT, INT, LITERAL, floats, matrixOf, numeric } from "./types";
import type { Type } from "./types";
import { commonType, construct, convert, zeroOf } from "./value";

const a = (type: Type) => ({ code: "a", type });

describe("HLSL converts without being asked", () => {
  test.each<[string, Type, Type, string]>([
    ["nothing where types agree", floats(3), floats(3), "a"],
    ["a scalar fills a vector", FLOAT, floats(3), "vec3(a)"],
    ["a vector loses its tail", floats(4), floats(2), "a.xy"],
    ["a vector is cut to a scalar", floats(3), FLOAT, "a.x"],
    ["a vector too short is filled with zeros", floats(2), floats(4), "vec4(a, 0, 0)"],
    ["whole numbers become floats", INT, FLOAT, "float(a)"],
    ["floats become whole numbers", floats(3), numeric("int", 2), "ivec2(a.xy)"],
    ["a number is true unless it is zero", FLOAT, BOOL, "bool(a)"],
    ["a truth is 0 or 1", BOOL, floats(3), "vec3(a)"],
    ["a scalar fills a matrix, not its diagonal alone", FLOAT, matrixOf(2, 2), "(mat2(1.0, 1.0, 1.0, 1.0) * a)"],
    ["four numbers are a small matrix", floats(4), matrixOf(2, 2), "mat2(a)"],
    ["a matrix is cut down", matrixOf(4, 4), matrixOf(3, 3), "mat3(a)"],
    ["a matrix is cut to its first row", matrixOf(3, 3), floats(2), "a[0].xy"],
  ])("%s", (_, from, to, code) => {
    expect(convert(a(from), to)).toEqual({ code, type: to });
  });

  test("a number as written takes the form that is wanted", () => {
    const two = { code: "2", type: LITERAL };
    expect(convert(two, FLOAT).code).toBe("2.0");
    expect(convert(two, floats(2)).code).toBe("vec2(2.0)");
    expect(convert(two, INT).code).toBe("2");
    expect(convert(two, BOOL).code).toBe("true");
    expect(convert({ code: "(2 + 1)", type: LITERAL }, FLOAT).code).toBe("float((2 + 1))");
  });

  test("but not everything to everything", () => {
    expect(() => convert(a({ kind: "sampler", dimensions: 2 }), FLOAT)).toThrow(Refusal);
    expect(() => convert(a(floats(3)), matrixOf(2, 2))).toThrow("a vec3 stands where a mat2 is needed");
  });
});

test("operands meet in floats before whole numbers, in the shorter vector, in the vector before the scalar", () => {
  expect(commonType(INT, FLOAT)).toEqual(FLOAT);
  expect(commonType(floats(4), floats(2))).toEqual(floats(2));
  expect(commonType(FLOAT, numeric("int", 3))).toEqual(floats(3));
  expect(commonType(LITERAL, LITERAL)).toEqual(LITERAL);
  expect(commonType(LITERAL, BOOL)).toEqual(INT);
  expect(commonType(BOOL, BOOL)).toEqual(BOOL);
  expect(commonType(FLOAT, matrixOf(2, 3))).toEqual(matrixOf(2, 3));
});

test("a vector is made of what is given: cut where it is too much, zeros where it is too little", () => {
  expect(construct(floats(3), [a(floats(2)), { code: "1", type: LITERAL }]).code).toBe("vec3(a, 1.0)");
  expect(construct(floats(2), [a(floats(4)), a(FLOAT)]).code).toBe("vec2(a.xy)");
  expect(construct(floats(4), [a(FLOAT), a(INT)]).code).toBe("vec4(a, float(a), 0, 0)");
});

test("zero has a spelling for every type", () => {
  expect(zeroOf(floats(2))).toBe("vec2(0)");
  expect(
    zeroOf({
      kind: "struct",
      name: "S",
      fields: new Map<string, Type>([
        ["x", INT],
        ["y", floats(3)],
      ]),
    }),
  ).toBe("S_m(int(0), vec3(0))");
});
