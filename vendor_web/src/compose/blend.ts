/** How a pixel of the foreground lies over one of the background: the same wherever layers are put together. */

import type { Program } from "./program";

export const BLEND_MODES = ["screen", "alpha", "luma"] as const;
export type BlendMode = (typeof BLEND_MODES)[number];

export interface Blend {
  /** screen: both add up as light does; alpha: fg covers bg; luma: only what is bright in fg covers bg. */
  readonly mode: BlendMode;
  readonly fgOpacity: number;
  readonly bgOpacity: number;
}

/** For a fragment shader: `blended(fg, bg)`, `luma(colour)` and `brightness(colour)`, the luma key's 0 to 1. */
export const BLENDING = `
uniform int u_mode;
uniform vec2 u_opacity;   // fg, bg
float luma(vec3 colour) { return dot(colour, vec3(0.2126, 0.7152, 0.0722)); }
float brightness(vec3 colour) { return smoothstep(0.04, 0.35, luma(colour)); }
vec3 blended(vec3 fg, vec3 bg) {
  bg *= u_opacity.y;
  if (u_mode == 0) return 1.0 - (1.0 - bg) * (1.0 - fg * u_opacity.x);
  return mix(bg, fg, u_opacity.x * (u_mode == 1 ? 1.0 : brightness(fg)));
}`;

export function setBlend(gl: WebGL2RenderingContext, program: Program, { mode, fgOpacity, bgOpacity }: Blend): void {
  gl.uniform1i(program.uniform("u_mode"), BLEND_MODES.indexOf(mode));
  gl.uniform2f(program.uniform("u_opacity"), fgOpacity, bgOpacity);
}
