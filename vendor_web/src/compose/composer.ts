/** Puts the foreground over the background: the one place where two layers become a picture. */

import { type Blend, BLENDING, setBlend } from "./blend";
import type { Camera, Coupling } from "./coupling";
import { bindTexture, fullScreenProgram, type Program } from "./program";

export interface Mix extends Blend {
  readonly coupling: Coupling;
}

export interface Layers {
  readonly fg: WebGLTexture;
  readonly bg: WebGLTexture;
}

const SHADER = `#version 300 es
precision highp float;
uniform sampler2D u_fg;
uniform sampler2D u_bg;
uniform int u_coupled;    // 0 off, 1 on, 2 debug
uniform vec2 u_camera;    // how far the near layer is moved
uniform float u_blur;     // how many texels the blur of the far layer reaches
uniform float u_strength;
uniform vec2 u_texel;
in vec2 v_place;
out vec4 o_colour;
${BLENDING}

// Nine samples on a ring of two radii: enough at the sizes where blur is seen at all.
vec3 far(vec2 place) {
  vec3 sum = texture(u_bg, place).rgb;
  if (u_blur <= 0.0) return sum;
  for (int i = 0; i < 8; i++) {
    float turn = 0.785398 * float(i);
    float reach = u_blur * (i % 2 == 0 ? 1.0 : 0.5);
    sum += texture(u_bg, place + reach * u_texel * vec2(cos(turn), sin(turn))).rgb;
  }
  return sum / 9.0;
}

void main() {
  vec2 near = v_place;
  vec3 bg;
  if (u_coupled == 0) {
    bg = texture(u_bg, v_place).rgb;
  } else {
    bg = far(v_place + 0.3 * u_camera);
    // The bright parts of the background stand out, and push the foreground aside.
    near -= u_camera * (1.0 + u_strength * (luma(bg) - 0.5));
  }
  vec3 fg = texture(u_fg, near).rgb;
  if (u_coupled == 2) {
    float depth = mix(0.3 * luma(bg), 1.0, u_opacity.x * brightness(fg));
    o_colour = vec4(depth, 0.25 * (1.0 - abs(2.0 * depth - 1.0)), 1.0 - depth, 1.0);
    return;
  }
  o_colour = vec4(blended(fg, bg), 1.0);
}`;

/** Texels of blur for each 1.0 of depth of field, on a screen 720 high. */
const BLUR = 6;
const BLUR_HEIGHT = 720;

export class Composer {
  readonly #gl: WebGL2RenderingContext;
  readonly #program: Program;

  constructor(gl: WebGL2RenderingContext) {
    this.#gl = gl;
    this.#program = fullScreenProgram(gl, SHADER);
  }

  /** Draws the composition into a framebuffer; null is the screen. */
  draw(target: WebGLFramebuffer | null, layers: Layers, mix: Mix, camera: Camera, size: readonly [number, number]): void {
    const gl = this.#gl;
    const { coupling } = mix;
    const [width, height] = size;
    gl.bindFramebuffer(gl.FRAMEBUFFER, target);
    gl.viewport(0, 0, width, height);
    gl.disable(gl.BLEND);
    gl.useProgram(this.#program.program);
    bindTexture(gl, 0, layers.fg);
    bindTexture(gl, 1, layers.bg);
    const at = this.#program.uniform;
    gl.uniform1i(at("u_fg"), 0);
    gl.uniform1i(at("u_bg"), 1);
    setBlend(gl, this.#program, mix);
    gl.uniform1i(at("u_coupled"), coupling.mode === "off" ? 0 : coupling.mode === "on" ? 1 : 2);
    gl.uniform2f(at("u_camera"), coupling.parallax * camera.x, coupling.parallax * camera.y);
    gl.uniform1f(at("u_blur"), (BLUR * coupling.dof * height) / BLUR_HEIGHT);
    gl.uniform1f(at("u_strength"), coupling.strength);
    gl.uniform2f(at("u_texel"), 1 / width, 1 / height);
    this.#program.draw();
    gl.activeTexture(gl.TEXTURE0);
    gl.enable(gl.BLEND); // as the engines leave it
  }
}
