import { describe, expect, it } from "vitest";
import { randomFrom } from "../engine/random";
import { readShuffleState, type ShuffleState, walk } from "./shuffle";

function walkThrough(pairs: number, steps: number, start: ShuffleState | null = null, seed = 1) {
  const random = randomFrom(seed);
  let state = start;
  const shown: number[] = [];
  for (let step = 0; step < steps; step += 1) {
    const next = walk(state, "demo", pairs, random, 0);
    // As in a page: through the text that is stored.
    state = readShuffleState(JSON.stringify(next.state));
    shown.push(next.index);
  }
  return { shown, state };
}

function seeded(order: number[], pos = 0): ShuffleState {
  return { v: 0, pack: "demo", len: order.length, pos, order, updatedAt: 0, seededBy: "driver" };
}

describe("a walk", () => {
  it("shows every pair once before any twice", () => {
    const { shown } = walkThrough(50, 50);
    expect(new Set(shown).size).toBe(50);
  });

  it("shuffles anew after each pass, and never begins with the pair that ended the last", () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const { shown } = walkThrough(3, 6, null, seed);
      expect(new Set(shown.slice(3)).size).toBe(3);
      expect(shown[3]).not.toBe(shown[2]);
    }
    const { shown } = walkThrough(20, 40);
    expect(shown.slice(20)).not.toEqual(shown.slice(0, 20));
  });

  it("follows an order that a driver has stored, from where it says", () => {
    expect(walkThrough(4, 3, seeded([2, 0, 3, 1], 1)).shown).toEqual([0, 3, 1]);
    expect(walkThrough(3, 3, seeded([1, 1, 2])).shown).toEqual([1, 1, 2]);
  });

  it("starts anew for another pack, another length, or an order that leads outside", () => {
    for (const start of [{ ...seeded([0, 1]), pack: "other" }, seeded([0, 1, 2]), seeded([0, 9])]) {
      const { shown, state } = walkThrough(2, 2, start);
      expect([...shown].sort()).toEqual([0, 1]);
      expect(state?.seededBy).toBe("page");
    }
  });
});

it("reads nothing into what is not a state", () => {
  for (const text of [null, "", "{", "null", "[]", '{"pack":"demo"}']) expect(readShuffleState(text)).toBeNull();
  const strange = { pack: "demo", len: 1, pos: 0, order: [0], seededBy: { toString: 1 } };
  expect(readShuffleState(JSON.stringify(strange))?.seededBy).toBe("");
});
