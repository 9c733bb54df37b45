/** The shuffle walk: every pair once, then in another order. Its state is newliveweb's own, so that a driver can seed it. */

import type { Random } from "../engine/random";

export const SHUFFLE_KEY = "nw.coupledPairs.shuffleState.v0";

export interface ShuffleState {
  readonly v: 0;
  readonly pack: string;
  readonly len: number;
  /** How many of the order have been shown. */
  readonly pos: number;
  /** Places in the pack. */
  readonly order: readonly number[];
  readonly updatedAt: number;
  readonly seededBy: string;
}

/** The next place in the pack, and the state to keep. */
export function walk(
  kept: ShuffleState | null,
  pack: string,
  pairs: number,
  random: Random,
  now: number,
): { index: number; state: ShuffleState } {
  const usable = kept !== null && kept.pack === pack && kept.len === pairs && isOrder(kept.order, pairs) ? kept : null;
  const isThrough = usable !== null && usable.pos >= pairs;
  const order = usable === null || isThrough ? shuffled(pairs, random, usable?.order.at(-1)) : usable.order;
  const pos = usable === null || isThrough ? 0 : Math.max(0, Math.trunc(usable.pos));
  const seededBy = usable === null || isThrough ? "page" : usable.seededBy;
  const state: ShuffleState = { v: 0, pack, len: pairs, pos: pos + 1, order, updatedAt: now, seededBy };
  return { index: order[pos] ?? 0, state };
}

/** Reads what a page or a driver has stored; anything else counts as nothing. */
export function readShuffleState(text: string | null): ShuffleState | null {
  if (text === null) return null;
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return null;
  }
  const state = found as Partial<ShuffleState> | null;
  const isState =
    typeof state === "object" &&
    state !== null &&
    typeof state.pack === "string" &&
    typeof state.len === "number" &&
    typeof state.pos === "number" &&
    Array.isArray(state.order);
  return isState ? { ...(state as ShuffleState), seededBy: typeof state.seededBy === "string" ? state.seededBy : "" } : null;
}

/** A driver may ask for some pairs only, or for one more than once: an order need not be a permutation. */
function isOrder(order: readonly unknown[], pairs: number): boolean {
  return order.length === pairs && order.every((at) => Number.isInteger(at) && (at as number) >= 0 && (at as number) < pairs);
}

/** Fisher and Yates; the pair that ended one walk does not begin the next. */
function shuffled(pairs: number, random: Random, last: number | undefined): number[] {
  const order = Array.from({ length: pairs }, (_, at) => at);
  for (let at = pairs - 1; at > 0; at -= 1) swap(order, at, Math.floor(random() * (at + 1)));
  if (pairs > 1 && order[0] === last) swap(order, 0, 1 + Math.floor(random() * (pairs - 1)));
  return order;
}

function swap(order: number[], one: number, other: number): void {
  [order[one], order[other]] = [order[other] as number, order[one] as number];
}
