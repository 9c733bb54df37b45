/** The macros of a shader, and putting them in place. */

import { Refusal } from "../refusal";
import { lex } from "./lex";
import type { Token } from "./lex";

/** Real shaders nest macros up to a handful; the limit keeps hostile ones off the stack. */
export const MAX_MACRO_DEPTH = 100;
/**
 * Tokens looked at: twenty macros that call each other twice would make a million. The largest real shader has two
 * thousand.
 */
export const MAX_MACRO_WORK = 200_000;

const SWIZZLE = /^(?:[xyzw]{1,4}|[rgba]{1,4}|[stpq]{1,4})$/;

interface Macro {
  /** Null of a macro without brackets. */
  parameters: readonly string[] | null;
  body: readonly Token[];
}

export class MacroTable {
  readonly #macros = new Map<string, Macro>();
  /** Names being expanded: a macro does not expand within itself. */
  readonly #hidden = new Set<string>();
  #depth = 0;
  #work = 0;

  has(name: string): boolean {
    return this.#macros.has(name);
  }

  remove(name: string): void {
    this.#macros.delete(name);
  }

  /** Takes what follows `#define`; a later definition replaces an earlier one. */
  define(tokens: readonly Token[]): void {
    const [name, open] = tokens;
    if (name?.kind !== "word") throw new Refusal("a #define names nothing", name?.line);
    if (open?.text !== "(" || open.afterGap) {
      this.#macros.set(name.text, { parameters: null, body: tokens.slice(1) });
      return;
    }
    const close = tokens.findIndex((token) => token.text === ")");
    if (close < 0) throw new Refusal(`the parameters of the macro ${name.text} are not closed`, name.line);
    const parameters = tokens.slice(2, close).filter((token) => token.kind === "word");
    this.#macros.set(name.text, { parameters: parameters.map((token) => token.text), body: tokens.slice(close + 1) });
  }

  expand(tokens: readonly Token[]): Token[] {
    const output: Token[] = [];
    for (let at = 0; at < tokens.length;) at = this.#expandAt(tokens, at, output);
    return output;
  }

  /** Appends what the token at a place stands for, and returns the place behind it. */
  #expandAt(tokens: readonly Token[], at: number, output: Token[]): number {
    const token = tokens[at] as Token;
    const macro = token.kind === "word" ? this.#macros.get(token.text) : undefined;
    this.#count(token, 1);
    if (macro === undefined || this.#hidden.has(token.text) || isSwizzle(token, output)) {
      output.push(token);
      return at + 1;
    }
    if (macro.parameters === null) {
      const end = this.#endOfBorrowed(macro, tokens, at + 1);
      this.#append(token, [...macro.body, ...tokens.slice(at + 1, end)], output);
      return end;
    }
    const call = tokens[at + 1]?.text === "(" ? argumentsAt(tokens, at + 2) : null;
    this.#count(token, (call?.end ?? tokens.length) - at);
    if (call === null) {
      output.push(token);
      return at + 1;
    }
    const given = this.#within(token, () => call.list.map((argument) => this.expand(argument)), null);
    this.#append(token, this.#substitute(token, macro, given), output);
    return call.end;
  }

  /** `#define Look GetBlur1` makes a call out of `Look(uv)`: the brackets behind it belong to what it stands for. */
  #endOfBorrowed(macro: Macro, tokens: readonly Token[], start: number): number {
    if (tokens[start]?.text !== "(") return start;
    let last: Macro | undefined = macro;
    for (let step = 0; last?.parameters === null && step < MAX_MACRO_DEPTH; step++) {
      last = this.#macros.get(last.body.at(-1)?.text ?? "");
    }
    const call = last?.parameters ? argumentsAt(tokens, start + 1) : null;
    this.#count(tokens[start], (call?.end ?? start) - start);
    return call?.end ?? start;
  }

  #append(call: Token, body: readonly Token[], output: Token[]): void {
    const expanded = this.#within(call, () => this.expand(paste(body)), call.text);
    // What a macro brings in stands on the line that called it.
    for (const token of expanded) output.push({ ...token, line: call.line });
  }

  #within<T>(call: Token, work: () => T, hidden: string | null): T {
    if (++this.#depth > MAX_MACRO_DEPTH)
      throw new Refusal(`macros nest deeper than ${MAX_MACRO_DEPTH} at ${call.text}`, call.line);
    if (hidden !== null) this.#hidden.add(hidden);
    const result = work();
    if (hidden !== null) this.#hidden.delete(hidden);
    this.#depth--;
    return result;
  }

  #substitute(call: Token, macro: Macro, given: readonly Token[][]): Token[] {
    const output: Token[] = [];
    for (const token of macro.body) {
      const index = token.kind === "word" ? (macro.parameters?.indexOf(token.text) ?? -1) : -1;
      const instead = index < 0 ? [token] : (given[index] ?? []);
      this.#count(call, instead.length);
      for (const each of instead) output.push(each);
    }
    return output;
  }

  #count(token: Token, tokens: number): void {
    this.#work += tokens;
    if (this.#work > MAX_MACRO_WORK)
      throw new Refusal(`it has more than ${MAX_MACRO_WORK} tokens, those of its macros among them`, token.line);
  }
}

/** Presets define `x` or `r` as macros and go on writing `uv.x` and `ret.r`. */
function isSwizzle(token: Token, before: readonly Token[]): boolean {
  return before.at(-1)?.text === "." && SWIZZLE.test(token.text);
}

/** Reads arguments from behind the opening bracket; null where it is never closed. */
function argumentsAt(tokens: readonly Token[], start: number): { list: Token[][]; end: number } | null {
  const list: Token[][] = [[]];
  let depth = 1;
  for (let at = start; at < tokens.length; at++) {
    const token = tokens[at] as Token;
    if (token.text === "(") depth++;
    if (token.text === ")" && --depth === 0) return { list, end: at + 1 };
    if (token.text === "," && depth === 1) list.push([]);
    else list.at(-1)?.push(token);
  }
  return null;
}

/** `a##b` is one token. */
function paste(body: readonly Token[]): readonly Token[] {
  if (!body.some((token) => token.text === "##")) return body;
  const pasted: Token[] = [];
  for (let at = 0; at < body.length; at++) {
    const token = body[at] as Token;
    const before = pasted.at(-1);
    const after = body[at + 1];
    if (token.text !== "##") pasted.push(token);
    else if (before !== undefined && after !== undefined) {
      pasted.pop();
      at++;
      pasted.push(...lex(before.text + after.text).map((made) => ({ ...made, line: before.line, startsLine: false })));
    }
  }
  return pasted;
}
