/** Expressions: tokens to a tree. */

import { Refusal } from "../refusal";
import type { Expression } from "./syntax";
import type { Tokens } from "./tokens";
import { typeNamed } from "./types";
import type { Struct, Type } from "./types";

/** WebGL's shader compiler refuses expressions of more than 256 levels; the deepest of 9,000 real ones has 18. */
export const MAX_DEPTH = 250;

const ASSIGNMENTS = new Set(["=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="]);
const PRECEDENCE = new Map(
  [
    ["||"],
    ["&&"],
    ["|"],
    ["^"],
    ["&"],
    ["==", "!="],
    ["<", ">", "<=", ">="],
    ["<<", ">>"],
    ["+", "-"],
    ["*", "/", "%"],
  ].flatMap((operators, level) => operators.map((operator): [string, number] => [operator, level])),
);

type Bare<E> = E extends Expression ? Omit<E, "line" | "depth"> : never;

export class ExpressionParser {
  readonly structs = new Map<string, Struct>();
  #open = 0;

  constructor(readonly tokens: Tokens) {}

  /** Everything, commas too. */
  sequence(): Expression {
    const line = this.tokens.peek().line;
    const items = [this.expression()];
    while (this.tokens.take(",")) items.push(this.expression());
    return items.length === 1 ? (items[0] as Expression) : this.#node({ kind: "sequence", items }, line, items);
  }

  /** Everything that may stand between two commas. */
  expression(): Expression {
    if (++this.#open > MAX_DEPTH) throw tooDeep(this.tokens.peek().line);
    const target = this.#choice();
    const { kind, text, line } = this.tokens.peek();
    const isAssignment = kind === "sign" && ASSIGNMENTS.has(text);
    if (isAssignment) this.tokens.next();
    const value = isAssignment ? this.expression() : null;
    this.#open--;
    return value === null
      ? target
      : this.#node({ kind: "assign", operator: text, target, value }, line, [target, value]);
  }

  /** A value, or a list in braces of values and lists. */
  initializer(): Expression {
    const { line } = this.tokens.peek();
    if (!this.tokens.take("{")) return this.expression();
    if (++this.#open > MAX_DEPTH) throw tooDeep(line);
    const items: Expression[] = [];
    while (!this.tokens.is("}")) {
      items.push(this.initializer());
      if (!this.tokens.take(",")) break;
    }
    this.tokens.need("}");
    this.#open--;
    return this.#node({ kind: "list", items }, line, items);
  }

  typeAt(ahead: number): Type | null {
    const { kind, text } = this.tokens.peek(ahead);
    return kind === "word" ? (this.structs.get(text) ?? typeNamed(text)) : null;
  }

  type(): Type {
    const type = this.typeAt(0);
    if (type === null) throw this.tokens.unexpected("a type");
    const isVector = this.tokens.next().text === "vector";
    if (isVector && this.tokens.take("<")) this.tokens.skipGroup("<", ">");
    return type;
  }

  #choice(): Expression {
    const condition = this.#binary(0);
    const { line } = this.tokens.peek();
    if (!this.tokens.take("?")) return condition;
    const yes = this.expression();
    this.tokens.need(":");
    const no = this.expression();
    return this.#node({ kind: "choice", condition, yes, no }, line, [condition, yes, no]);
  }

  #binary(lowest: number): Expression {
    let left = this.#unary();
    for (;;) {
      const { kind, text, line } = this.tokens.peek();
      const level = kind === "sign" ? PRECEDENCE.get(text) : undefined;
      if (level === undefined || level < lowest) return left;
      this.tokens.next();
      const right = this.#binary(level + 1);
      left = this.#node({ kind: "binary", operator: text, left, right }, line, [left, right]);
    }
  }

  #unary(): Expression {
    const { kind, text, line } = this.tokens.peek();
    if (kind !== "sign" || !["-", "+", "!", "~", "++", "--", "("].includes(text)) return this.#postfix(this.#primary());
    const cast = text === "(" ? this.#castType() : null;
    if (text === "(" && cast === null) return this.#postfix(this.#primary());
    if (cast === null) this.tokens.next();
    if (++this.#open > MAX_DEPTH) throw tooDeep(line);
    const value = this.#unary();
    this.#open--;
    if (cast !== null) return this.#node({ kind: "cast", type: cast, value }, line, [value]);
    return this.#node({ kind: "unary", operator: text, value }, line, [value]);
  }

  /** Takes `(float3)` where a value follows; `(float3)` before anything else is not a cast. */
  #castType(): Type | null {
    const start = this.tokens.place;
    if (this.typeAt(1) === null) return null;
    this.tokens.need("(");
    const type = this.type();
    const { kind, text } = this.tokens.peek(1);
    const isValueNext = kind === "number" || kind === "word" || ["(", "-", "+", "!", "~"].includes(text);
    if (isValueNext && this.tokens.take(")")) return type;
    this.tokens.goBackTo(start);
    return null;
  }

  #primary(): Expression {
    const { kind, text, line } = this.tokens.peek();
    if (kind === "number") {
      this.tokens.next();
      return { kind: "number", text, line, depth: 1 };
    }
    if (this.tokens.take("(")) {
      const value = this.sequence();
      this.tokens.need(")");
      return value;
    }
    if (kind !== "word") throw this.tokens.unexpected("a value");
    const type = this.typeAt(0);
    if (type !== null && this.tokens.is("(", 1)) {
      return this.#arguments(this.type());
    }
    this.tokens.next();
    if (text === "true" || text === "false") return { kind: "truth", value: text === "true", line, depth: 1 };
    return this.tokens.is("(") ? this.#arguments(text) : { kind: "name", name: text, line, depth: 1 };
  }

  #arguments(of: string | Type): Expression {
    const { line } = this.tokens.peek();
    const given: Expression[] = [];
    this.tokens.need("(");
    while (!this.tokens.take(")")) {
      given.push(this.expression());
      if (!this.tokens.take(",") && !this.tokens.is(")")) throw this.tokens.unexpected("',' or ')'");
    }
    if (typeof of === "string") return this.#node({ kind: "call", name: of, arguments: given }, line, given);
    return this.#node({ kind: "construct", type: of, arguments: given }, line, given);
  }

  #postfix(start: Expression): Expression {
    let value = start;
    for (;;) {
      const { line, text } = this.tokens.peek();
      if (this.tokens.take(".")) {
        value = this.#node({ kind: "member", of: value, name: this.tokens.word() }, line, [value]);
      } else if (this.tokens.take("[")) {
        const index = this.sequence();
        this.tokens.need("]");
        value = this.#node({ kind: "index", of: value, index }, line, [value, index]);
      } else if (this.tokens.take("++") || this.tokens.take("--")) {
        value = this.#node({ kind: "postfix", operator: text, value }, line, [value]);
      } else {
        return value;
      }
    }
  }

  #node(node: Bare<Expression>, line: number, children: readonly Expression[]): Expression {
    const depth = 1 + children.reduce((deepest, child) => Math.max(deepest, child.depth), 0);
    if (depth > MAX_DEPTH) throw tooDeep(line);
    return { ...node, line, depth };
  }
}

function tooDeep(line: number): Refusal {
  return new Refusal(`it nests deeper than ${MAX_DEPTH} levels, more than a graphics driver takes`, line);
}
