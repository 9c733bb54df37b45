/**
 * `window.__nw_harvest`: stepped measurement, for a driver.
 *
 *     version                 1
 *     defaults                what a request may leave out, and what is then taken
 *     measure(request)        → Measured, with typed arrays: for whoever runs in the page
 *     measureEncoded(request) → the same with base64 text: for whoever drives the page from outside
 *     bareLoop(request)       → how long the engines alone take for the frames: the limit, for benchmarks
 *     note(lines)             writes these lines over the page, for a person who looks on; none takes them away
 *
 * A request that makes no sense is refused with RequestError, which lists every problem; a preset that cannot be
 * shown is no error but an answer: { kind: "refused", reasons }.
 */

import type { Theatre } from "../theatre";
import { encode, type EncodedMeasured } from "../stepped/encoded";
import { type BareLoop, type Laboratory, type Measured, type Refusal } from "../stepped/measure";
import { DEFAULTS, type MeasureRequest, readRequest } from "../stepped/request";

export const HARVEST_VERSION = 1;

export interface HarvestHooks {
  readonly version: number;
  readonly defaults: typeof DEFAULTS;
  measure(request: unknown): Promise<Measured>;
  measureEncoded(request: unknown): Promise<EncodedMeasured>;
  bareLoop(request: unknown): Promise<BareLoop | Refusal>;
  note(lines: readonly string[]): void;
}

export function publishHarvest(laboratory: Laboratory, theatre: Theatre, note: (lines: readonly string[]) => void): void {
  // Two of them on one GPU, drawing from one stream of chance, would disturb each other.
  const alone = async <T>(request: unknown, work: (checked: MeasureRequest) => Promise<T>): Promise<T> => {
    const checked = readRequest(request);
    return theatre.standStill(() => work(checked));
  };
  const measure = (request: unknown) => alone(request, (checked) => laboratory.measure(checked));
  const hooks: HarvestHooks = {
    version: HARVEST_VERSION,
    defaults: DEFAULTS,
    measure,
    bareLoop: (request) => alone(request, (checked) => laboratory.bareLoop(checked)),
    measureEncoded: async (request) => encode(await measure(request)),
    note,
  };
  Object.assign(window, { __nw_harvest: hooks });
}
