/** The equations of a preset: made into one line each, and compiled once to see whether they can be. */

import { compileModule } from "eel-wasm";
import { Refusal } from "./refusal";

/** Of one block; the largest of 14,000 real presets has 31,200 characters. */
export const MAX_EQUATION_CHARACTERS = 1 << 16;
/** The deepest real code opens 21; the compiler's time grows with the square of them. */
export const MAX_OPEN_BRACKETS = 200;

/** A place in the one line from which on it continues a line of the code. */
interface Anchor {
  at: number;
  line: number;
}

interface Flat {
  code: string;
  anchors: Anchor[];
}

/**
 * Gives the code that butterchurn is to run. Comments and line ends are gone: MilkDrop joins lines without a gap, and
 * the compiler in butterchurn looks through all line ends for every word.
 */
export function prepareEquations(code: string, version: 1 | 2): string {
  if (code.length > MAX_EQUATION_CHARACTERS) {
    throw new Refusal(`there are ${code.length} characters, and at most ${MAX_EQUATION_CHARACTERS} are compiled`);
  }
  const flat = flatten(code);
  refuseDeep(flat);
  if (flat.code.trim() === "") return flat.code;
  try {
    compileModule({
      pools: { preset: new Set() },
      functions: { equations: { pool: "preset", code: flat.code } },
      eelVersion: version,
    });
  } catch (error) {
    throw refusalFor(error, flat);
  }
  return flat.code;
}

function refuseDeep({ code, anchors }: Flat): void {
  let open = 0;
  for (let at = 0; at < code.length; at++) {
    if (code[at] === "(") open++;
    if (code[at] === ")") open--;
    if (open > MAX_OPEN_BRACKETS)
      throw new Refusal(`brackets nest deeper than ${MAX_OPEN_BRACKETS} levels`, lineAt(anchors, at));
  }
}

/** The rules of eel-wasm's own preprocessor, which are those of MilkDrop 2. */
export function flatten(code: string): Flat {
  const pieces: string[] = [];
  const anchors: Anchor[] = [];
  let length = 0;
  let isInBlock = false;
  for (const [index, line] of code.split("\n").entries()) {
    const { kept, endsInBlock } = withoutComments(line.replace(/\r$/, ""), isInBlock);
    isInBlock = endsInBlock;
    if (kept === "") continue;
    anchors.push({ at: length, line: index + 1 });
    pieces.push(kept);
    length += kept.length;
  }
  return { code: pieces.join(""), anchors };
}

function withoutComments(line: string, startsInBlock: boolean): { kept: string; endsInBlock: boolean } {
  let kept = "";
  let isInBlock = startsInBlock;
  let isInLine = false;
  for (let at = 0; at < line.length; at++) {
    const pair = line.slice(at, at + 2);
    if (isInBlock && pair === "*/") isInBlock = false;
    else if (pair === "//" || pair === "\\\\") isInLine = true;
    else if (pair === "/*") isInBlock = true;
    else {
      if (!isInBlock && !isInLine) kept += line.charAt(at);
      continue;
    }
    at++;
  }
  return { kept, endsInBlock: isInBlock };
}

interface CompilerError {
  message: string;
  loc?: { first_column: number };
}

function refusalFor(error: unknown, { anchors }: Flat): Refusal {
  // The compiler walks the code by recursion.
  if (error instanceof RangeError) return new Refusal("an expression has too many parts");
  const { message, loc } = error as CompilerError;
  const line = loc === undefined ? undefined : lineAt(anchors, loc.first_column - 1);
  const sentence = message
    .replace(/^Parse Error: /, "")
    .replaceAll("\n", " ")
    .slice(0, 200);
  return new Refusal(sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, ""), line);
}

function lineAt(anchors: readonly Anchor[], at: number): number | undefined {
  return anchors.findLast((anchor) => anchor.at <= at)?.line ?? anchors[0]?.line;
}
