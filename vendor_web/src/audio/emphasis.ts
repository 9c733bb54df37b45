/** newliveweb's audio figures, by its formulas: of a signal from which bass has been taken. */

import { positiveRemainder, type Samples } from "./frame";

const WINDOW = 2048;
const KEPT = 512;
const EMPHASIS = 0.97;

/** Both channels' mean, every fourth sample, each less 0.97 of the one before. */
export function emphasised({ left, right }: Samples, end: number): { rms: number; peak: number } {
  const step = WINDOW / KEPT;
  let sum = 0;
  let peak = 0;
  let before = 0;
  for (let at = 0; at < KEPT; at += 1) {
    const place = positiveRemainder(end - WINDOW + at * step, left.length);
    const mono = ((left[place] ?? 0) + (right[place] ?? 0)) / 2;
    const sample = mono - EMPHASIS * before;
    before = mono;
    sum += sample * sample;
    peak = Math.max(peak, Math.abs(sample));
  }
  return { rms: Math.sqrt(sum / KEPT), peak };
}
