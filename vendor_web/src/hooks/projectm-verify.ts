/**
 * `window.__projectm_verify`: newliveweb's evidence of what the engines do, always as it is in this moment.
 *
 * Left out on purpose: `lastAudioLeftPtr` and `lastAudioRightPtr` (there is no memory to point into), `closedLoopPi…`
 * and `colorLoop…` (nothing here changes opacity or colour by itself), and `presetLoadLast` (both engines would
 * overwrite it: `evidence.shown` and `coupled.lastPick` of the verify state say it of each layer and of the pair).
 */

import { emphasised } from "../audio/emphasis";
import { SAMPLE_RATE } from "../audio/track";
import { LAYERS, type PerLayer } from "../stage";
import type { Theatre } from "../theatre";
import { INTERVAL_MS, type LayerFigures, lookAtLayers, SIZE } from "./layer-figures";

/** Of one layer. Luma and colour are taken together, and have counters of their own because newliveweb's have. */
const NOT_SAMPLED = {
  avgLuma: null,
  avgLumaEnabled: true,
  avgLumaSampleCount: 0,
  avgLumaLastSampleMs: null,
  avgLumaDownsampleSize: SIZE,
  avgLumaIntervalMs: INTERVAL_MS,
  avgColorR: null,
  avgColorG: null,
  avgColorB: null,
  avgColorEnabled: true,
  avgColorSampleCount: 0,
  avgColorLastSampleMs: null,
  avgColorDownsampleSize: SIZE,
  avgColorIntervalMs: INTERVAL_MS,
};

type Sampled = { -readonly [Name in keyof LayerFigures]: number | null } & typeof NOT_SAMPLED;

/** Publishes it; figures of the layers are taken while the theatre runs. */
export function publishProjectmVerify(theatre: Theatre): object {
  const perPm: PerLayer<Sampled> = { fg: { ...NOT_SAMPLED }, bg: { ...NOT_SAMPLED } };
  setInterval(() => {
    if (theatre.isRunning && !theatre.stage.gl.isContextLost()) sampleInto(perPm, theatre);
  }, INTERVAL_MS);
  const { stage, sound } = theatre;
  const heard = () =>
    theatre.heard === null || sound.track === null
      ? { rms: 0, peak: 0 }
      : emphasised(sound.track, Math.round(sound.place * SAMPLE_RATE));
  const verify = {
    get initialized() { return stage.frames > 0; },
    get framesRendered() { return stage.frames; },
    get lastRenderTimeMs() { return theatre.lastFrameMs; },
    get lastAudioRms() { return heard().rms; },
    get lastAudioPeak() { return heard().peak; },
    lastAudioGain: 1, // the engines hear the track as it is
    get trueAudioRms() { return theatre.heard?.rms ?? 0; },
    get trueAudioPeak() { return theatre.heard?.peak ?? 0; },
    get lastAudioSamplesPerChannel() { return theatre.heard === null ? 0 : 512; },
    get lastAudioCopyOk() { return theatre.heard !== null; },
    get aborted() { return stage.gl.isContextLost(); },
    get abortReason() { return stage.gl.isContextLost() ? "The WebGL context was lost." : null; },
    get presetIdFg() { return stage.shown.fg?.url ?? "fg:unknown"; },
    get presetIdBg() { return stage.shown.bg?.url ?? "bg:unknown"; },
    perPm,
  };
  // What newliveweb says of its foreground alone, it says as if it were of both.
  for (const name of Object.keys(NOT_SAMPLED) as (keyof Sampled)[]) {
    Object.defineProperty(verify, name, { enumerable: true, get: () => perPm.fg[name] });
  }
  Object.assign(window, { __projectm_verify: verify });
  return verify;
}

function sampleInto(perPm: PerLayer<Sampled>, { stage }: Theatre): void {
  const figures = lookAtLayers(stage);
  for (const layer of LAYERS) {
    const now = performance.now();
    const count = perPm[layer].avgLumaSampleCount + 1;
    const taken = { avgLumaSampleCount: count, avgLumaLastSampleMs: now, avgColorSampleCount: count, avgColorLastSampleMs: now };
    Object.assign(perPm[layer], figures[layer], taken);
  }
}
