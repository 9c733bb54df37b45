/** `window.__nw_verify`: newliveweb's hooks for a driver, and the evidence that ours gives besides. */

import type { CoupledMode } from "../coupled/coupled";
import { randomFrom } from "../engine/random";
import type { Theatre } from "../theatre";
import type { LayerName } from "../stage";
import { LayerReader } from "./layer-reader";

/** The version of what is published here. */
export const VERIFY_VERSION = 1;

export function publishVerify(coupled: CoupledMode, theatre: Theatre, projectmVerify: object, errors: readonly string[]): void {
  const nextDebug = {
    startedAt: null as number | null,
    finishedAt: null as number | null,
    ok: null as boolean | null,
    reason: null as string | null,
    lastPick: null as unknown,
    error: null as string | null,
  };
  const shownUrl = (layer: LayerName) => theatre.stage.shown[layer]?.url ?? null;
  const isCoupledShown = () =>
    coupled.lastPick !== null && coupled.lastPick.fgUrl === shownUrl("fg") && coupled.lastPick.bgUrl === shownUrl("bg");
  const idOf = (layer: LayerName) =>
    isCoupledShown() ? `coupled:${coupled.lastPick?.pack}:${coupled.lastPick?.pair}:${layer}` : shownUrl(layer);
  const reader = new LayerReader(theatre.stage);
  const hooks = {
    ready: true,
    harvestVersion: VERIFY_VERSION,
    getVerifyState: () => ({
      projectmVerify,
      lastRandomIds: null,
      presetIds: { fg: idOf("fg"), bg: idOf("bg") },
      coupled: coupledState(coupled),
      evidence: evidence(coupled, theatre, errors),
    }),
    actions: {
      coupledInit: () => coupled.init(),
      coupledNext: async (reason = "verify") => {
        Object.assign(nextDebug, { startedAt: Date.now(), finishedAt: null, ok: null, reason, error: null });
        const ok = await coupled.next(reason);
        const error = ok ? null : `cycleToNextCoupledPair:${coupled.isEnabled ? "exception" : "not-ready"}`;
        Object.assign(nextDebug, { finishedAt: Date.now(), ok, lastPick: coupled.lastPick, error });
        return ok;
      },
      coupledShow: (pair: number, reason = "verify") => coupled.show(pair, reason),
    },
    _coupledNextDebug: nextDebug,
    /** Thousands of picks by the mode and rules in force, without showing any. */
    sampleCoupledPicks: (count: number, seed = Date.now()) => coupled.sample(count, randomFrom(seed)),
    /** Small pictures of fg, bg and the composition as they are now, red-green-blue from the top. */
    readLayers: (width: number, height: number) => reader.read(width, height),
    getFrameTimeP95Ms: () => theatre.frameTimeP95Ms,
  };
  // A driver may have left its wishes here before the page was loaded.
  Object.assign(window, { __nw_verify: { ...window.__nw_verify, ...hooks } });
}

function coupledState(coupled: CoupledMode) {
  const { pack } = coupled;
  return {
    enabled: coupled.isEnabled,
    pack: pack?.name ?? null,
    pickMode: coupled.isEnabled ? coupled.pickMode : null,
    lastPick: coupled.lastPick,
    lastPicks: coupled.lastPicks.slice(0, 20),
    rules: coupled.rules,
    status: coupled.status,
    refused: coupled.refused,
    isHeld: coupled.isHeld,
    problem: coupled.problem,
    pairs: pack?.pairs.length ?? null,
    manifest: pack && { url: pack.manifestUrl, hash: pack.manifestHash },
    quality: pack?.quality ?? null,
    withoutQuality: pack?.withoutQuality ?? null,
  };
}

function evidence(coupled: CoupledMode, { stage, framesPerSecond, heard, sound }: Theatre, errors: readonly string[]) {
  return {
    renderer: stage.renderer,
    engines: { fg: stage.engines.fg.name, bg: stage.engines.bg.name },
    shown: stage.shown,
    frames: stage.frames,
    framesPerSecond,
    contextsLost: stage.contextsLost,
    errors,
    audio: { state: sound.state, track: sound.track?.name ?? null, rms: heard?.rms ?? 0, peak: heard?.peak ?? 0 },
    addressProblems: coupled.wanted.problems,
  };
}

declare global {
  interface Window {
    __nw_verify?: Record<string, unknown>;
  }
}
