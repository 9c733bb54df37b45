/** Coupled mode: a pack is opened, pairs are picked and shown, and what is said of it is true. */

import type { Random } from "../engine/random";
import { EngineError } from "../engine/engine";
import { keep, kept } from "../kept";
import { fetchJson, fetchPreset } from "../presets/fetch";
import { StageError } from "../stage";
import type { Theatre } from "../theatre";
import type { Wanted } from "./address";
import { MANIFEST, openPack, type Pack, PackError, type PackPair } from "./manifest";
import { type Moment, type Pick, pickRandom, pickWeighted, type PickMode, type PickRules } from "./picking";
import { readShuffleState, SHUFFLE_KEY, type ShuffleState, walk } from "./shuffle";

/** A pick that is, or was, on screen. */
export interface LastPick {
  /** On the page's performance clock, when the pair had been drawn. */
  readonly timeMs: number;
  readonly pack: string;
  readonly pair: number;
  readonly index: number;
  readonly fgUrl: string;
  readonly bgUrl: string;
  readonly warpDiff: number | null;
  readonly cxDiff: number | null;
  readonly quality01: number | null;
  readonly intensity01: number | null;
  readonly mode: PickMode | "asked";
  readonly reason: string;
}

/** A pair that was to be shown and could not be. */
export interface Refused {
  /** On the page's performance clock. */
  readonly timeMs: number;
  readonly pair: number;
  readonly reason: string;
}

export type Status = { readonly state: "ok" | "error"; readonly text: string };

const PICKS_KEPT = 20;
/** How far a person can go back. */
const TRAIL = 100;

export class CoupledMode {
  readonly wanted: Wanted;
  pickMode: PickMode;
  rules: PickRules;
  pack: Pack | null = null;
  /** Why there is no pack; null before one was asked for, and when it is open. */
  problem: string | null = null;
  lastPick: LastPick | null = null;
  /** The latest first. */
  readonly lastPicks: LastPick[] = [];
  /** The latest first. */
  readonly refused: Refused[] = [];
  isHeld = false;
  isLoading = false;
  status: Status = { state: "ok", text: "" };
  readonly #theatre: Theatre;
  readonly #random: Random;
  readonly #changed: () => void;
  #opening: Promise<unknown> = Promise.resolve();
  /** Pairs by which a person came to the one on screen, which is the last. */
  readonly #trail: number[] = [];
  /** One pair after the other, however many are asked for. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(wanted: Wanted, theatre: Theatre, random: Random, changed: () => void) {
    this.wanted = wanted;
    this.pickMode = wanted.pickMode;
    this.rules = wanted.rules;
    this.#theatre = theatre;
    this.#random = random;
    this.#changed = changed;
  }

  get isEnabled(): boolean {
    return this.pack !== null;
  }

  /** Opens the pack that the address names, unless one is open. What failed is tried anew the next time. */
  init(): Promise<boolean> {
    if (this.isEnabled) return Promise.resolve(true);
    if (this.wanted.pack === null) return Promise.resolve(false);
    return this.open(this.wanted.pack);
  }

  /** Opens a pack in place of the one that is open; true once it is. */
  open(name: string): Promise<boolean> {
    const opening = this.#opening.then(() => this.pack?.name === name || this.#open(name));
    this.#opening = opening.catch(() => null);
    return opening;
  }

  /** Picks the next pair and shows it. True if, and as soon as, it is on screen. */
  next(reason: string): Promise<boolean> {
    return this.#enqueue(async () => {
      if (this.isHeld) return this.#say("error", "HOLD: preset locked");
      const pack = await this.#ready();
      if (pack === null) return false;
      return this.#show(pack, this.#pick(pack), reason);
    });
  }

  /** Shows a certain pair. True if, and as soon as, it is on screen. */
  show(pair: number, reason: string): Promise<boolean> {
    return this.#enqueue(async () => {
      const pack = await this.#ready();
      if (pack === null) return false;
      const index = pack.pairs.findIndex((candidate) => candidate.pair === pair);
      if (index < 0) return this.#say("error", `Pack ${pack.name} has no pair ${pair}`);
      return this.#show(pack, { index, reason: "asked" }, reason);
    });
  }

  /** Goes back to the pair before the one on screen. */
  back(): Promise<boolean> {
    return this.#enqueue(async () => {
      const { pack } = this;
      const pair = this.#trail.at(-2);
      const index = pack?.pairs.findIndex((candidate) => candidate.pair === pair) ?? -1;
      if (pack === null || index < 0) return this.#say("error", "There is no pair before this one");
      const isShown = await this.#show(pack, { index, reason: "asked" }, "back");
      if (!isShown) return false;
      this.#trail.splice(-2); // the pair that was left, and the second mention of this one
      this.#changed();
      return true;
    });
  }

  get canGoBack(): boolean {
    return this.#trail.length > 1;
  }

  hold(isHeld: boolean): void {
    this.isHeld = isHeld;
    this.#changed();
  }

  /** Draws so many picks without showing any: what mode, rules and scores really do. The live picks take no notice. */
  sample(count: number, random: Random): { pair: number; reason: string }[] {
    const { pack } = this;
    if (pack === null) return [];
    const { intensity01 } = this.#theatre;
    const recent: number[] = [];
    let shuffle = this.#shuffleState;
    return Array.from({ length: count }, () => {
      const { pick, state } = this.#draw(pack, { intensity01, recent }, random, shuffle);
      shuffle = state;
      keepLatest(recent, pick.index, this.rules.dedupN + 1);
      return { pair: (pack.pairs[pick.index] as PackPair).pair, reason: pick.reason };
    });
  }

  async #ready(): Promise<Pack | null> {
    const isOpen = await this.init();
    if (!isOpen && this.problem === null) this.#say("error", "Coupled pairs not ready");
    return this.pack;
  }

  async #open(name: string): Promise<boolean> {
    const isWanted = name === (this.wanted.pack ?? name);
    const manifest = isWanted ? this.wanted.manifest : MANIFEST;
    try {
      this.pack = await openPack(name, manifest, fetchJson);
      this.problem = null;
      this.#trail.length = 0;
    } catch (error) {
      if (!(error instanceof PackError)) throw error;
      this.problem = error.message;
      console.warn(`[coupled-pairs] load failed ${error.message}`);
      return this.#say("error", error.message);
    } finally {
      this.#changed();
    }
    this.#tellQuality(this.pack);
    return true;
  }

  #tellQuality({ name, quality, withoutQuality }: Pack): void {
    if (quality === null) {
      console.info(`[coupled-pairs] no pairs-quality: ${withoutQuality}`);
      return;
    }
    const facts = { pack: name, url: quality.url, std: quality.std, pairs: quality.merged };
    console.info(`[coupled-pairs] loaded pairs-quality ${JSON.stringify(facts)}`);
  }

  #pick(pack: Pack): Pick {
    const recent = this.lastPicks.filter((pick) => pick.pack === pack.name).map(({ index }) => index);
    const moment = { intensity01: this.#theatre.intensity01, recent };
    const before = this.#shuffleState;
    const { pick, state } = this.#draw(pack, moment, this.#random, before);
    if (state !== before) keep(SHUFFLE_KEY, JSON.stringify(state));
    return pick;
  }

  get #shuffleState(): ShuffleState | null {
    return readShuffleState(kept(SHUFFLE_KEY));
  }

  #draw(pack: Pack, moment: Moment, random: Random, before: ShuffleState | null): Drawn {
    switch (this.pickMode) {
      case "random":
        return { pick: pickRandom(pack.pairs.length, random), state: before };
      case "weighted":
        return { pick: pickWeighted(pack.pairs, this.rules, moment, random), state: before };
      case "shuffle": {
        const { index, state } = walk(before, pack.name, pack.pairs.length, random, Date.now());
        return { pick: { index, reason: `shuffle:${state.pos}/${state.len}` }, state };
      }
    }
  }

  async #show(pack: Pack, { index, reason }: Pick, asked: string): Promise<boolean> {
    const pair = pack.pairs[index] as PackPair;
    const mode = reason === "asked" ? "asked" : this.pickMode;
    this.isLoading = true;
    this.#say("ok", `Coupled (${mode}) loading pair ${pair.pair} ...`);
    try {
      const [fg, bg] = await Promise.all([fetchPreset(pair.fgUrl), fetchPreset(pair.bgUrl)]);
      const { intensity01 } = this.#theatre;
      const timeMs = await this.#theatre.show({ fg, bg });
      this.#remember({ ...pair, pack: pack.name, index, timeMs, intensity01, mode, reason });
      this.#log(pack.name, pair, mode, asked, reason);
      return this.#say("ok", `Coupled pair: ${pair.pair}`);
    } catch (error) {
      if (!(error instanceof StageError || error instanceof EngineError)) throw error;
      console.error(`[coupled-pairs] pair ${pair.pair} cannot be shown: ${error.message}`);
      keepLatest(this.refused, { timeMs: performance.now(), pair: pair.pair, reason: error.message }, PICKS_KEPT);
      return this.#say("error", `Failed to load coupled pair ${pair.pair}: ${error.message}`);
    } finally {
      this.isLoading = false;
      this.#changed();
    }
  }

  #remember(pick: LastPick): void {
    this.lastPick = pick;
    keepLatest(this.lastPicks, pick, Math.max(PICKS_KEPT, this.rules.dedupN));
    this.#trail.push(pick.pair);
    if (this.#trail.length > TRAIL) this.#trail.shift();
  }

  #log(pack: string, { pair, quality01 }: PackPair, mode: string, asked: string, reason: string): void {
    const q = quality01 === null ? "na" : quality01.toFixed(4);
    console.log(`[sel] mode=${mode} pack=${pack} pair=${pair} q=${q} presetId=coupled:${pack}:${pair} reason=${asked}:${reason}`);
  }

  #say(state: Status["state"], text: string): boolean {
    this.status = { state, text };
    this.#changed();
    return state === "ok";
  }

  #enqueue(work: () => Promise<boolean>): Promise<boolean> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => null);
    return done;
  }
}

/** A pick, and where the shuffle walk is after it. */
interface Drawn {
  readonly pick: Pick;
  readonly state: ShuffleState | null;
}

function keepLatest<T>(list: T[], newest: T, most: number): void {
  list.unshift(newest);
  list.length = Math.min(list.length, most);
}
