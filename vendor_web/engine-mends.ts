/**
 * Mends butterchurn while it is bundled. Real presets need each of these:
 *
 * - The compiler of its equations, eel-wasm, makes whole numbers of floats by an instruction that stops the program on
 *   NaN and on what is too large. The saturating instruction gives 0 and the largest number instead.
 * - `loop(n, …)` runs as often as a preset says: a thousand million times, and nothing ever ends.
 * - It filters pictures anisotropically, as MilkDrop does not. Where a shader divides by zero, llvmpipe then draws a
 *   frame for minutes: three of 738 real presets with shaders looked like a hang.
 * - It draws on a canvas of its own. Two layers that share a canvas need no copying.
 *
 * The build fails where a place to mend is not found as often as it was in version 3.0.0-beta.5.
 */

import type { Plugin } from "vite";

/** More than any real preset asks for; MilkDrop itself stops at 1,048,576. */
const MAX_LOOPS = 65_536;

interface Mend {
  what: string;
  found: string;
  times: number;
  instead: string;
}

/** In this order: the second mend looks for what the first has written. */
const MENDS: readonly Mend[] = [
  { what: "32-bit numbers", found: "encoding_1.op.i32_trunc_f64_s,", times: 4, instead: "0xfc, 0x02," },
  { what: "64-bit numbers", found: "encoding_1.op.i64_trunc_s_f64,", times: 4, instead: "0xfc, 0x06," },
  {
    what: "loops",
    found: "...emit(count, context),\n\t        0xfc, 0x02,",
    times: 1,
    instead:
      "...emit(count, context),\n\t        ...encoding_1.op.f64_const(0), encoding_1.op.f64_max, " +
      `...encoding_1.op.f64_const(${MAX_LOOPS}), encoding_1.op.f64_min, 0xfc, 0x02,`,
  },
  {
    what: "anisotropic filters",
    found: ["EXT", "MOZ_EXT", "WEBKIT_EXT"]
      .map((vendor) => `this.gl.getExtension("${vendor}_texture_filter_anisotropic")`)
      .join(" ||\n      "),
    times: 4,
    instead: "null",
  },
  {
    what: "the canvas",
    found: "if (window.OffscreenCanvas) {\n      this.internalCanvas",
    times: 1,
    instead:
      "if (opts.canvas) {\n      this.internalCanvas = opts.canvas;\n    " +
      "} else if (window.OffscreenCanvas) {\n      this.internalCanvas",
  },
];

export function mendEngine(code: string): string {
  return MENDS.reduce((mended, { what, found, times, instead }) => {
    const parts = mended.split(found);
    if (parts.length !== times + 1) {
      const found = `${what} are found ${parts.length - 1} times, not ${times}`;
      throw new Error(`butterchurn cannot be mended: ${found}. Has its version changed?`);
    }
    return parts.join(instead);
  }, code);
}

const ENGINE_FILE = /\/butterchurn\/dist\/butterchurn(?:\.min)?\.js$/;

export function engineMends(): Plugin {
  let isMended = false;
  return {
    name: "engine-mends",
    transform(code, id) {
      if (!ENGINE_FILE.test(id.split("?", 1)[0] ?? "")) return null;
      isMended = true;
      return { code: mendEngine(code), map: null };
    },
    buildEnd(error) {
      const engine = [...this.getModuleIds()].find((id) => id.includes("butterchurn/dist"));
      if (error === undefined && engine !== undefined && !isMended) {
        this.error(`butterchurn is bundled from ${engine}, where nothing is mended.`);
      }
    },
  };
}
