/** Chance from a seed: for pictures that come out the same, and for picks that can be repeated. */

export type Random = () => number;

/** A stream of numbers from 0 to 1, the same for the same seed (Mulberry32, by Tommy Ettinger, public domain). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

let engines: Random = randomFrom(Date.now());

/**
 * Engines draw from Math.random, and keep a reference to it: it is replaced once, before any of them starts, by a
 * function of ours whose stream can be changed.
 */
export function takeOverMathRandom(): void {
  Math.random = () => engines();
}

export function seedEngines(seed: number): void {
  engines = randomFrom(seed);
}
