/** What follows `#if`: whole numbers, comparisons and `defined`. */

import { Refusal } from "../refusal";
import type { Token } from "./lex";
import type { MacroTable } from "./macros";
import { Tokens } from "./tokens";

/** Deeper brackets in an `#if` are an attack on the stack. */
const MAX_DEPTH = 50;

const OPERATORS: readonly Record<string, (left: number, right: number) => number>[] = [
  { "||": (left, right) => Number(left !== 0 || right !== 0) },
  { "&&": (left, right) => Number(left !== 0 && right !== 0) },
  { "==": (left, right) => Number(left === right), "!=": (left, right) => Number(left !== right) },
  {
    "<": (left, right) => Number(left < right),
    ">": (left, right) => Number(left > right),
    "<=": (left, right) => Number(left <= right),
    ">=": (left, right) => Number(left >= right),
  },
  { "+": (left, right) => left + right, "-": (left, right) => left - right },
  {
    "*": (left, right) => left * right,
    "/": (left, right) => Math.trunc(left / right),
    "%": (left, right) => left % right,
  },
];

/** A name that is no macro counts as 0; what cannot be read does not hold. */
export function isTrue(tokens: readonly Token[], macros: MacroTable): boolean {
  const expanded = macros.expand(withoutDefined(tokens, macros));
  const value = binary(new Tokens(expanded), 0, 0);
  return value !== 0 && !Number.isNaN(value);
}

function withoutDefined(tokens: readonly Token[], macros: MacroTable): Token[] {
  const output: Token[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as Token;
    if (token.text !== "defined") {
      output.push(token);
      continue;
    }
    const isBracketed = tokens[at + 1]?.text === "(";
    const name = tokens[at + (isBracketed ? 2 : 1)]?.text ?? "";
    output.push({ ...token, kind: "number", text: macros.has(name) ? "1" : "0" });
    at += isBracketed ? 3 : 1;
  }
  return output;
}

function binary(tokens: Tokens, level: number, depth: number): number {
  const operators = OPERATORS[level];
  if (operators === undefined) return unary(tokens, depth);
  let value = binary(tokens, level + 1, depth);
  for (;;) {
    const { kind, text } = tokens.peek();
    const operator = kind === "sign" && Object.hasOwn(operators, text) ? operators[text] : undefined;
    if (operator === undefined) return value;
    tokens.next();
    value = operator(value, binary(tokens, level + 1, depth));
  }
}

function unary(tokens: Tokens, depth: number): number {
  if (depth > MAX_DEPTH) throw new Refusal("the brackets of an #if nest too deeply", tokens.peek().line);
  const { kind, text } = tokens.next();
  if (kind === "number") return Number.parseFloat(text);
  if (kind === "word") return 0;
  if (text === "!") return Number(unary(tokens, depth + 1) === 0);
  if (text === "-") return -unary(tokens, depth + 1);
  if (text === "+") return unary(tokens, depth + 1);
  if (text !== "(") return NaN;
  const value = binary(tokens, 0, depth + 1);
  tokens.take(")");
  return value;
}
