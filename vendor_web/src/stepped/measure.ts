/**
 * Measures a pair on a virtual clock, as fast as the renderer draws: no animation frames, no wall clock, chance from
 * a seed, everything a preset could remember cleared. The same request gives the same bytes on the same renderer.
 */

import { type AudioFrame, hear } from "../audio/frame";
import { BEGINNING_SECONDS, SAMPLE_RATE, type Track, track } from "../audio/track";
import { DEFAULT_COUPLING } from "../compose/coupling";
import type { Mesh } from "../engine/butterchurn";
import { EngineError, type StartEngine } from "../engine/engine";
import { seedEngines } from "../engine/random";
import { sha256 } from "../hash";
import { fetchPreset } from "../presets/fetch";
import { type PerLayer, type Stage, StageError } from "../stage";
import { type MeasureRequest, RequestError } from "./request";
import { type Picture, Screen } from "./screen";
import type { Pictures, Tap } from "./tap";
import { finished, nextTask } from "./waiting";

export interface Measurement {
  readonly kind: "measured";
  readonly shown: PerLayer<{ readonly url: string; readonly hash: string; readonly frames: number }>;
  readonly renderer: string;
  readonly pictures: Pictures;
  /** Of all pictures: equal where two measurements are. */
  readonly pictureHash: string;
  /** Of the true signal in each frame. */
  readonly rms: Float32Array<ArrayBuffer>;
  readonly peak: Float32Array<ArrayBuffer>;
  readonly track: string;
  readonly thumbnail: Picture | null;
  readonly ms: Phases;
}

/** Where the time went, in milliseconds. */
export interface Phases {
  readonly fetch: number;
  readonly convert: number;
  readonly compile: number;
  readonly render: number;
  readonly read: number;
  readonly thumbnail: number;
}

/** Not the page's failure: a preset that cannot be shown, by layer. */
export interface Refusal {
  readonly kind: "refused";
  readonly reasons: StageError["reasons"];
}

/** How long the engines alone took for the frames. */
export interface BareLoop {
  readonly kind: "drawn";
  readonly frames: number;
  readonly ms: number;
}

export type Measured = Measurement | Refusal;

/** Long enough to be cheap, short enough for whoever asks the page whether it lives. */
const YIELD_MS = 100;
/** Engines draw random pictures of their own at the start: the same for all measurements. */
const NOISE_SEED = 20_260_101;

export class Laboratory {
  readonly #start: (mesh: Mesh) => StartEngine;
  #screen: Screen | null = null;
  /** Measurements follow each other, whoever asks for them. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(start: (mesh: Mesh) => StartEngine) {
    this.#start = start;
  }

  measure(request: MeasureRequest): Promise<Measured> {
    return this.#inTurn(() => this.#measure(request));
  }

  /** Draws the frames of a request and does nothing else: what no measurement can be faster than. */
  bareLoop(request: MeasureRequest): Promise<BareLoop | Refusal> {
    return this.#inTurn(() => this.#drawOnly(request));
  }

  /** A preset that cannot be shown is an answer, whatever was asked. */
  #inTurn<T>(work: () => Promise<T>): Promise<T | Refusal> {
    const done = this.#last.then(work).catch((error: unknown): Refusal => {
      if (error instanceof StageError) return { kind: "refused", reasons: error.reasons };
      throw error;
    });
    this.#last = done.catch(() => null);
    return done;
  }

  async #drawOnly(request: MeasureRequest): Promise<BareLoop> {
    const { heard, stage } = await this.#show(request, new PhaseClock());
    const audio = Array.from({ length: request.frames }, (_, frame) => hearFrame(heard, request, frame));
    const patience = new Patience();
    await finished(stage.gl);
    const began = performance.now();
    for (const each of audio) {
      stage.step(1 / request.framesPerSecond, each);
      await patience.pause();
    }
    await finished(stage.gl);
    return { kind: "drawn", frames: request.frames, ms: performance.now() - began };
  }

  async #measure(request: MeasureRequest): Promise<Measurement> {
    const clock = new PhaseClock();
    const { heard, screen } = await this.#show(request, clock);
    const tap = screen.tap(request.picture, request.frames, request.mix);
    try {
      return await run(request, heard, screen, tap, clock);
    } finally {
      tap.dispose();
    }
  }

  /** Brings both presets to their first frame: everything is as it will be each time. */
  async #show(request: MeasureRequest, clock: PhaseClock): Promise<{ heard: Track; screen: Screen; stage: Stage }> {
    const heard = await track(request.audio, partOf(request)).catch((error: unknown) => {
      throw new RequestError([error instanceof Error ? error.message : String(error)]);
    });
    const pair = await fetchPair(request);
    clock.end("fetch");
    const screen = await this.#screenFor(request);
    const { stage } = screen;
    const ready = await stage.prepare(pair);
    clock.end("convert");
    stage.mix = { ...request.mix, coupling: DEFAULT_COUPLING };
    seedEngines(request.seed);
    stage.clear(1 / request.framesPerSecond);
    ready.show();
    clock.end("compile");
    return { heard, screen, stage };
  }

  /** A screen of the size that is asked for; another size gets another one, so that no trace of the old is left. */
  async #screenFor({ size, mesh }: MeasureRequest): Promise<Screen> {
    const fits = this.#screen?.fits(size, mesh) === true && !this.#screen.stage.gl.isContextLost();
    if (!fits) {
      this.#screen = null; // the browser takes the old one back; giving up its context would look like a fault
      seedEngines(NOISE_SEED);
      this.#screen = await Screen.open(size, mesh, this.#start);
    }
    return this.#screen as Screen;
  }
}

/** Most measurements hear the beginning of a track: the rest need not be decoded for them. */
function partOf({ fromSecond, frames, framesPerSecond }: MeasureRequest): "whole" | "beginning" {
  return fromSecond + frames / framesPerSecond <= BEGINNING_SECONDS ? "beginning" : "whole";
}

async function run(request: MeasureRequest, heard: Track, screen: Screen, tap: Tap, clock: PhaseClock): Promise<Measurement> {
  const { stage } = screen;
  const layers = { fg: stage.engines.fg.texture, bg: stage.engines.bg.texture };
  const rms = new Float32Array(request.frames);
  const peak = new Float32Array(request.frames);
  let thumbnail: Picture | null = null;
  const patience = new Patience();
  for (let frame = -request.warmupFrames; frame < request.frames; frame += 1) {
    const audio = hearFrame(heard, request, frame);
    stage.step(1 / request.framesPerSecond, audio);
    if (frame >= 0) {
      rms[frame] = audio.rms;
      peak[frame] = audio.peak;
      await tap.take(layers);
    }
    if (frame === request.thumbnailFrame) {
      clock.end("render");
      thumbnail = await screen.picture();
      clock.end("thumbnail");
    }
    await patience.pause();
  }
  clock.end("render");
  const pictures = await tap.finish();
  if (stage.gl.isContextLost()) throw new Error("The WebGL context was lost.");
  const pictureHash = await hashOf(pictures);
  clock.end("read");
  const { fg, bg } = stage.shown;
  if (fg === null || bg === null) throw new Error("A layer showed nothing.");
  const about = { shown: { fg, bg }, renderer: stage.renderer, track: heard.name };
  return { kind: "measured", ...about, pictures, pictureHash, rms, peak, thumbnail, ms: clock.phases };
}

function hearFrame(heard: Track, { fromSecond, framesPerSecond }: MeasureRequest, frame: number): AudioFrame {
  return hear(heard, Math.round((fromSecond + frame / framesPerSecond) * SAMPLE_RATE));
}

/** Lets the page do what is waiting, now and then. */
class Patience {
  #since = performance.now();

  async pause(): Promise<void> {
    if (performance.now() - this.#since < YIELD_MS) return;
    await nextTask();
    this.#since = performance.now();
  }
}

async function fetchPair({ fgUrl, bgUrl }: MeasureRequest) {
  const [fg, bg] = await Promise.allSettled([fetchPreset(fgUrl), fetchPreset(bgUrl)]);
  if (fg.status === "fulfilled" && bg.status === "fulfilled") return { fg: fg.value, bg: bg.value };
  throw new StageError({ ...reason("fg", fg), ...reason("bg", bg) });
}

function reason(layer: string, settled: PromiseSettledResult<unknown>): Record<string, string> {
  if (settled.status === "fulfilled") return {};
  if (settled.reason instanceof EngineError) return { [layer]: settled.reason.message };
  throw settled.reason;
}

async function hashOf(pictures: Pictures): Promise<string> {
  return sha256(await new Blob([pictures.fg, pictures.bg, pictures.composed]).arrayBuffer());
}

class PhaseClock {
  readonly #spent: Record<keyof Phases, number> = { fetch: 0, convert: 0, compile: 0, render: 0, read: 0, thumbnail: 0 };
  #since = performance.now();

  end(phase: keyof Phases): void {
    const now = performance.now();
    this.#spent[phase] += now - this.#since;
    this.#since = now;
  }

  get phases(): Phases {
    return { ...this.#spent };
  }
}
