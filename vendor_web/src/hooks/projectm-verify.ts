/** `window.__projectm_verify`: newliveweb's evidence of what the engines do, always as it is in this moment. */

import { emphasised } from "../audio/emphasis";
import { SAMPLE_RATE } from "../audio/track";
import type { Theatre } from "../theatre";
import { INTERVAL_MS, type LayerFigures, lookAtLayers } from "./layer-figures";
import type { PerLayer } from "../stage";

interface Sampled extends Partial<LayerFigures> {
  avgLumaSampleCount: number;
  avgLumaLastSampleMs: number | null;
}

/** Publishes it; figures of the layers are taken while the theatre runs. */
export function publishProjectmVerify(theatre: Theatre): object {
  const perPm: PerLayer<Sampled> = {
    fg: { avgLumaSampleCount: 0, avgLumaLastSampleMs: null },
    bg: { avgLumaSampleCount: 0, avgLumaLastSampleMs: null },
  };
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
    get trueAudioRms() { return theatre.heard?.rms ?? 0; },
    get trueAudioPeak() { return theatre.heard?.peak ?? 0; },
    get lastAudioSamplesPerChannel() { return theatre.heard === null ? 0 : 512; },
    get lastAudioCopyOk() { return theatre.heard !== null; },
    get aborted() { return stage.gl.isContextLost(); },
    get abortReason() { return stage.gl.isContextLost() ? "The WebGL context was lost." : null; },
    get presetIdFg() { return stage.shown.fg?.url ?? "fg:unknown"; },
    get presetIdBg() { return stage.shown.bg?.url ?? "bg:unknown"; },
    get avgLuma() { return perPm.fg.avgLuma ?? null; },
    get avgColorR() { return perPm.fg.avgColorR ?? null; },
    get avgColorG() { return perPm.fg.avgColorG ?? null; },
    get avgColorB() { return perPm.fg.avgColorB ?? null; },
    get avgLumaSampleCount() { return perPm.fg.avgLumaSampleCount; },
    get avgLumaLastSampleMs() { return perPm.fg.avgLumaLastSampleMs; },
    avgLumaEnabled: true,
    avgLumaDownsampleSize: 8,
    avgLumaIntervalMs: INTERVAL_MS,
    perPm,
  };
  Object.assign(window, { __projectm_verify: verify });
  return verify;
}

function sampleInto(perPm: PerLayer<Sampled>, { stage }: Theatre): void {
  const figures = lookAtLayers(stage);
  for (const layer of ["fg", "bg"] as const) {
    Object.assign(perPm[layer], figures[layer]);
    perPm[layer].avgLumaSampleCount += 1;
    perPm[layer].avgLumaLastSampleMs = performance.now();
  }
}
