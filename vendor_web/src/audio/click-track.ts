/** The music of a page that was given none: a kick, a hat, a bass and a chord that breathes. */

import { randomFrom } from "../engine/random";
import type { Track } from "./track";
import { SAMPLE_RATE } from "./track";

/** Four bars: every part repeats within them, so that the track loops without a seam. */
const BEATS = 16;
const TURN = 2 * Math.PI;

/** The same samples for the same tempo, on every machine that computes sines alike. */
export function clickTrack(beatsPerMinute = 120): Track {
  const beat = 60 / beatsPerMinute;
  const length = Math.round(BEATS * beat * SAMPLE_RATE);
  const left = new Float32Array(length);
  const right = new Float32Array(length);
  const noise = randomFrom(1);
  for (let at = 0; at < length; at += 1) {
    const seconds = at / SAMPLE_RATE;
    const drums = kick(seconds % beat) + hat((seconds + beat / 2) % beat, noise());
    const notes = bass(seconds, seconds % beat) + chord(seconds, (seconds / beat) * (TURN / BEATS));
    left[at] = Math.tanh(drums + notes);
    right[at] = Math.tanh(drums + 0.8 * notes);
  }
  return { name: `click track, ${beatsPerMinute} bpm`, left, right, seconds: length / SAMPLE_RATE };
}

function kick(since: number): number {
  // Falls from 120 Hz to 45 Hz within a tenth of a second, as drum machines do.
  const phase = 45 * since + 2 * (1 - Math.exp(-38 * since));
  return 0.8 * Math.exp(-9 * since) * Math.sin(TURN * phase);
}

function hat(since: number, noise: number): number {
  return 0.2 * Math.exp(-45 * since) * (2 * noise - 1);
}

function bass(seconds: number, sinceBeat: number): number {
  return 0.15 * (1 - Math.exp(-6 * sinceBeat)) * Math.sin(TURN * 55 * seconds);
}

function chord(seconds: number, breath: number): number {
  const notes = [220, 277.5, 330];
  const sum = notes.reduce((total, hertz) => total + Math.sin(TURN * hertz * seconds), 0);
  return 0.06 * sum * (0.6 + 0.4 * Math.sin(breath));
}
