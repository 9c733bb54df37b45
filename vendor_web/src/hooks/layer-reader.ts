/** Small pictures of both layers and the composition as they are now: for a driver that measures in real time. */

import { allotTexture, type Program } from "../compose/program";
import type { Stage } from "../stage";
import { drawTap, type PictureSize, type Pictures, setTap, tapProgram, VIEWS } from "../stepped/tap";

export class LayerReader {
  readonly #stage: Stage;
  #program: Program | null = null;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Row by row from the top, three bytes a pixel; stalls the GPU for a moment. */
  read(width: number, height: number): Pictures {
    const { gl } = this.#stage;
    const texture = gl.createTexture();
    const framebuffer = gl.createFramebuffer();
    allotTexture(gl, texture, VIEWS.length * width, height);
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    this.#draw({ width, height });
    const pixels = new Uint8Array(VIEWS.length * width * height * 4);
    gl.readPixels(0, 0, VIEWS.length * width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.deleteFramebuffer(framebuffer);
    gl.deleteTexture(texture);
    return Object.fromEntries(VIEWS.map((view, place) => [view, cut(pixels, place, width, height)])) as Pictures;
  }

  #draw(picture: PictureSize): void {
    const { gl, engines, mix, size } = this.#stage;
    const program = (this.#program ??= tapProgram(gl));
    setTap(gl, program, { width: size[0], height: size[1] }, picture, mix);
    drawTap(gl, program, { fg: engines.fg.texture, bg: engines.bg.texture }, 0, picture);
  }
}

/** One of the views that lie side by side, without alpha. */
function cut(pixels: Uint8Array, place: number, width: number, height: number): Uint8Array<ArrayBuffer> {
  const colours = new Uint8Array(width * height * 3);
  for (let at = 0; at < width * height; at += 1) {
    const from = (Math.floor(at / width) * VIEWS.length * width + place * width + (at % width)) * 4;
    colours.set(pixels.subarray(from, from + 3), 3 * at);
  }
  return colours;
}
