/** Small pictures of both layers and the composition as they are now: for a driver that measures in real time. */

import { setBlend } from "../compose/blend";
import { allotTexture, bindTexture, type Program } from "../compose/program";
import type { Stage } from "../stage";
import { type Pictures, tapProgram, VIEWS } from "../stepped/tap";

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
    this.#draw(width, height);
    const pixels = new Uint8Array(VIEWS.length * width * height * 4);
    gl.readPixels(0, 0, VIEWS.length * width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.deleteFramebuffer(framebuffer);
    gl.deleteTexture(texture);
    return Object.fromEntries(VIEWS.map((view, place) => [view, cut(pixels, place, width, height)])) as Pictures;
  }

  #draw(width: number, height: number): void {
    const { gl, engines, mix, size } = this.#stage;
    const program = (this.#program ??= tapProgram(gl));
    const samples = (texels: number, pixels: number) => Math.max(1, Math.ceil(texels / pixels / 2));
    gl.disable(gl.BLEND);
    gl.useProgram(program.program);
    setBlend(gl, program, mix);
    gl.uniform1i(program.uniform("u_fg"), 0);
    gl.uniform1i(program.uniform("u_bg"), 1);
    gl.uniform2i(program.uniform("u_size"), width, height);
    gl.uniform2i(program.uniform("u_samples"), samples(size[0], width), samples(size[1], height));
    gl.uniform1i(program.uniform("u_row"), 0);
    bindTexture(gl, 0, engines.fg.texture);
    bindTexture(gl, 1, engines.bg.texture);
    gl.viewport(0, 0, VIEWS.length * width, height);
    program.draw();
    gl.activeTexture(gl.TEXTURE0);
    gl.enable(gl.BLEND); // as the engines leave it
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
