/** What `a + b`, `!a` and `a += b` are in GLSL, which converts nothing by itself. */

import { Refusal } from "../refusal";
import { BOOL, FLOAT, INT, floats, glslType, numeric } from "./types";
import type { Matrix, Numeric, Type } from "./types";
import { commonType, convert, toBool, toFloats, toInt, value } from "./value";
import type { Value } from "./value";

const COMPARISONS: Record<string, string> = {
  "==": "equal",
  "!=": "notEqual",
  "<": "lessThan",
  ">": "greaterThan",
  "<=": "lessThanEqual",
  ">=": "greaterThanEqual",
};
const BITWISE = new Set(["|", "&", "^", "<<", ">>"]);

export function binary(operator: string, left: Value, right: Value): Value {
  if (operator === "&&" || operator === "||") return value(`(${toBool(left)} ${operator} ${toBool(right)})`, BOOL);
  if (left.type.kind === "matrix" || right.type.kind === "matrix") return withMatrix(operator, left, right);
  if (left.type.kind !== "numeric" || right.type.kind !== "numeric") {
    throw new Refusal(`'${operator}' cannot join a ${glslType(left.type)} and a ${glslType(right.type)}`);
  }
  const type = commonType(left.type, right.type) as Numeric;
  if (operator in COMPARISONS) return compare(operator, left, right, type);
  if (BITWISE.has(operator)) return both(operator, left, right, numeric("int", type.size));
  if (operator === "%") return remainder(left, right, type);
  return arithmetic(operator, left, right, type);
}

export function unary(operator: string, operand: Value): Value {
  const { code, type } = operand;
  if (operator === "++" || operator === "--") return value(`(${operator}${code})`, type);
  if (operator === "~") return value(`(~${toInt(operand)})`, INT);
  if (operator === "!") {
    const size = type.kind === "numeric" ? type.size : 1;
    if (size === 1) return value(`(!${toBool(operand)})`, BOOL);
    return value(`not(${convert(operand, numeric("bool", size)).code})`, numeric("bool", size));
  }
  const isTruth = type.kind === "numeric" && type.base === "bool";
  const number = isTruth ? convert(operand, floats(type.size)) : operand;
  return operator === "+" ? number : value(`(-${number.code})`, number.type);
}

export function assign(operator: string, target: Value, given: Value): Value {
  const { type } = target;
  if (operator === "=") return value(`(${target.code} = ${convert(given, type).code})`, type);
  const plain = operator.slice(0, -1);
  if (type.kind === "matrix" && (given.type.kind === "matrix" ? plain !== "*" : true)) {
    const operand = given.type.kind === "matrix" ? given.code : toFloats(given, 1);
    return value(`(${target.code} ${operator} ${operand})`, type);
  }
  if (needsSpellingOut(plain, type, given.type)) {
    return value(`(${target.code} = ${convert(binary(plain, target, given), type).code})`, type);
  }
  return value(`(${target.code} ${operator} ${convert(given, type).code})`, type);
}

export function choose(condition: Value, yes: Value, no: Value): Value {
  const type = commonType(yes.type, no.type);
  const size = condition.type.kind === "numeric" ? condition.type.size : 1;
  if (size > 1 && type.kind === "numeric") {
    // HLSL chooses number by number.
    const truths = convert(condition, numeric("bool", size)).code;
    return value(`mix(${toFloats(no, size)}, ${toFloats(yes, size)}, ${truths})`, floats(size));
  }
  return value(`(${toBool(condition)} ? ${convert(yes, type).code} : ${convert(no, type).code})`, type);
}

/** GLSL lacks `%=` for floats, arithmetic on truths, and `i *= 0.5` for whole numbers. */
function needsSpellingOut(operator: string, target: Type, given: Type): boolean {
  if (operator === "%" || given.kind === "matrix" || target.kind === "matrix") return true;
  if (target.kind !== "numeric" || given.kind !== "numeric") return false;
  return target.base === "bool" || (target.base === "int" && given.base === "float");
}

function compare(operator: string, left: Value, right: Value, common: Numeric): Value {
  const isEquality = operator === "==" || operator === "!=";
  const base = common.base === "literal" ? "int" : common.base === "bool" && !isEquality ? "float" : common.base;
  const type = numeric(base, common.size);
  if (type.size === 1) return value(both(operator, left, right, type).code, BOOL);
  const call = `${COMPARISONS[operator]}(${convert(left, type).code}, ${convert(right, type).code})`;
  return value(call, numeric("bool", type.size));
}

function remainder(left: Value, right: Value, type: Numeric): Value {
  if (type.base === "literal" || type.base === "int") return both("%", left, right, numeric("int", type.size));
  const operandType = floats(type.size);
  return value(`hlsl_fmod(${convert(left, operandType).code}, ${convert(right, operandType).code})`, operandType);
}

function arithmetic(operator: string, left: Value, right: Value, common: Numeric): Value {
  const type = common.base === "bool" ? floats(common.size) : common;
  if (type.base !== "float") {
    const result = operator === "/" && type.base === "literal" ? INT : type;
    return value(both(operator, left, right, type).code, result);
  }
  // GLSL, too, lets a scalar meet a vector.
  const fitted = (operand: Value) => {
    const isScalar = operand.type.kind === "numeric" && operand.type.size === 1;
    return convert(operand, isScalar ? FLOAT : type).code;
  };
  return value(`(${fitted(left)} ${operator} ${fitted(right)})`, type);
}

function both(operator: string, left: Value, right: Value, type: Type): Value {
  return value(`(${convert(left, type).code} ${operator} ${convert(right, type).code})`, type);
}

function withMatrix(operator: string, left: Value, right: Value): Value {
  if (left.type.kind === "matrix" && right.type.kind === "matrix") {
    // HLSL's `*` multiplies number by number; `mul` is the other one.
    if (operator === "*") return value(`matrixCompMult(${left.code}, ${convert(right, left.type).code})`, left.type);
    return value(`(${left.code} ${operator} ${convert(right, left.type).code})`, left.type);
  }
  const [matrix, other] = left.type.kind === "matrix" ? [left, right] : [right, left];
  const type = matrix.type as Matrix;
  if (other.type.kind === "numeric" && other.type.size > 1) {
    // A matrix beside a vector is cut down to its first column.
    const { size } = other.type;
    const column = Array.from({ length: Math.min(size, type.rows) }, (_, row) => `${matrix.code}[${row}][0]`);
    const cut = value(`${glslType(floats(column.length))}(${column.join(", ")})`, floats(column.length));
    return matrix === left ? binary(operator, cut, other) : binary(operator, other, cut);
  }
  const scalar = toFloats(other, 1);
  const code = matrix === left ? `(${matrix.code} ${operator} ${scalar})` : `(${scalar} ${operator} ${matrix.code})`;
  return value(code, type);
}
