/** `#define`, `#if` and their kin: tokens in, tokens without directives and macros out. */

import { Refusal } from "../refusal";
import { isTrue } from "./condition";
import { lex } from "./lex";
import type { Token } from "./lex";
import { MacroTable } from "./macros";

/** What MilkDrop defines before every shader, as far as butterchurn does not. */
const MILKDROP_MACROS = `
#define M_PI 3.14159265359
#define M_PI_2 6.28318530718
#define M_INV_PI_2 0.159154943091895
#define sampler_FC_main sampler_fc_main
#define sampler_PC_main sampler_pc_main
#define sampler_FW_main sampler_fw_main
#define sampler_PW_main sampler_pw_main
#define GetMain(uv) (tex2D(sampler_main,(uv)).xyz)
#define GetPixel(uv) (tex2D(sampler_main,(uv)).xyz)
#define GetBlur1(uv) (tex2D(sampler_blur1,(uv)).xyz*scale1 + bias1)
#define GetBlur2(uv) (tex2D(sampler_blur2,(uv)).xyz*scale2 + bias2)
#define GetBlur3(uv) (tex2D(sampler_blur3,(uv)).xyz*scale3 + bias3)
#define lum(x) (dot((x),float3(0.32,0.49,0.29)))
#define tex2d tex2D
#define tex3d tex3D
`;

/** An `#if` that is open: whether its present branch counts, and whether any branch has. */
interface Branch {
  isLive: boolean;
  hasBeenLive: boolean;
}

export function preprocess(text: string): Token[] {
  const preprocessor = new Preprocessor();
  preprocessor.run(lex(MILKDROP_MACROS));
  preprocessor.run(lex(text));
  return preprocessor.output;
}

class Preprocessor {
  readonly output: Token[] = [];
  readonly #macros = new MacroTable();
  readonly #branches: Branch[] = [];
  /** Branches that are not live; the text counts when there are none. */
  #deadBranches = 0;

  run(tokens: readonly Token[]): void {
    let plain: Token[] = [];
    for (let at = 0; at < tokens.length;) {
      const token = tokens[at] as Token;
      const end = token.startsLine && token.text === "#" ? lineEnd(tokens, at) : at + 1;
      if (end === at + 1 && token.text !== "#") {
        if (this.#isLive()) plain.push(token);
      } else {
        // A macro's arguments may spread over lines, but not over a directive.
        this.#emit(plain);
        plain = [];
        this.#obey(tokens.slice(at + 1, end));
      }
      at = end;
    }
    this.#emit(plain);
  }

  #isLive(): boolean {
    return this.#deadBranches === 0;
  }

  #emit(tokens: readonly Token[]): void {
    for (const token of this.#macros.expand(tokens)) this.output.push(token);
  }

  #obey(directive: readonly Token[]): void {
    const [command, ...rest] = directive;
    switch (command?.text) {
      case "if":
        return this.#open(this.#isLive() && isTrue(rest, this.#macros));
      case "ifdef":
        return this.#open(this.#macros.has(rest[0]?.text ?? ""));
      case "ifndef":
        return this.#open(!this.#macros.has(rest[0]?.text ?? ""));
      case "elif":
        return this.#turn(() => isTrue(rest, this.#macros));
      case "else":
        return this.#turn(() => true);
      case "endif":
        return this.#close(command.line);
      case "define":
        if (this.#isLive()) this.#macros.define(rest);
        return;
      case "undef":
        if (this.#isLive()) this.#macros.remove(rest[0]?.text ?? "");
        return;
      default:
        // #include, #pragma and the like have nothing to say here.
        return;
    }
  }

  #open(isLive: boolean): void {
    this.#branches.push({ isLive, hasBeenLive: isLive });
    if (!isLive) this.#deadBranches++;
  }

  #turn(holds: () => boolean): void {
    const branch = this.#branches.at(-1);
    if (branch === undefined) throw new Refusal("an #else stands outside of any #if");
    if (!branch.isLive) this.#deadBranches--;
    branch.isLive = !branch.hasBeenLive && this.#isLive() && holds();
    branch.hasBeenLive ||= branch.isLive;
    if (!branch.isLive) this.#deadBranches++;
  }

  #close(line: number): void {
    const branch = this.#branches.pop();
    if (branch === undefined) throw new Refusal("an #endif closes no #if", line);
    if (!branch.isLive) this.#deadBranches--;
  }
}

function lineEnd(tokens: readonly Token[], start: number): number {
  let end = start + 1;
  while (end < tokens.length && tokens[end]?.startsLine === false) end++;
  return end;
}
