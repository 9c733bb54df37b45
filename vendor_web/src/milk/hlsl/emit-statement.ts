/** Statements and declarations: a tree to GLSL. */

import { Refusal } from "../refusal";
import type { ExpressionEmitter } from "./emit-expression";
import type { Declaration, Declarator, Expression, Statement } from "./syntax";
import { floats, glslType } from "./types";
import type { Type } from "./types";
import { convert, toInt, zeroOf } from "./value";

/** Graphics drivers take far less; a hostile text of a megabyte could make gigabytes. */
const MAX_OUTPUT = 1 << 22;

export class StatementEmitter {
  /** What the function being written returns; null in the body of the shader. */
  result: Type | null = null;
  #written = 0;

  constructor(readonly expressions: ExpressionEmitter) {}

  emitAll(statements: readonly Statement[]): string {
    return statements
      .map((statement) => this.#count(this.#emit(statement)))
      .filter(Boolean)
      .join("\n");
  }

  /** Declares variables; gives declarations and assignments, one a line. */
  declare({ qualifiers, type, declarators }: Declaration): string[] {
    if (type.kind === "sampler") {
      declarators.forEach((declarator) => this.#declareSampler(declarator));
      return [];
    }
    return declarators.map((declarator) => this.#declareVariable(declarator, qualifiers)).filter(Boolean);
  }

  #emit(statement: Statement): string {
    switch (statement.kind) {
      case "empty":
        return "";
      case "expression":
        return `${this.#sequence(statement.value)};`;
      case "declaration":
        return this.declare(statement).join("\n");
      case "block":
        return this.#block(statement);
      case "if": {
        const head = `if (${this.expressions.condition(statement.condition)}) ${this.#block(statement.yes)}`;
        return statement.no === null ? head : `${head} else ${this.#block(statement.no)}`;
      }
      case "for":
        return this.#for(statement);
      case "while":
        return `while (${this.expressions.condition(statement.condition)}) ${this.#block(statement.body)}`;
      case "do":
        return `do ${this.#block(statement.body)} while (${this.expressions.condition(statement.condition)});`;
      case "return":
        return this.#return(statement.value);
      case "jump":
        return `${statement.word};`;
    }
  }

  #block(statement: Statement): string {
    const statements = statement.kind === "block" ? statement.statements : [statement];
    return this.expressions.scope.within(() => `{\n${this.emitAll(statements)}\n}`);
  }

  /** In HLSL the loop's variable lives on behind the loop, and presets count on it. */
  #for({ first, condition, step, body }: Extract<Statement, { kind: "for" }>): string {
    const before = this.#emit(first);
    const holds = condition === null ? "" : this.expressions.condition(condition);
    const loop = `for (; ${holds}; ${step === null ? "" : this.#sequence(step)}) ${this.#block(body)}`;
    return before === "" ? loop : `${before}\n${loop}`;
  }

  #return(given: Expression | null): string {
    if (this.result === null) {
      // The shader's body ends up inside of a function that goes on after it.
      return given === null ? "" : `ret = ${convert(this.expressions.emit(given), floats(3)).code};`;
    }
    return given === null ? "return;" : `return ${convert(this.expressions.emit(given), this.result).code};`;
  }

  #sequence(expression: Expression): string {
    const items = expression.kind === "sequence" ? expression.items : [expression];
    return items.map((item) => this.expressions.emit(item).code).join(", ");
  }

  /** `sampler2D picture = sampler_clouds;` is another name, for GLSL has no variables of samplers. */
  #declareSampler({ name, initial }: Declarator): void {
    if (initial !== null) this.expressions.scope.alias(name, this.expressions.emit(initial));
  }

  #declareVariable(declarator: Declarator, qualifiers: ReadonlySet<string>): string {
    const { name, initial, line } = declarator;
    const type = this.typeOf(declarator);
    const given = initial === null ? null : this.expressions.initial(initial, type);
    const { variable, isNew } = this.expressions.scope.declare(name, given?.type.kind === "array" ? given.type : type);
    if (!isNew) return given === null ? "" : `${variable.code} = ${given.code};`;
    const constant = qualifiers.has("const") && initial !== null && isConstant(initial) ? "const " : "";
    const head = `${constant}${glslDeclaration(variable.type, variable.code)}`;
    if (given !== null) return `${head} = ${given.code};`;
    if (variable.type.kind !== "array") return `${head} = ${zeroOf(variable.type)};`;
    if (variable.type.length === "") throw new Refusal(`the array '${name}' has no length`, line);
    return `${head};`;
  }

  /** The type of one declared name, which may be an array of what the declaration says. */
  typeOf({ type, length }: Declarator): Type {
    if (length === null) return type;
    return { kind: "array", element: type, length: length === undefined ? "" : toInt(this.expressions.emit(length)) };
  }

  #count(code: string): string {
    this.#written += code.length;
    if (this.#written > MAX_OUTPUT) throw new Refusal("it grows too long in translation");
    return code;
  }
}

export function glslDeclaration(type: Type, name: string): string {
  return type.kind === "array" ? `${glslType(type.element)} ${name}[${type.length}]` : `${glslType(type)} ${name}`;
}

/** Whether GLSL takes it for a constant: numbers, and what is made of numbers. */
export function isConstant(expression: Expression): boolean {
  switch (expression.kind) {
    case "number":
    case "truth":
      return true;
    case "construct":
      return expression.arguments.every(isConstant);
    case "list":
      return expression.items.every(isConstant);
    case "cast":
      return isConstant(expression.value);
    case "unary":
      return expression.operator.length === 1 && isConstant(expression.value);
    case "binary":
      return isConstant(expression.left) && isConstant(expression.right);
    default:
      return false;
  }
}
