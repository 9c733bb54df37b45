/** A stage that nobody watches: of one size for all its life, composed into a texture. */

import type { Blend } from "../compose/blend";
import { DEFAULT_COUPLING } from "../compose/coupling";
import { allotTexture, type Program } from "../compose/program";
import type { Mesh } from "../engine/butterchurn";
import type { StartEngine } from "../engine/engine";
import { Stage } from "../stage";
import { type PictureSize, Tap, tapProgram } from "./tap";

/** A picture to look at, encoded. */
export interface Picture {
  readonly type: "image/webp";
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export class Screen {
  readonly stage: Stage;
  readonly #composition: WebGLTexture;
  readonly #framebuffer: WebGLFramebuffer;
  readonly #size: PictureSize;
  readonly #mesh: Mesh;
  readonly #tapProgram: Program;

  private constructor(stage: Stage, size: PictureSize, mesh: Mesh) {
    this.stage = stage;
    this.#size = size;
    this.#mesh = mesh;
    const { gl } = stage;
    this.#tapProgram = tapProgram(gl);
    this.#composition = gl.createTexture();
    allotTexture(gl, this.#composition, size.width, size.height);
    this.#framebuffer = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#framebuffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.#composition, 0);
  }

  static async open(size: PictureSize, mesh: Mesh, start: (mesh: Mesh) => StartEngine): Promise<Screen> {
    const canvas = new OffscreenCanvas(size.width, size.height);
    const mix = { mode: "screen", fgOpacity: 1, bgOpacity: 1, coupling: DEFAULT_COUPLING } as const;
    return new Screen(await Stage.open(canvas, mix, start(mesh)), size, mesh);
  }

  fits(size: PictureSize, mesh: Mesh): boolean {
    const same = (one: PictureSize, other: PictureSize) => one.width === other.width && one.height === other.height;
    return same(size, this.#size) && same(mesh, this.#mesh);
  }

  /** Takes small pictures of so many frames; its owner disposes of it. */
  tap(picture: PictureSize, frames: number, blend: Blend): Tap {
    return new Tap(this.stage.gl, this.#tapProgram, this.#size, picture, frames, blend);
  }

  /** Composes the last frame, and encodes it. */
  async picture(): Promise<Picture> {
    const { gl } = this.stage;
    this.stage.compose(this.#framebuffer);
    const { width, height } = this.#size;
    const pixels = new Uint8ClampedArray(width * height * 4);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#framebuffer);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    const bitmap = await createImageBitmap(new ImageData(pixels, width, height), { imageOrientation: "flipY" });
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext("bitmaprenderer")?.transferFromImageBitmap(bitmap);
    const encoded = await canvas.convertToBlob({ type: "image/webp", quality: 0.8 });
    return { type: "image/webp", bytes: new Uint8Array(await encoded.arrayBuffer()) };
  }
}
