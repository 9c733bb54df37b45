/** Shader text to tokens. Comments end here, and lines continued by a backslash become one. */

export type TokenKind = "number" | "word" | "sign" | "end";

export interface Token {
  kind: TokenKind;
  text: string;
  /** From 1; of `warp_12` it is 12. */
  line: number;
  /** A directive is a `#` that starts a line; a macro's parameters follow its name without a gap. */
  startsLine: boolean;
  afterGap: boolean;
}

const GAP = /(?:[^\S\n]|\\[^\S\n]*\n)+/y;
const NUMBER = /0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFhHlLuU]*/y;
const WORD = /[A-Za-z_]\w*/y;
const SIGN = /##|<<=|>>=|\+\+|--|&&|\|\||[=!<>+\-*/%&|^]=|<<|>>|[-+*/%=<>!&|^~?:;,.(){}[\]#]/y;
/** `1.xxx` is the vector of three ones, not the number `1.` before a word. */
const DOT_OF_A_SWIZZLE = /\.(?=[xyzwrgbastpq]+\b)/y;

/** A character that HLSL does not know, or a string, ends up in no token: real presets have strays of both. */
export function lex(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  let startsLine = true;
  let afterGap = true;
  const skip = (skipped: string) => {
    line += countLines(skipped);
    at += skipped.length;
    afterGap = true;
  };
  while (at < text.length) {
    if (text[at] === "\n") {
      skip("\n");
      startsLine = true;
      continue;
    }
    const gap = matchAt(GAP, text, at) ?? commentAt(text, at);
    if (gap !== null) {
      skip(gap);
      continue;
    }
    const token = tokenAt(text, at);
    if (token === null) {
      skip(strayAt(text, at));
      continue;
    }
    tokens.push({ ...token, line, startsLine, afterGap });
    at += token.text.length;
    startsLine = false;
    afterGap = false;
  }
  return tokens;
}

function tokenAt(text: string, at: number): { kind: TokenKind; text: string } | null {
  const number = matchAt(NUMBER, text, at);
  if (number !== null) return { kind: "number", text: withoutSwizzleDot(number, text, at) };
  const word = matchAt(WORD, text, at);
  if (word !== null) return { kind: "word", text: word };
  const sign = matchAt(SIGN, text, at);
  return sign === null ? null : { kind: "sign", text: sign };
}

function withoutSwizzleDot(number: string, text: string, at: number): string {
  const last = at + number.length - 1;
  const isSwizzled = number.length > 1 && number.endsWith(".") && matchAt(DOT_OF_A_SWIZZLE, text, last) !== null;
  return isSwizzled ? number.slice(0, -1) : number;
}

function commentAt(text: string, at: number): string | null {
  if (text.startsWith("//", at)) return text.slice(at, endAfter(text, "\n", at, 0));
  if (text.startsWith("/*", at)) return text.slice(at, endAfter(text, "*/", at + 2, 2));
  return null;
}

/** What is never closed reaches to the end. */
function endAfter(text: string, mark: string, from: number, length: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + length;
}

function strayAt(text: string, at: number): string {
  if (text[at] !== '"') return text.slice(at, at + 1);
  const close = text.indexOf('"', at + 1);
  const lineEnd = endAfter(text, "\n", at, 0);
  return text.slice(at, close < 0 || close > lineEnd ? at + 1 : close + 1);
}

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
