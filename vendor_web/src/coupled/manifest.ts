/** A pack as the server has it: its pairs, its scores, and the hash that proves which manifest was read. */

import type { Candidate } from "./picking";

export const MANIFEST = "pairs-manifest.v0.json";
const QUALITY = "pairs-quality.v0.json";

export interface PackPair extends Candidate {
  readonly fgUrl: string;
  readonly bgUrl: string;
}

/** Which scores a pack was given. */
export interface MergedQuality {
  readonly url: string;
  readonly hash: string;
  /** How many pairs of the manifest got a score. */
  readonly merged: number;
  readonly std: number | null;
}

export interface Pack {
  readonly name: string;
  readonly manifestUrl: string;
  /** SHA-256 of the manifest's bytes as they were received. */
  readonly manifestHash: string;
  readonly pairs: readonly PackPair[];
  readonly quality: MergedQuality | null;
  /** Why there are no scores; null where there are. */
  readonly withoutQuality: string | null;
}

/** Why a pack cannot be opened: one sentence. */
export class PackError extends Error {
  override readonly name = "PackError";
}

/** A JSON document, and the hash of the bytes it came in. */
export interface Fetched {
  readonly found: unknown;
  readonly hash: string;
}

/** Gives null where the server has no such file; throws PackError where it cannot be read. */
export type FetchJson = (url: string) => Promise<Fetched | null>;

/** Opens a pack; scores are merged whichever of its manifests was asked for. */
export async function openPack(name: string, manifest: string, fetchJson: FetchJson): Promise<Pack> {
  const folder = `/presets/${encodeURIComponent(name)}`;
  const manifestUrl = `${folder}/${encodeURIComponent(manifest)}`;
  const fetched = await fetchJson(manifestUrl);
  if (fetched === null) throw new PackError(`There is no ${manifestUrl}.`);
  const pairs = readPairs(fetched.found, name, manifestUrl);
  const { scored, quality, withoutQuality } = await mergeQuality(pairs, name, `${folder}/${QUALITY}`, fetchJson);
  return { name, manifestUrl, manifestHash: fetched.hash, pairs: scored, quality, withoutQuality };
}

function readPairs(found: unknown, name: string, url: string): PackPair[] {
  if (!isObject(found) || !Array.isArray(found["pairs"])) throw new PackError(`${url} is no manifest: it has no pairs.`);
  if (found["pack"] !== name) throw new PackError(`${url} is of pack ${spelled(found["pack"])}, not of ${name}.`);
  const pairs = found["pairs"].map((entry: unknown, at) => readPair(entry, at, url));
  if (pairs.length === 0) throw new PackError(`${url} lists no pair.`);
  return pairs;
}

function readPair(entry: unknown, at: number, url: string): PackPair {
  const { pair, fgUrl, bgUrl, warp_diff, cx_diff, quality01 } = isObject(entry) ? entry : {};
  if (!Number.isInteger(pair)) throw new PackError(`${url}: entry ${at + 1} has no pair number.`);
  if (!isAddress(fgUrl)) throw new PackError(`${url}: pair ${String(pair)} has no fgUrl.`);
  if (!isAddress(bgUrl)) throw new PackError(`${url}: pair ${String(pair)} has no bgUrl.`);
  return {
    pair: pair as number,
    fgUrl,
    bgUrl,
    warpDiff: finite(warp_diff),
    cxDiff: finite(cx_diff),
    quality01: finite(quality01),
  };
}

type Scores = Pick<Pack, "quality" | "withoutQuality"> & { readonly scored: readonly PackPair[] };

async function mergeQuality(pairs: readonly PackPair[], name: string, url: string, fetchJson: FetchJson): Promise<Scores> {
  const without = (why: string): Scores => ({ scored: pairs, quality: null, withoutQuality: why });
  const fetched = await fetchJson(url);
  if (fetched === null) return without(`There is no ${url}.`);
  const { found, hash } = fetched;
  if (!isObject(found) || !Array.isArray(found["pairs"])) return without(`${url} has no pairs.`);
  if (found["pack"] !== name) return without(`${url} is of pack ${spelled(found["pack"])}, not of ${name}.`);
  const scores = new Map<unknown, number>();
  for (const entry of found["pairs"]) {
    const quality01 = isObject(entry) ? finite(entry["quality01"]) : null;
    if (isObject(entry) && quality01 !== null) scores.set(entry["pair"], quality01);
  }
  const scored = pairs.map((pair) => ({ ...pair, quality01: scores.get(pair.pair) ?? pair.quality01 }));
  const merged = pairs.filter(({ pair }) => scores.has(pair)).length;
  const stats = isObject(found["qualityStats"]) ? found["qualityStats"] : {};
  return { scored, quality: { url, hash, merged, std: finite(stats["std"]) }, withoutQuality: null };
}

/** Of a file on the page's own server; browsers take `/\else` and `/<tab>/else` for addresses of another. */
export function isAddress(value: unknown): value is string {
  if (typeof value !== "string" || !value.startsWith("/") || !URL.canParse(value, "http://here")) return false;
  return new URL(value, "http://here").host === "here";
}

/** As a person would write it, if it is a text at all. */
function spelled(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "no name").slice(0, 100);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function finite(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
