/** Two layers on one WebGL context, drawn frame by frame and composed. Who steps it decides what time it is. */

import type { AudioFrame } from "./audio/frame";
import { Composer, type Mix } from "./compose/composer";
import { cameraAt } from "./compose/coupling";
import { type Engine, EngineError, type LoadedPreset, type SharedCanvas, type StartEngine } from "./engine/engine";

export const LAYERS = ["fg", "bg"] as const;
export type LayerName = (typeof LAYERS)[number];

export interface Shown {
  readonly url: string;
  readonly hash: string;
  /** How often this preset has been drawn since it was switched to. */
  frames: number;
}

export type PerLayer<T> = Readonly<Record<LayerName, T>>;

/** Presets of which one or both cannot be shown, and why. */
export class StageError extends Error {
  override readonly name = "StageError";
  constructor(readonly reasons: Readonly<Partial<Record<LayerName, string>>>) {
    super(LAYERS.flatMap((layer) => (reasons[layer] === undefined ? [] : `${layer}: ${reasons[layer]}`)).join(" "));
  }
}

export class Stage {
  readonly gl: WebGL2RenderingContext;
  readonly renderer: string;
  readonly engines: PerLayer<Engine>;
  /** What is being drawn; null before the first preset, and after one that could not be shown. */
  readonly shown: Record<LayerName, Shown | null> = { fg: null, bg: null };
  /** Frames drawn since the page was opened. */
  frames = 0;
  contextsLost = 0;
  seconds = 0;
  mix: Mix;
  readonly #canvas: SharedCanvas;
  readonly #composer: Composer;
  #camera = cameraAt(0, 0);

  private constructor(canvas: SharedCanvas, gl: WebGL2RenderingContext, engines: PerLayer<Engine>, mix: Mix) {
    this.#canvas = canvas;
    this.gl = gl;
    this.engines = engines;
    this.mix = mix;
    this.renderer = describeRenderer(gl);
    this.#composer = new Composer(gl);
    canvas.addEventListener("webglcontextlost", () => {
      this.contextsLost += 1;
    });
  }

  /** Throws if the browser gives no WebGL 2, or an engine does not start. */
  static async open(canvas: SharedCanvas, mix: Mix, start: StartEngine): Promise<Stage> {
    const gl = canvas.getContext("webgl2", CONTEXT) as WebGL2RenderingContext | null;
    if (gl === null) throw new Error("This browser gives the page no WebGL 2.");
    const fg = await start(canvas, gl);
    const bg = await start(canvas, gl);
    return new Stage(canvas, gl, { fg, bg }, mix);
  }

  get isSoftware(): boolean {
    return SOFTWARE_RENDERERS.test(this.renderer);
  }

  get size(): readonly [width: number, height: number] {
    return [this.#canvas.width, this.#canvas.height];
  }

  resize(width: number, height: number): void {
    if (width === this.#canvas.width && height === this.#canvas.height) return;
    this.#canvas.width = width;
    this.#canvas.height = height;
    for (const layer of LAYERS) this.engines[layer].resize(width, height);
  }

  /** Gets a pair ready while the one before goes on; `show` then switches both layers within one frame. */
  async prepare(pair: PerLayer<LoadedPreset>): Promise<{ show(): void }> {
    const reasons: Partial<Record<LayerName, string>> = {};
    const ready = await Promise.all(
      LAYERS.map((layer) =>
        this.engines[layer].prepare(pair[layer]).catch((error: unknown) => {
          reasons[layer] = reasonOf(error);
          return null;
        }),
      ),
    );
    if (Object.keys(reasons).length > 0) throw new StageError(reasons);
    return { show: () => this.#switch(pair, ready) };
  }

  /** Starts time, and everything a preset could remember, anew. */
  clear(secondsPerFrame: number): void {
    this.seconds = 0;
    for (const layer of LAYERS) {
      this.engines[layer].clear(secondsPerFrame);
      this.shown[layer] = null;
    }
  }

  /** Draws both layers' next frame. */
  step(seconds: number, audio: AudioFrame): void {
    this.seconds += seconds;
    this.#camera = cameraAt(this.seconds, 2 * audio.rms);
    for (const layer of LAYERS) {
      this.engines[layer].draw(seconds, audio);
      const shown = this.shown[layer];
      if (shown !== null) shown.frames += 1;
    }
    this.frames += 1;
  }

  /** Draws the composition of the last step. */
  compose(target: WebGLFramebuffer | null = null, size: readonly [number, number] = this.size): void {
    const { fg, bg } = this.engines;
    this.#composer.draw(target, { fg: fg.texture, bg: bg.texture }, this.mix, this.#camera, size);
  }

  #switch(pair: PerLayer<LoadedPreset>, ready: readonly ({ show(): void } | null)[]): void {
    const reasons: Partial<Record<LayerName, string>> = {};
    LAYERS.forEach((layer, at) => {
      this.shown[layer] = null;
      try {
        ready[at]?.show();
        this.shown[layer] = { url: pair[layer].url, hash: pair[layer].hash, frames: 0 };
      } catch (error) {
        reasons[layer] = reasonOf(error);
      }
    });
    if (Object.keys(reasons).length > 0) throw new StageError(reasons);
  }
}

const SOFTWARE_RENDERERS = /swiftshader|llvmpipe|softpipe|lavapipe|basic render|software/i;

/** As butterchurn asks for it, so that whoever asks first, all get the same. */
const CONTEXT: WebGLContextAttributes = {
  alpha: false,
  antialias: false,
  depth: false,
  stencil: false,
  premultipliedAlpha: false,
};

function reasonOf(error: unknown): string {
  if (error instanceof EngineError) return error.message;
  throw error;
}

function describeRenderer(gl: WebGL2RenderingContext): string {
  const unmasked = gl.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL;
  return String(gl.getParameter(unmasked ?? gl.RENDERER));
}
