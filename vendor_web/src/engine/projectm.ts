/**
 * projectM as an engine: the runtime of a newliveweb checkout, driven as it should be. Time is given in milliseconds,
 * audio is copied into its memory, and the soft cut that each load begins is over before a frame is shown.
 */

import type { AudioFrame } from "../audio/frame";
import { allotTexture } from "../compose/program";
import { type Engine, EngineError, type LoadedPreset, type ReadyPreset, type StartEngine } from "./engine";

/** What the runtime exports. Pointers are addresses in its memory. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  malloc(bytes: number): number;
  free(pointer: number): void;
  pm_create_default(width: number, height: number): number;
  pm_destroy(instance: number): void;
  pm_resize(instance: number, width: number, height: number): void;
  pm_load_preset(instance: number, text: number, bytes: number): number;
  pm_render_frame(instance: number, left: number, right: number, samples: number, milliseconds: number): void;
}

interface RuntimeOptions {
  canvas: HTMLCanvasElement;
  locateFile: (path: string) => string;
  onAbort: (what: unknown) => void;
  print: (text: string) => void;
  printErr: (text: string) => void;
  instantiateWasm: (imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance) => void) => void;
}

declare global {
  interface Window {
    createProjectMModule?: (options: RuntimeOptions) => Promise<unknown>;
  }
}

/** By which every runtime finds its canvas: only the one at work may bear it. */
const CANVAS_ID = "canvas";
const SAMPLES = 512;
const FLOAT_BYTES = 4;
/** Longer than projectM's longest soft cut. */
const PAST_THE_CUT_MS = 60_000;

export class ProjectMEngine implements Engine {
  readonly name = "projectm";
  readonly texture: WebGLTexture;
  readonly #gl: WebGL2RenderingContext;
  readonly #canvas: HTMLCanvasElement;
  readonly #exports: Exports;
  readonly #left: number;
  readonly #right: number;
  readonly #health: { abort: string | null };
  #instance: number;
  #milliseconds = 0;

  private constructor(gl: WebGL2RenderingContext, canvas: HTMLCanvasElement, exports: Exports, health: { abort: string | null }) {
    this.#gl = gl;
    this.#canvas = canvas;
    this.#exports = exports;
    this.#health = health;
    this.#left = exports.malloc(SAMPLES * FLOAT_BYTES);
    this.#right = exports.malloc(SAMPLES * FLOAT_BYTES);
    this.#instance = 0;
    this.#guard(() => {
      this.#instance = exports.pm_create_default(canvas.width, canvas.height);
    });
    this.texture = gl.createTexture();
    allotTexture(gl, this.texture, gl.drawingBufferWidth, gl.drawingBufferHeight);
  }

  /** Starts a runtime of its own, from a folder of the server, for each layer. */
  static starter(folder: string): StartEngine {
    return (_canvas, gl) => ProjectMEngine.#start(gl, folder);
  }

  static async #start(gl: WebGL2RenderingContext, folder: string): Promise<Engine> {
    const create = await runtimeOf(folder);
    const canvas = document.createElement("canvas");
    canvas.width = gl.drawingBufferWidth;
    canvas.height = gl.drawingBufferHeight;
    // Out of sight, yet laid out: the runtime asks for the size it has on the page.
    canvas.style.cssText = `position: fixed; left: -10000px; width: ${canvas.width}px; height: ${canvas.height}px`;
    document.body.append(canvas);
    canvas.id = CANVAS_ID;
    const health: { abort: string | null } = { abort: null };
    const exports = await instantiate(create, canvas, folder, health);
    canvas.id = "";
    return new ProjectMEngine(gl, canvas, exports, health);
  }

  prepare(preset: LoadedPreset): Promise<ReadyPreset> {
    // It compiles while it loads: there is nothing that could be done before.
    return Promise.resolve({ show: () => this.#load(preset.bytes) });
  }

  clear(): void {
    // A second instance in one runtime draws nothing (measured), so the one there is goes on: what it remembers of
    // the preset before fades as projectM lets it, and two measurements are alike, not equal.
  }

  draw(seconds: number, audio: AudioFrame): void {
    if (this.#health.abort !== null) return;
    this.#milliseconds += 1000 * seconds;
    this.#guard(() => this.#render(audio));
    const gl = this.#gl;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, true);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, this.#canvas);
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
  }

  resize(width: number, height: number): void {
    this.#canvas.width = width;
    this.#canvas.height = height;
    Object.assign(this.#canvas.style, { width: `${width}px`, height: `${height}px` });
    allotTexture(this.#gl, this.texture, width, height);
    this.#guard(() => this.#exports.pm_resize(this.#instance, width, height));
  }

  #load(bytes: Uint8Array): void {
    if (this.#health.abort !== null) throw new EngineError(`projectM has aborted: ${this.#health.abort}.`);
    this.#guard(() => {
      const text = this.#exports.malloc(bytes.length + 1);
      const memory = new Uint8Array(this.#exports.memory.buffer);
      memory.set(bytes, text);
      memory[text + bytes.length] = 0;
      this.#exports.pm_load_preset(this.#instance, text, bytes.length);
      this.#exports.free(text);
      this.#milliseconds += PAST_THE_CUT_MS;
    });
  }

  #render(audio: AudioFrame): void {
    this.#copy(audio.left, this.#left);
    this.#copy(audio.right, this.#right);
    this.#exports.pm_render_frame(this.#instance, this.#left, this.#right, SAMPLES, this.#milliseconds);
  }

  #copy(bytes: Uint8Array, to: number): void {
    const samples = new Float32Array(this.#exports.memory.buffer, to, SAMPLES);
    const newest = bytes.length - SAMPLES;
    for (let at = 0; at < SAMPLES; at += 1) samples[at] = ((bytes[newest + at] ?? 128) - 128) / 128;
  }

  /** An abort ends the runtime for good: it is remembered, and told to whoever loads the next preset. */
  #guard(work: () => void): void {
    this.#canvas.id = CANVAS_ID;
    try {
      work();
    } catch (error) {
      this.#health.abort ??= String(error);
      throw new EngineError(`projectM has aborted: ${this.#health.abort}.`);
    } finally {
      this.#canvas.id = "";
    }
  }
}

type Create = NonNullable<Window["createProjectMModule"]>;

async function runtimeOf(folder: string): Promise<Create> {
  if (window.createProjectMModule === undefined) {
    const script = document.createElement("script");
    script.src = `${folder}/projectm.js`;
    const loaded = new Promise((resolve, reject) => {
      script.onload = resolve;
      script.onerror = () => reject(new Error(`There is no projectM runtime in ${folder}.`));
    });
    document.head.append(script);
    await loaded;
  }
  if (window.createProjectMModule === undefined) throw new Error(`${folder}/projectm.js is no projectM runtime.`);
  return window.createProjectMModule;
}

async function instantiate(create: Create, canvas: HTMLCanvasElement, folder: string, health: { abort: string | null }): Promise<Exports> {
  let exports: Exports | null = null;
  await create({
    canvas,
    locateFile: (path) => `${folder}/${path}`,
    onAbort: (what) => {
      health.abort ??= String(what);
    },
    print: () => undefined,
    printErr: (text) => console.debug(`[projectm] ${text}`),
    // The runtime keeps its memory to itself: it is taken while it is made.
    instantiateWasm: (imports, receive) => {
      const wasm = WebAssembly.instantiateStreaming(fetch(`${folder}/projectm.wasm`), imports);
      wasm.then(({ instance }) => {
        exports = instance.exports as unknown as Exports;
        receive(instance);
      }, (error: unknown) => {
        health.abort = String(error);
      });
    },
  });
  if (exports === null) throw new Error(`The projectM runtime in ${folder} does not start: ${health.abort}.`);
  return exports;
}
