/** Which pair comes next: pure functions of the pack, the moment and a stream of chance. */

import type { Random } from "../engine/random";

export const PICK_MODES = ["random", "shuffle", "weighted"] as const;
export type PickMode = (typeof PICK_MODES)[number];

export interface Candidate {
  readonly pair: number;
  readonly quality01: number | null;
  readonly warpDiff: number | null;
  readonly cxDiff: number | null;
}

/**
 * power      (1 - explore) * quality^gamma + explore, less for recent picks
 * intensity  as far as warp_diff and cx_diff suit how intense the music is, times 0.2 + 0.8 * quality
 */
export const WEIGHTINGS = ["power", "intensity"] as const;
export type Weighting = (typeof WEIGHTINGS)[number];

export interface PickRules {
  readonly weighting: Weighting;
  readonly gamma: number;
  readonly explore: number;
  /** How many of the latest picks count as recent. */
  readonly dedupN: number;
  /** What recent picks lose of their weight: 0 nothing, 1 all. */
  readonly dedupPenalty: number;
  readonly limits: Limits;
}

/** Pairs outside of these are not picked; a pair that lacks the figure is not held against it. */
export interface Limits {
  readonly minQuality: number;
  readonly minWarp: number;
  readonly maxWarp: number;
  readonly minCx: number;
  readonly maxCx: number;
}

export const NO_LIMITS: Limits = {
  minQuality: 0,
  minWarp: 0,
  maxWarp: Number.POSITIVE_INFINITY,
  minCx: 0,
  maxCx: Number.POSITIVE_INFINITY,
};

export const DEFAULT_RULES: PickRules = {
  weighting: "power",
  gamma: 1,
  explore: 0,
  dedupN: 0,
  dedupPenalty: 0,
  limits: NO_LIMITS,
};

export interface Moment {
  /** How intense the music is, from 0 to 1; null where none is heard. */
  readonly intensity01: number | null;
  /** Places in the pack of the latest picks, the newest first. */
  readonly recent: readonly number[];
}

export interface Pick {
  /** The place in the pack, not the pair's number. */
  readonly index: number;
  /** Why this one, in a word that a log can be searched for. */
  readonly reason: string;
}

const UNKNOWN_QUALITY = 0.5;
/** Keeps a pair of quality 0 possible, whatever the gamma. */
const LEAST = 1e-6;
/** What the weight of the pair on screen is multiplied with, so that it seldom follows itself. */
const REPEAT = 0.1;

export function pickRandom(pairs: number, random: Random): Pick {
  return { index: Math.floor(random() * pairs), reason: "random" };
}

export function pickWeighted(pack: readonly Candidate[], rules: PickRules, moment: Moment, random: Random): Pick {
  if (rules.weighting === "intensity" && moment.intensity01 === null) {
    return { ...pickRandom(pack.length, random), reason: "fallback:no-audio" };
  }
  const weights = weigh(pack, rules, moment);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (!(sum > 0 && Number.isFinite(sum))) {
    return { ...pickRandom(pack.length, random), reason: "fallback:no-weight" };
  }
  return { index: spin(weights, sum, random), reason: rules.weighting };
}

/** The weight of each pair; they need not add up to anything. */
export function weigh(pack: readonly Candidate[], rules: PickRules, moment: Moment): number[] {
  const allowed = pack.map((candidate) => (isWithin(candidate, rules.limits) ? 1 : 0));
  const weight = rules.weighting === "power" ? powerWeight(rules) : intensityWeight(pack, moment.intensity01 ?? 0);
  return pack.map((candidate, index) => (allowed[index] ?? 0) * weight(candidate) * repeat(index, rules, moment));
}

function powerWeight({ gamma, explore }: PickRules): (candidate: Candidate) => number {
  return ({ quality01 }) => (1 - explore) * (clamp01(quality01 ?? UNKNOWN_QUALITY) + LEAST) ** gamma + explore;
}

function repeat(index: number, rules: PickRules, { recent }: Moment): number {
  if (rules.weighting === "intensity") return recent[0] === index ? REPEAT : 1;
  return recent.slice(0, rules.dedupN).includes(index) ? 1 - rules.dedupPenalty : 1;
}

/** Calm music asks for pairs whose layers are alike, intense music for pairs that differ, within what the pack has. */
function intensityWeight(pack: readonly Candidate[], intensity01: number): (candidate: Candidate) => number {
  const warp = suits(pack.map(({ warpDiff }) => warpDiff), intensity01);
  const cx = suits(pack.map(({ cxDiff }) => cxDiff), intensity01);
  return ({ warpDiff, cxDiff, quality01 }) =>
    warp(warpDiff) * cx(cxDiff) * (quality01 === null ? 1 : 0.2 + 0.8 * clamp01(quality01));
}

/** A bell over the pack's own range: its centre goes from the 10th to the 90th percentile, half of that is its width. */
function suits(values: readonly (number | null)[], intensity01: number): (value: number | null) => number {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  const low = percentile(known, 0.1);
  const high = percentile(known, 0.9);
  const width = (high - low) / 2;
  if (!(width > 0)) return () => 1;
  const centre = low + clamp01(intensity01) * (high - low);
  return (value) => (value === null ? 1 : Math.exp(-(((value - centre) / width) ** 2) / 2));
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.round(share * (sorted.length - 1))] ?? 0;
}

function isWithin({ quality01, warpDiff, cxDiff }: Candidate, limits: Limits): boolean {
  return (
    (quality01 === null || quality01 >= limits.minQuality) &&
    (warpDiff === null || (warpDiff >= limits.minWarp && warpDiff <= limits.maxWarp)) &&
    (cxDiff === null || (cxDiff >= limits.minCx && cxDiff <= limits.maxCx))
  );
}

function spin(weights: readonly number[], sum: number, random: Random): number {
  let left = random() * sum;
  let last = 0;
  for (const [index, weight] of weights.entries()) {
    if (weight === 0) continue;
    last = index;
    left -= weight;
    if (left < 0) break;
  }
  return last;
}

function clamp01(value: number): number {
  return Math.min(1, Math.max(0, value));
}
