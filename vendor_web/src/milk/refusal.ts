/** Why a preset cannot be shown: thrown inside the conversion, caught once, in `convert`. */

export type Stage = "read" | "equations" | "warp shader" | "comp shader";

/** In one sentence, what is wrong with a text; `line` counts the lines of that text from 1. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    message: string,
    readonly line?: number,
  ) {
    super(message);
  }
}
