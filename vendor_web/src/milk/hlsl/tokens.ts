/** A row of tokens and a place in it. */

import { Refusal } from "../refusal";
import type { Token } from "./lex";

export class Tokens {
  #at = 0;
  readonly #end: Token;

  constructor(readonly all: readonly Token[]) {
    const line = all.at(-1)?.line ?? 1;
    this.#end = { kind: "end", text: "the end", line, startsLine: true, afterGap: true };
  }

  get place(): number {
    return this.#at;
  }

  goBackTo(place: number): void {
    this.#at = place;
  }

  peek(ahead = 0): Token {
    return this.all[this.#at + ahead] ?? this.#end;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== "end") this.#at++;
    return token;
  }

  isAtEnd(): boolean {
    return this.#at >= this.all.length;
  }

  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.text === text && (token.kind === "sign" || token.kind === "word");
  }

  take(text: string): boolean {
    if (!this.is(text)) return false;
    this.#at++;
    return true;
  }

  need(text: string): void {
    if (!this.take(text)) throw this.unexpected(`'${text}'`);
  }

  word(): string {
    if (this.peek().kind !== "word") throw this.unexpected("a name");
    return this.next().text;
  }

  /** Skips to behind the bracket that closes the one which has just been taken. */
  skipGroup(open: string, close: string): void {
    for (let depth = 1; depth > 0 && !this.isAtEnd();) {
      const { text } = this.next();
      if (text === open) depth++;
      if (text === close) depth--;
    }
  }

  unexpected(wanted: string): Refusal {
    const { text, line } = this.peek();
    const before = this.all
      .slice(Math.max(0, this.#at - 4), this.#at)
      .map((token) => token.text)
      .join(" ");
    return new Refusal(`${wanted} is expected after '${before.slice(-60)}', not '${text.slice(0, 40)}'`, line);
  }
}
