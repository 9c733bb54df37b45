/** Takes a small picture of each layer and of the composition after every frame, and reads them in batches. */

import { type Blend, BLENDING, setBlend } from "../compose/blend";
import type { Layers } from "../compose/composer";
import { bindTexture, fullScreenProgram, type Program } from "../compose/program";
import { passed } from "./waiting";

/** In this order in an atlas, from left to right. */
export const VIEWS = ["fg", "bg", "composed"] as const;
export type ViewName = (typeof VIEWS)[number];

/** Pictures of one view after each other, each row by row from the top, three bytes a pixel. */
export type Pictures = Readonly<Record<ViewName, Uint8Array<ArrayBuffer>>>;

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Draws the three views of a frame side by side. Each pixel is the mean of the part of the layers that it covers, two
 * texels a sample; the composition is made of the samples. Rows run downwards.
 */
const SHADER = `#version 300 es
precision highp float;
uniform sampler2D u_fg;
uniform sampler2D u_bg;
uniform ivec2 u_size;      // of a picture
uniform ivec2 u_samples;
uniform int u_row;         // where in the atlas the frame begins
out vec4 o_colour;
${BLENDING}
void main() {
  ivec2 at = ivec2(gl_FragCoord.xy) - ivec2(0, u_row);
  int view = at.x / u_size.x;
  vec2 corner = vec2(at.x - view * u_size.x, u_size.y - 1 - at.y);
  vec3 sum = vec3(0.0);
  for (int y = 0; y < u_samples.y; y++) {
    for (int x = 0; x < u_samples.x; x++) {
      vec2 place = (corner + (vec2(x, y) + 0.5) / vec2(u_samples)) / vec2(u_size);
      if (view == 0) sum += texture(u_fg, place).rgb;
      else if (view == 1) sum += texture(u_bg, place).rgb;
      else sum += blended(texture(u_fg, place).rgb, texture(u_bg, place).rgb);
    }
  }
  o_colour = vec4(sum / float(u_samples.x * u_samples.y), 1.0);
}`;

/** What taps draw with; a context needs one for all of them. */
export function tapProgram(gl: WebGL2RenderingContext): Program {
  return fullScreenProgram(gl, SHADER);
}

/** Says what is the same for all frames. */
export function setTap(gl: WebGL2RenderingContext, program: Program, source: PictureSize, { width, height }: PictureSize, blend: Blend): void {
  const samples = (texels: number, pixels: number) => Math.max(1, Math.ceil(texels / pixels / 2));
  gl.useProgram(program.program);
  setBlend(gl, program, blend);
  gl.uniform1i(program.uniform("u_fg"), 0);
  gl.uniform1i(program.uniform("u_bg"), 1);
  gl.uniform2i(program.uniform("u_size"), width, height);
  gl.uniform2i(program.uniform("u_samples"), samples(source.width, width), samples(source.height, height));
}

/** Draws all views of one frame side by side, from this row on. */
export function drawTap(gl: WebGL2RenderingContext, program: Program, { fg, bg }: Layers, row: number, { width, height }: PictureSize): void {
  gl.disable(gl.BLEND);
  gl.useProgram(program.program);
  gl.uniform1i(program.uniform("u_row"), row);
  bindTexture(gl, 0, fg);
  bindTexture(gl, 1, bg);
  gl.viewport(0, row, VIEWS.length * width, height);
  program.draw();
  gl.activeTexture(gl.TEXTURE0);
  gl.enable(gl.BLEND); // as the engines leave it
}

/** Frames in one atlas: reading less often is no faster from here on. */
const FRAMES = 30;

interface Atlas {
  readonly texture: WebGLTexture;
  readonly framebuffer: WebGLFramebuffer;
  readonly buffer: WebGLBuffer;
  /** Passed by the GPU once the pictures are in the buffer; null while nothing is under way. */
  fence: WebGLSync | null;
  frames: number;
  firstFrame: number;
}

export class Tap {
  readonly #gl: WebGL2RenderingContext;
  readonly #program: Program;
  readonly #size: PictureSize;
  readonly #pictures: Pictures;
  /** While one is filled, the other is read. */
  readonly #atlases: readonly [Atlas, Atlas];
  #current = 0;
  #taken = 0;

  constructor(gl: WebGL2RenderingContext, program: Program, source: PictureSize, size: PictureSize, frames: number, blend: Blend) {
    this.#gl = gl;
    this.#size = size;
    this.#program = program;
    setTap(gl, program, source, size, blend);
    this.#atlases = [this.#makeAtlas(), this.#makeAtlas()];
    const bytes = frames * size.width * size.height * 3;
    this.#pictures = { fg: new Uint8Array(bytes), bg: new Uint8Array(bytes), composed: new Uint8Array(bytes) };
  }

  /** Takes the pictures of one frame. */
  async take(layers: Layers): Promise<void> {
    const atlas = this.#atlases[this.#current] as Atlas;
    if (atlas.frames === 0) atlas.firstFrame = this.#taken;
    this.#draw(atlas, layers);
    atlas.frames += 1;
    this.#taken += 1;
    if (atlas.frames === FRAMES) await this.#exchange();
  }

  /** Waits for what is under way, and gives all pictures. */
  async finish(): Promise<Pictures> {
    await this.#exchange();
    await this.#exchange();
    return this.#pictures;
  }

  dispose(): void {
    const gl = this.#gl;
    for (const { texture, framebuffer, buffer } of this.#atlases) {
      gl.deleteTexture(texture);
      gl.deleteFramebuffer(framebuffer);
      gl.deleteBuffer(buffer);
    }
  }

  #draw(atlas: Atlas, layers: Layers): void {
    this.#gl.bindFramebuffer(this.#gl.FRAMEBUFFER, atlas.framebuffer);
    drawTap(this.#gl, this.#program, layers, atlas.frames * this.#size.height, this.#size);
  }

  /** Collects what the GPU has copied meanwhile, and lets it copy what has been drawn while the other is filled. */
  async #exchange(): Promise<void> {
    const other = this.#atlases[1 - this.#current] as Atlas;
    if (other.fence !== null) await this.#collect(other);
    const current = this.#atlases[this.#current] as Atlas;
    if (current.frames > 0) this.#send(current);
    this.#current = 1 - this.#current;
  }

  #send(atlas: Atlas): void {
    const gl = this.#gl;
    gl.bindFramebuffer(gl.FRAMEBUFFER, atlas.framebuffer);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, atlas.buffer);
    gl.pixelStorei(gl.PACK_ALIGNMENT, 1);
    gl.readPixels(0, 0, this.#atlasWidth, atlas.frames * this.#size.height, gl.RGBA, gl.UNSIGNED_BYTE, 0);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
    atlas.fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
  }

  async #collect(atlas: Atlas): Promise<void> {
    const gl = this.#gl;
    await passed(gl, atlas.fence as WebGLSync);
    const read = new Uint8Array(this.#atlasWidth * 4 * atlas.frames * this.#size.height);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, atlas.buffer);
    gl.getBufferSubData(gl.PIXEL_PACK_BUFFER, 0, read);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
    this.#sort(read, atlas);
    atlas.fence = null;
    atlas.frames = 0;
  }

  /** Cuts the atlas into the three views, and drops alpha. */
  #sort(read: Uint8Array, { frames, firstFrame }: Atlas): void {
    const { width, height } = this.#size;
    VIEWS.forEach((view, place) => {
      const pictures = this.#pictures[view];
      let to = firstFrame * width * height * 3;
      for (let row = 0; row < frames * height; row += 1) {
        let from = (row * this.#atlasWidth + place * width) * 4;
        for (let column = 0; column < width; column += 1) {
          pictures[to] = read[from] as number;
          pictures[to + 1] = read[from + 1] as number;
          pictures[to + 2] = read[from + 2] as number;
          to += 3;
          from += 4;
        }
      }
    });
  }

  get #atlasWidth(): number {
    return VIEWS.length * this.#size.width;
  }

  #makeAtlas(): Atlas {
    const gl = this.#gl;
    const height = FRAMES * this.#size.height;
    const texture = gl.createTexture();
    const framebuffer = gl.createFramebuffer();
    const buffer = gl.createBuffer();
    bindTexture(gl, 0, texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, this.#atlasWidth, height);
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, buffer);
    // Not STREAM_READ: Chromium keeps a shadow of such buffers, and warns each time that it has to give it up.
    gl.bufferData(gl.PIXEL_PACK_BUFFER, this.#atlasWidth * height * 4, gl.STREAM_COPY);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
    return { texture, framebuffer, buffer, fence: null, frames: 0, firstFrame: 0 };
  }
}
