/** What the page's address asks for. The same names as newliveweb's, and a few more; what makes no sense is told. */

import { BLEND_MODES, type BlendMode } from "../compose/blend";
import { type Coupling, COUPLING_MODES, DEFAULT_COUPLING, GREATEST } from "../compose/coupling";
import { isAddress, MANIFEST } from "./manifest";
import { DEFAULT_RULES, type Limits, NO_LIMITS, PICK_MODES, type PickMode, type PickRules, WEIGHTINGS } from "./picking";

export interface Wanted {
  /** The pack to open; null where the address names none. */
  readonly pack: string | null;
  /** Whether coupled mode was asked not to be. */
  readonly isOff: boolean;
  readonly manifest: string;
  readonly pickMode: PickMode;
  readonly rules: PickRules;
  readonly coupling: Coupling;
  readonly blend: BlendMode;
  /** Of the picks; null takes another each time. */
  readonly seed: number | null;
  /** Address of a track to play from the start; null plays the click track. */
  readonly track: string | null;
  /** Which pair to begin with; null picks one. */
  readonly pair: number | null;
  /** Pixels drawn for each pixel of the window, along an edge; null lets the page choose. */
  readonly scale: number | null;
  /** Folder of a projectM runtime to draw with; null draws with butterchurn. */
  readonly projectm: string | null;
  /** Parameters that make no sense, a sentence each. */
  readonly problems: readonly string[];
}

const OFF = new Set(["0", "false", "off", "no"]);

export function readAddress(query: string): Wanted {
  const parameters = new URLSearchParams(query);
  const problems: string[] = [];
  const reader = new Reader(parameters, problems);
  const switchedOff = [parameters.get("coupled"), parameters.get("coupledPairs")].some(
    (value) => value !== null && OFF.has(value.toLowerCase()),
  );
  const pack = parameters.get("coupledPack");
  return {
    isOff: switchedOff,
    pack: switchedOff || pack === null || pack === "" ? null : pack,
    manifest: parameters.get("coupledManifest") || MANIFEST,
    pickMode: reader.oneOf("coupledPick", PICK_MODES, "random"),
    rules: readRules(reader),
    coupling: readCoupling(reader),
    blend: reader.oneOf("blend", BLEND_MODES, "screen"),
    seed: reader.number("seed", 0, 2 ** 32 - 1),
    track: parameters.get("testTrackPath") || null,
    pair: reader.number("pair", 0, Number.MAX_SAFE_INTEGER),
    scale: reader.number("scale", 0.05, 2),
    projectm: reader.address("projectm"),
    problems,
  };
}

function readRules(reader: Reader): PickRules {
  const { gamma, explore, dedupN, dedupPenalty, weighting } = DEFAULT_RULES;
  return {
    weighting: reader.oneOf("coupledWeighting", WEIGHTINGS, weighting),
    gamma: reader.number("coupledGamma", 0, 100) ?? gamma,
    explore: reader.number("coupledExplore", 0, 1) ?? explore,
    dedupN: Math.trunc(reader.number("coupledDedupN", 0, 100_000) ?? dedupN),
    dedupPenalty: reader.number("coupledDedupPenalty", 0, 1) ?? dedupPenalty,
    limits: readLimits(reader),
  };
}

function readLimits(reader: Reader): Limits {
  const limit = (name: string, otherwise: number) => reader.number(name, 0, 1e9) ?? otherwise;
  return {
    minQuality: limit("coupledMinQuality", NO_LIMITS.minQuality),
    minWarp: limit("coupledMinWarp", NO_LIMITS.minWarp),
    maxWarp: limit("coupledMaxWarp", NO_LIMITS.maxWarp),
    minCx: limit("coupledMinCx", NO_LIMITS.minCx),
    maxCx: limit("coupledMaxCx", NO_LIMITS.maxCx),
  };
}

function readCoupling(reader: Reader): Coupling {
  const { mode, parallax, dof, strength } = DEFAULT_COUPLING;
  return {
    mode: reader.oneOf("coupling3d", COUPLING_MODES, mode),
    parallax: reader.number("coupling3dParallax", 0, GREATEST.parallax) ?? parallax,
    dof: reader.number("coupling3dDof", 0, GREATEST.dof) ?? dof,
    strength: reader.number("coupling3dStrength", 0, GREATEST.strength) ?? strength,
    hud: reader.number("coupling3dHud", 0, 1) === 1,
  };
}

class Reader {
  constructor(
    readonly parameters: URLSearchParams,
    readonly problems: string[],
  ) {}

  /** Drivers write `null` for a figure they were not given. */
  number(name: string, low: number, high: number): number | null {
    const text = this.parameters.get(name);
    if (text === null || text.trim() === "" || text === "null" || text === "undefined") return null;
    const value = Number(text);
    if (!Number.isFinite(value)) {
      this.problems.push(`${name}=${text} is no number.`);
      return null;
    }
    if (value < low || value > high) this.problems.push(`${name}=${text} lies outside ${low} to ${high}.`);
    return Math.min(high, Math.max(low, value));
  }

  /** Of this server alone: what lies there may be run. */
  address(name: string): string | null {
    const text = this.parameters.get(name);
    if (text === null || text === "") return null;
    if (isAddress(text)) return text;
    this.problems.push(`${name}=${text} is no address on this server.`);
    return null;
  }

  oneOf<T extends string>(name: string, choices: readonly T[], otherwise: T): T {
    const text = this.parameters.get(name);
    if (text === null || text === "") return otherwise;
    const found = choices.find((choice) => choice === text);
    if (found === undefined) this.problems.push(`${name}=${text} is none of ${choices.join(", ")}.`);
    return found ?? otherwise;
  }
}
