import { describe, expect, it } from "vitest";
import { randomFrom } from "../engine/random";
import { type Candidate, DEFAULT_RULES, NO_LIMITS, type PickRules, pickRandom, pickWeighted, weigh } from "./picking";

const NOW = { intensity01: 0.5, recent: [] };

function pack(...qualities: readonly (number | null)[]): Candidate[] {
  return qualities.map((quality01, at) => ({ pair: at + 1, quality01, warpDiff: null, cxDiff: null }));
}

function shares(candidates: readonly Candidate[], rules: Partial<PickRules>, moment = NOW, picks = 20_000): number[] {
  const random = randomFrom(7);
  const counts = candidates.map(() => 0);
  for (let pick = 0; pick < picks; pick += 1) {
    const { index } = pickWeighted(candidates, { ...DEFAULT_RULES, ...rules }, moment, random);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts.map((count) => count / picks);
}

describe("the power form", () => {
  it("picks in proportion to quality where no gamma is given", () => {
    const [low, high] = shares(pack(0.2, 0.8), {});
    expect(low).toBeCloseTo(0.2, 1);
    expect(high).toBeCloseTo(0.8, 1);
  });

  it("sharpens with gamma, and is level with gamma 0", () => {
    expect(shares(pack(0.25, 0.75), { gamma: 4 })[1]).toBeCloseTo(81 / 82, 2);
    expect(shares(pack(0.25, 0.75), { gamma: 0 })[1]).toBeCloseTo(0.5, 1);
  });

  it("explores: a pair of quality 0 keeps its share", () => {
    expect(shares(pack(0, 1), { explore: 1 })[0]).toBeCloseTo(0.5, 1);
    expect(shares(pack(0, 1), {})[0]).toBeCloseTo(0, 3);
  });

  it("counts a missing score as one half, and one out of range as its end", () => {
    expect(weigh(pack(null, 0.5, 7), DEFAULT_RULES, NOW)).toEqual([0.500001, 0.500001, 1.000001]);
  });

  it("punishes recent picks only within the window", () => {
    const moment = { intensity01: null, recent: [0, 1] };
    const rules = { ...DEFAULT_RULES, gamma: 0, dedupN: 1, dedupPenalty: 0.75 };
    expect(weigh(pack(1, 1, 1), rules, moment)).toEqual([0.25, 1, 1]);
  });
});

describe("the intensity form", () => {
  const spread = [0, 0.05, 0.1].map((warpDiff, at): Candidate => ({ pair: at, quality01: null, warpDiff, cxDiff: null }));
  const rules: PickRules = { ...DEFAULT_RULES, weighting: "intensity" };
  const best = (intensity01: number) => {
    const weights = weigh(spread, rules, { intensity01, recent: [] });
    return weights.indexOf(Math.max(...weights));
  };

  it("asks for layers alike in calm music and for layers that differ in intense music", () => {
    expect([best(0), best(0.5), best(1)]).toEqual([0, 1, 2]);
  });

  it("multiplies by 0.2 + 0.8 times the quality, where that is known", () => {
    expect(weigh(pack(0, 0.5, 1, null), rules, NOW)).toEqual([0.2, 0.6000000000000001, 1, 1]);
  });

  it("seldom repeats the pair on screen", () => {
    expect(weigh(pack(null, null), rules, { intensity01: 0.5, recent: [1] })).toEqual([1, 0.1]);
  });

  it("falls back to chance, and says so, where no music is heard", () => {
    expect(pickWeighted(pack(1), rules, { intensity01: null, recent: [] }, randomFrom(1)).reason).toBe("fallback:no-audio");
  });
});

describe("limits", () => {
  const limits = { ...NO_LIMITS, minQuality: 0.5, maxWarp: 0.2 };
  const wide: Candidate = { pair: 3, quality01: 0.9, warpDiff: 0.3, cxDiff: null };

  it("keep out what lies outside, and hold nothing against a pair that lacks the figure", () => {
    const weights = weigh([...pack(0.4, 0.6, null), wide], { ...DEFAULT_RULES, limits }, NOW);
    expect(weights.map((weight) => weight > 0)).toEqual([false, true, true, false]);
  });

  it("that leave nothing over give way to chance, which says so", () => {
    expect(pickWeighted(pack(0.1), { ...DEFAULT_RULES, limits }, NOW, randomFrom(1))).toEqual({ index: 0, reason: "fallback:no-weight" });
  });
});

it("picks the same for the same seed, and every place in the pack", () => {
  const draw = (seed: number) => Array.from({ length: 50 }, ((random) => () => pickRandom(4, random).index)(randomFrom(seed)));
  expect(draw(5)).toEqual(draw(5));
  expect(draw(5)).not.toEqual(draw(6));
  expect(new Set(draw(5))).toEqual(new Set([0, 1, 2, 3]));
});
