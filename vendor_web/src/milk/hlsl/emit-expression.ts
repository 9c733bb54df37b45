/** Expressions: a tree to typed GLSL. */

import { Refusal } from "../refusal";
import { PICTURE, builtin } from "./environment";
import type { ShaderStage } from "./environment";
import { callIntrinsic } from "./intrinsics";
import { assign, binary, choose, unary } from "./operators";
import type { Scope } from "./scope";
import type { Expression } from "./syntax";
import { BOOL, FLOAT, LITERAL, componentCount, floats, glslType, isSameType, numeric } from "./types";
import type { ArrayOf, Type } from "./types";
import { construct, convert, toBool, toInt, value, zeroOf } from "./value";
import type { Value } from "./value";

/** A function of the preset's own. */
export interface Signature {
  code: string;
  result: Type;
  parameters: readonly { type: Type; isWritten: boolean }[];
}

const SWIZZLES = ["xyzw", "rgba", "stpq"];
const MATRIX_ELEMENT = /^_(m?)(\d)(\d)$/;
const MAX_INT = 2 ** 31 - 1;

export class ExpressionEmitter {
  readonly functions = new Map<string, Signature[]>();
  /** Pictures that the preset brings names of, and butterchurn must be told of. */
  readonly pictures = new Set<string>();
  /** Uniforms that the body being written has made variables of. */
  copies: ReadonlyMap<string, Value> = new Map();

  constructor(
    readonly stage: ShaderStage,
    readonly scope: Scope,
  ) {}

  emit(expression: Expression): Value {
    try {
      return this.#emit(expression);
    } catch (error) {
      if (error instanceof Refusal && error.line === undefined) throw new Refusal(error.message, expression.line);
      throw error;
    }
  }

  /** Fits an initialiser, which may be a list in braces, to the variable's type. */
  initial(expression: Expression, type: Type): Value {
    if (expression.kind !== "list") {
      const given = this.emit(expression);
      return type.kind === "array" ? given : convert(given, type);
    }
    if (type.kind === "array") return this.#arrayOf(type, expression.items);
    return construct(
      type,
      expression.items.flatMap((item) => this.#flat(item)),
    );
  }

  #emit(expression: Expression): Value {
    switch (expression.kind) {
      case "number":
        return number(expression.text);
      case "truth":
        return value(String(expression.value), BOOL);
      case "name":
        return this.#name(expression.name);
      case "call":
        return this.#call(
          expression.name,
          expression.arguments.map((item) => this.emit(item)),
        );
      case "construct":
        return construct(
          expression.type,
          expression.arguments.map((item) => this.emit(item)),
        );
      case "cast":
        return convert(this.emit(expression.value), expression.type);
      case "member":
        return member(this.emit(expression.of), expression.name);
      case "index":
        return element(this.emit(expression.of), toInt(this.emit(expression.index)));
      case "unary":
        return unary(expression.operator, this.emit(expression.value));
      case "postfix":
        return postfix(this.emit(expression.value), expression.operator);
      case "binary":
        return binary(expression.operator, this.emit(expression.left), this.emit(expression.right));
      case "assign":
        return assign(expression.operator, this.emit(expression.target), this.emit(expression.value));
      case "choice":
        return choose(this.emit(expression.condition), this.emit(expression.yes), this.emit(expression.no));
      case "sequence":
        return sequence(expression.items.map((item) => this.emit(item)));
      case "list":
        throw new Refusal("a list in braces stands where a value is needed");
    }
  }

  #name(name: string): Value {
    const found = this.scope.find(name) ?? this.copies.get(name) ?? builtin(name, this.stage);
    if (found !== undefined) return found;
    if (!name.startsWith("sampler_")) throw new Refusal(`'${name}' is not declared`);
    this.pictures.add(name);
    return value(name, PICTURE);
  }

  #call(name: string, given: readonly Value[]): Value {
    const overloads = this.functions.get(name);
    if (overloads === undefined) return callIntrinsic(name, given);
    const fitting = overloads.filter((signature) => signature.parameters.length === given.length);
    const chosen = bestOverload(fitting, given);
    if (chosen === undefined) throw new Refusal(`no function '${name}' takes ${given.length} values`);
    const passed = given.map((item, at) => {
      const parameter = chosen.parameters[at];
      return parameter === undefined || parameter.isWritten ? item.code : convert(item, parameter.type).code;
    });
    return value(`${chosen.code}(${passed.join(", ")})`, chosen.result);
  }

  /** Lists may be nested (`{{1,2},{3,4}}`), hold whole elements, or be one long row of numbers. */
  #arrayOf(type: ArrayOf, items: readonly Expression[]): Value {
    const { element: of } = type;
    const perElement = componentCount(of);
    const areElements =
      perElement === 1 || String(items.length) === type.length || items.some((item) => item.kind === "list");
    const elements = areElements
      ? items.map((item) => this.initial(item, of).code)
      : chunks(
          items.flatMap((item) => this.#flat(item)),
          perElement,
        ).map((chunk) => construct(of, chunk).code);
    while (elements.length < Number(type.length)) elements.push(zeroOf(of));
    const fitted = { ...type, length: String(elements.length) };
    return value(`${glslType(fitted)}(${elements.join(", ")})`, fitted);
  }

  #flat(expression: Expression): Value[] {
    return expression.kind === "list" ? expression.items.flatMap((item) => this.#flat(item)) : [this.emit(expression)];
  }

  condition(expression: Expression): string {
    return toBool(this.emit(expression));
  }
}

/** HLSL chooses by types; where none fits exactly, by size. */
function bestOverload(signatures: readonly Signature[], given: readonly Value[]): Signature | undefined {
  const fits = (compare: (wanted: Type, given: Type) => boolean) =>
    signatures.find(({ parameters }) => parameters.every(({ type }, at) => compare(type, (given[at] as Value).type)));
  return (
    fits(isSameType) ?? fits((wanted, type) => componentCount(wanted) === componentCount(type)) ?? signatures.at(-1)
  );
}

function number(text: string): Value {
  if (/^0[xX]/.test(text)) return value(String(Number.parseInt(text, 16)), LITERAL);
  const digits = text.replace(/[fFhHlLuU]+$/, "");
  const isWhole = /^\d+$/.test(digits) && !/[fFhH]/.test(text) && Number(digits) <= MAX_INT;
  if (isWhole) return value(String(Number(digits)), LITERAL);
  const [mantissa = "", exponent] = digits.toLowerCase().split("e");
  const [whole, fraction = ""] = mantissa.split(".");
  return value(`${whole || "0"}.${fraction || "0"}${exponent === undefined ? "" : `e${exponent}`}`, FLOAT);
}

function member(of: Value, name: string): Value {
  const { type } = of;
  if (type.kind === "struct") {
    const field = type.fields.get(name);
    if (field === undefined) throw new Refusal(`${type.name} has no part '${name}'`);
    return value(`${of.code}.${name}_m`, field);
  }
  if (type.kind === "matrix") {
    const [, isFromZero, row, column] = MATRIX_ELEMENT.exec(name) ?? [];
    if (row === undefined) throw new Refusal(`a matrix has no part '${name}'`);
    const first = isFromZero === "" ? 1 : 0;
    return value(`${of.code}[${Number(row) - first}][${Number(column) - first}]`, FLOAT);
  }
  if (type.kind !== "numeric") throw new Refusal(`a ${glslType(type)} has no part '${name}'`);
  return swizzle(of, type.size, name);
}

function swizzle(of: Value, size: number, name: string): Value {
  const letters = SWIZZLES.find((set) => name.length <= 4 && [...name].every((letter) => set.includes(letter)));
  const isWithin = letters !== undefined && [...name].every((letter) => letters.indexOf(letter) < size);
  if (!isWithin) throw new Refusal(`a ${glslType(of.type)} has no part '${name}'`);
  const base = of.type.kind === "numeric" && of.type.base !== "literal" ? of.type.base : "float";
  const scalar = convert(of, numeric(base, size));
  // GLSL has no `x.xxx` of a single number.
  if (size === 1) return name.length === 1 ? scalar : convert(scalar, numeric(base, name.length));
  return value(`${scalar.code}.${name}`, numeric(base, name.length));
}

function postfix({ code, type }: Value, operator: string): Value {
  return value(`(${code}${operator})`, type);
}

/** `(a, b)` is b, with what a does. */
function sequence(items: readonly Value[]): Value {
  return value(`(${items.map(({ code }) => code).join(", ")})`, (items.at(-1) as Value).type);
}

function element(of: Value, index: string): Value {
  const code = `${of.code}[${index}]`;
  if (of.type.kind === "array") return value(code, of.type.element);
  if (of.type.kind === "matrix") return value(code, floats(of.type.columns));
  if (of.type.kind !== "numeric") throw new Refusal(`a ${glslType(of.type)} has no elements`);
  return of.type.size === 1 ? of : value(code, numeric(of.type.base, 1));
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}
