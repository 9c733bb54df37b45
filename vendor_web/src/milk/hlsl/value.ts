/** A piece of GLSL with its type, and the conversions that HLSL makes without being asked. */

import { Refusal } from "../refusal";
import { BOOL, FLOAT, INT, componentCount, floats, glslType, isSameType, numeric } from "./types";
import type { Matrix, Numeric, Type } from "./types";

/** Compound code stands in brackets, so that a dot, an index or an operator may follow it. */
export interface Value {
  code: string;
  type: Type;
}

/** Some forms repeat an operand; nested, they would double the code at every level. */
const MAX_CODE = 100_000;

export function value(code: string, type: Type): Value {
  if (code.length > MAX_CODE) throw new Refusal("an expression grows too long in translation");
  return { code, type };
}

/** Fits a value to a type as HLSL does: scalars fill, vectors lose their tail, numbers change kind. */
export function convert(from: Value, to: Type): Value {
  if (from.type.kind === "array" || from.type.kind === "struct" || to.kind === "array" || to.kind === "struct")
    return from;
  if (from.type.kind === "sampler" || to.kind === "sampler" || from.type.kind === "void" || to.kind === "void") {
    if (isSameType(from.type, to)) return from;
    throw noConversion(from.type, to);
  }
  if (to.kind === "matrix") return toMatrix(from, from.type, to);
  if (from.type.kind === "matrix") return convert(value(`${from.code}[0]`, floats(from.type.columns)), to);
  return toNumeric(from.code, from.type, to);
}

/** What a condition must be; of a vector the first number decides. */
export function toBool(from: Value): string {
  return convert(from, BOOL).code;
}

export function toInt(from: Value): string {
  return convert(from, INT).code;
}

export function toFloats(from: Value, size: number): string {
  return convert(from, floats(size)).code;
}

/** Finds the type in which two operands meet; of two vectors the shorter one counts. */
export function commonType(left: Type, right: Type): Type {
  if (left.kind === "matrix" || right.kind === "matrix") return left.kind === "matrix" ? left : right;
  if (left.kind !== "numeric" || right.kind !== "numeric") return left;
  const bases = [left.base, right.base];
  const size = left.size === 1 || right.size === 1 ? Math.max(left.size, right.size) : Math.min(left.size, right.size);
  if (bases.includes("float")) return floats(size);
  if (bases.every((base) => base === "bool")) return numeric("bool", size);
  return numeric(bases.every((base) => base === "literal") && size === 1 ? "literal" : "int", size);
}

/** Makes a value of a type out of a list of values, as `float3(uv, 1)` does. */
export function construct(type: Type, given: readonly Value[]): Value {
  if (type.kind === "struct") {
    const fields = [...type.fields.values()];
    return value(
      `${glslType(type)}(${given.map((item, at) => convert(item, fields[at] ?? item.type).code).join(", ")})`,
      type,
    );
  }
  const only = given.length === 1 ? given[0] : undefined;
  if (only !== undefined) return convert(only, type);
  if (type.kind === "matrix") {
    const parts = given.map((item) =>
      item.type.kind === "matrix" ? item.code : toFloats(item, componentCount(item.type)),
    );
    return value(`${glslType(type)}(${parts.join(", ")})`, type);
  }
  if (type.kind !== "numeric") throw new Refusal(`a ${glslType(type)} cannot be made out of values`);
  return constructVector(type, given);
}

/** What a variable holds that nothing was assigned to; presets rely on it being zero. */
export function zeroOf(type: Type): string {
  if (type.kind !== "struct") return `${glslType(type)}(0)`;
  return `${glslType(type)}(${[...type.fields.values()].map(zeroOf).join(", ")})`;
}

/** HLSL wants the exact number of components; too many are cut here and missing ones are zero. */
function constructVector(type: Numeric, given: readonly Value[]): Value {
  const parts: string[] = [];
  let filled = 0;
  for (const item of given) {
    if (filled >= type.size) break;
    const taken = Math.min(componentCount(item.type), type.size - filled);
    // GLSL takes as many numbers of a matrix as there is room for.
    parts.push(item.type.kind === "matrix" ? item.code : convert(item, numeric(type.base, taken)).code);
    filled += taken;
  }
  for (; filled < type.size; filled++) parts.push("0");
  return value(`${glslType(type)}(${parts.join(", ")})`, type);
}

function toMatrix(from: Value, type: Matrix | Numeric, to: Matrix): Value {
  if (isSameType(type, to)) return from;
  if (type.kind === "matrix" || type.size === componentCount(to)) return value(`${glslType(to)}(${from.code})`, to);
  if (type.size > 1) throw noConversion(type, to);
  // GLSL's mat3(s) has zeros beside the diagonal, HLSL's has s everywhere.
  const ones = Array<string>(componentCount(to)).fill("1.0").join(", ");
  return value(`(${glslType(to)}(${ones}) * ${toFloats(from, 1)})`, to);
}

function toNumeric(code: string, from: Numeric, to: Numeric): Value {
  if (from.base === to.base && from.size === to.size) return value(code, to);
  if (from.base === "literal") return literalTo(code, to);
  if (from.size > to.size) return toNumeric(`${code}.${"xyzw".slice(0, to.size)}`, numeric(from.base, to.size), to);
  // HLSL refuses to widen a vector; projectM's presets do it, and zeros are what they see.
  const zeros = from.size === 1 ? "" : ", 0".repeat(to.size - from.size);
  return value(`${glslType(to)}(${code}${zeros})`, to);
}

function literalTo(code: string, to: Numeric): Value {
  const isPlain = /^\d+$/.test(code);
  if (to.base === "literal" || (to.base === "int" && to.size === 1)) return value(code, to);
  if (to.base === "bool" && to.size === 1) return value(isPlain ? String(Number(code) !== 0) : `bool(${code})`, to);
  const scalar = to.base === "float" && isPlain ? `${code}.0` : code;
  if (to.base === "float" && to.size === 1 && isPlain) return value(scalar, FLOAT);
  return value(`${glslType(to)}(${scalar})`, to);
}

function noConversion(from: Type, to: Type): Refusal {
  return new Refusal(`a ${glslType(from)} stands where a ${glslType(to)} is needed`);
}
