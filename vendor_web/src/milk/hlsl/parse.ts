/** Statements and declarations: tokens to a shader's tree. */

import { Refusal } from "../refusal";
import type { Token } from "./lex";
import { ExpressionParser, MAX_DEPTH } from "./parse-expression";
import type {
  Declaration,
  Declarator,
  Expression,
  FunctionDefinition,
  Parameter,
  Shader,
  Statement,
  TopLevel,
} from "./syntax";
import { Tokens } from "./tokens";
import { VOID } from "./types";
import type { Type } from "./types";

const QUALIFIERS = new Set(
  (
    "const static uniform extern volatile inline in out inout " +
    "precise row_major column_major nointerpolation shared"
  ).split(" "),
);
const DECLARING = new Set(["const", "static", "uniform"]);

/**
 * MilkDrop takes what stands between the first `{` behind `shader_body` and the last `}` of the text for the body; what
 * stands before `shader_body` are its functions and globals.
 */
export function parseShader(tokens: readonly Token[]): Shader {
  const entry = tokens.findIndex((token) => token.text === "shader_body");
  if (entry < 0) throw new Refusal("it has no shader_body");
  const open = tokens.findIndex((token, index) => index > entry && token.text === "{");
  if (open < 0) throw new Refusal("its shader_body has no '{'", tokens[entry]?.line);
  const close = tokens.findLastIndex((token) => token.text === "}");
  const parser = new Parser(new Tokens(tokens.slice(0, entry)));
  const header = parser.header();
  return { header, body: parser.continueWith(tokens.slice(open + 1, close > open ? close : tokens.length)) };
}

class Parser {
  #expressions: ExpressionParser;
  #open = 0;

  constructor(private tokens: Tokens) {
    this.#expressions = new ExpressionParser(tokens);
  }

  header(): TopLevel[] {
    const parts: TopLevel[] = [];
    while (!this.tokens.isAtEnd()) {
      if (!this.tokens.take(";")) parts.push(this.#topLevel());
    }
    return parts;
  }

  continueWith(body: readonly Token[]): Statement[] {
    const { structs } = this.#expressions;
    this.tokens = new Tokens(body);
    this.#expressions = new ExpressionParser(this.tokens);
    for (const [name, struct] of structs) this.#expressions.structs.set(name, struct);
    const statements: Statement[] = [];
    while (!this.tokens.isAtEnd()) {
      // Some real presets close more blocks than they open.
      if (!this.tokens.take("}")) statements.push(this.#statement());
    }
    return statements;
  }

  #topLevel(): TopLevel {
    if (this.tokens.take("struct")) return this.#struct();
    this.#skipAttributes();
    const qualifiers = this.#qualifiers();
    const { line } = this.tokens.peek();
    const type = this.#expressions.type();
    if (this.tokens.peek().kind === "word" && this.tokens.is("(", 1)) return this.#function(type, line);
    const declaration = this.#declaration(qualifiers, type);
    this.tokens.need(";");
    return declaration;
  }

  #struct(): TopLevel {
    const name = this.tokens.word();
    const fields = new Map<string, Type>();
    this.tokens.need("{");
    while (!this.tokens.take("}")) {
      this.#qualifiers();
      const type = this.#expressions.type();
      do {
        fields.set(this.tokens.word(), type);
        this.#skipSemantic();
      } while (this.tokens.take(","));
      this.tokens.need(";");
    }
    const struct = { kind: "struct", name, fields } as const;
    this.#expressions.structs.set(name, struct);
    return { kind: "struct", struct };
  }

  #function(result: Type, line: number): FunctionDefinition {
    const name = this.tokens.word();
    this.tokens.need("(");
    if (this.tokens.is("void") && this.tokens.is(")", 1)) this.tokens.next();
    const parameters: Parameter[] = [];
    while (!this.tokens.take(")")) {
      parameters.push(this.#parameter());
      if (!this.tokens.take(",") && !this.tokens.is(")")) throw this.tokens.unexpected("',' or ')'");
    }
    this.#skipSemantic();
    const body = this.tokens.take(";") ? null : this.#braced();
    return { kind: "function", line, name, result, parameters, body };
  }

  #parameter(): Parameter {
    const qualifiers = this.#qualifiers();
    const type = this.#expressions.type();
    const { kind, line } = this.tokens.peek();
    const name = kind === "word" ? this.tokens.word() : "unnamed";
    const length = this.#arrayLength();
    this.#skipSemantic();
    const initial = this.tokens.take("=") ? this.#expressions.expression() : null;
    return { line, qualifiers, name, type, length, initial };
  }

  #declaration(qualifiers: ReadonlySet<string>, type: Type): Declaration {
    const declarators: Declarator[] = [];
    do {
      const { line } = this.tokens.peek();
      const name = this.tokens.word();
      const length = this.#arrayLength();
      this.#skipSemantic();
      declarators.push({ line, name, type, length, initial: this.#initial() });
    } while (this.tokens.take(","));
    return { kind: "declaration", qualifiers, type, declarators };
  }

  #initial(): Expression | null {
    if (!this.tokens.take("=")) {
      // An annotation, `float gain < string ui = "slider"; > = 1`, has never been seen; an effect's `{…}` has.
      if (this.tokens.take("{")) this.tokens.skipGroup("{", "}");
      return null;
    }
    if (!this.tokens.is("sampler_state")) return this.#expressions.initializer();
    // `sampler sampler_pic = sampler_state { AddressU = WRAP; };`
    this.tokens.next();
    if (this.tokens.take("{")) this.tokens.skipGroup("{", "}");
    return null;
  }

  #arrayLength(): Expression | null | undefined {
    let length: Expression | null | undefined = null;
    while (this.tokens.take("[")) {
      length = this.tokens.is("]") ? undefined : this.#expressions.sequence();
      this.tokens.need("]");
    }
    return length;
  }

  #qualifiers(): ReadonlySet<string> {
    const found = new Set<string>();
    while (QUALIFIERS.has(this.tokens.peek().text)) found.add(this.tokens.next().text);
    return found;
  }

  /** `[unroll]`, `[loop]`: advice for a compiler. */
  #skipAttributes(): void {
    while (this.tokens.take("[")) this.tokens.skipGroup("[", "]");
  }

  /** `: COLOR`, `: register(c0)`. */
  #skipSemantic(): void {
    if (!this.tokens.take(":")) return;
    this.tokens.word();
    if (this.tokens.take("(")) this.tokens.skipGroup("(", ")");
  }

  #braced(): Statement[] {
    this.tokens.need("{");
    const statements: Statement[] = [];
    while (!this.tokens.take("}")) {
      if (this.tokens.isAtEnd()) throw this.tokens.unexpected("'}'");
      statements.push(this.#statement());
    }
    return statements;
  }

  #statement(): Statement {
    if (++this.#open > MAX_DEPTH)
      throw new Refusal(`blocks nest deeper than ${MAX_DEPTH} levels`, this.tokens.peek().line);
    this.#skipAttributes();
    const statement = this.#anyStatement();
    this.#open--;
    return statement;
  }

  #anyStatement(): Statement {
    if (this.tokens.take(";")) return { kind: "empty" };
    if (this.tokens.is("{")) return { kind: "block", statements: this.#braced() };
    const word = this.tokens.peek().text;
    switch (word) {
      case "if":
        return this.#if();
      case "for":
        return this.#for();
      case "while":
        this.tokens.next();
        return { kind: "while", condition: this.#condition(), body: this.#statement() };
      case "do":
        return this.#do();
      case "return":
        this.tokens.next();
        return { kind: "return", value: this.tokens.take(";") ? null : this.#ended(this.#expressions.sequence()) };
      case "break":
      case "continue":
      case "discard":
        this.tokens.next();
        return this.#ended({ kind: "jump", word });
    }
    return this.#ended(this.#simpleStatement());
  }

  #simpleStatement(): Statement {
    if (!this.#isDeclarationNext()) return { kind: "expression", value: this.#expressions.sequence() };
    const qualifiers = this.#qualifiers();
    return this.#declaration(qualifiers, this.#expressions.type());
  }

  #isDeclarationNext(): boolean {
    if (DECLARING.has(this.tokens.peek().text)) return true;
    const type = this.#expressions.typeAt(0);
    return type !== null && type !== VOID && (this.tokens.peek(1).kind === "word" || this.tokens.is("<", 1));
  }

  #if(): Statement {
    this.tokens.need("if");
    const condition = this.#condition();
    const yes = this.#statement();
    return { kind: "if", condition, yes, no: this.tokens.take("else") ? this.#statement() : null };
  }

  #for(): Statement {
    this.tokens.need("for");
    this.tokens.need("(");
    const first: Statement = this.tokens.is(";") ? { kind: "empty" } : this.#simpleStatement();
    this.tokens.need(";");
    const condition = this.tokens.is(";") ? null : this.#expressions.sequence();
    this.tokens.need(";");
    const step = this.tokens.is(")") ? null : this.#expressions.sequence();
    this.tokens.need(")");
    return { kind: "for", first, condition, step, body: this.#statement() };
  }

  #do(): Statement {
    this.tokens.need("do");
    const body = this.#statement();
    this.tokens.need("while");
    const condition = this.#condition();
    this.tokens.take(";");
    return { kind: "do", condition, body };
  }

  #condition(): Expression {
    this.tokens.need("(");
    const condition = this.#expressions.sequence();
    this.tokens.need(")");
    return condition;
  }

  /** The last statement of a block may lack its semicolon. */
  #ended<T>(statement: T): T {
    if (!this.tokens.take(";") && !this.tokens.is("}") && !this.tokens.isAtEnd()) throw this.tokens.unexpected("';'");
    return statement;
  }
}
