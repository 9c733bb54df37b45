/** What draws one layer: the page knows no more of MilkDrop than this. */

import type { AudioFrame } from "../audio/frame";

/** A preset as it came from the disk, converted for the engines. */
export interface LoadedPreset {
  readonly url: string;
  /** SHA-256 of the file's bytes, in hexadecimal: the same as harvest finds on the disk. */
  readonly hash: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface Engine {
  readonly name: string;
  /** Holds what was drawn last; the composer reads it. */
  readonly texture: WebGLTexture;
  /**
   * Gets a preset ready to be shown, however long that takes, while the one before goes on.
   * Throws EngineError if this preset cannot be shown.
   */
  prepare(preset: LoadedPreset): Promise<ReadyPreset>;
  /** Starts the clock, chance and pictures of the layer anew. */
  clear(seconds: number): void;
  /** Draws the next frame, which lasts so many seconds. */
  draw(seconds: number, audio: AudioFrame): void;
  resize(width: number, height: number): void;
}

/** Carries the context that the engines of a stage share. */
export type SharedCanvas = HTMLCanvasElement | OffscreenCanvas;

export type StartEngine = (canvas: SharedCanvas, gl: WebGL2RenderingContext) => Promise<Engine>;

/** A preset that only waits to be switched to. */
export interface ReadyPreset {
  /** From the next frame on, this preset is drawn and no other. Throws EngineError if it cannot be. */
  show(): void;
}

/** Why an engine does not show a preset: one sentence. */
export class EngineError extends Error {
  override readonly name = "EngineError";
}
