/** What a MilkDrop shader finds declared, and where butterchurn keeps it. */

import { floats, matrixOf } from "./types";
import type { Type } from "./types";
import type { Value } from "./value";

export type ShaderStage = "warp" | "comp";

const FLOATS =
  "blur1_min blur1_max blur2_min blur2_max blur3_min blur3_max scale1 scale2 scale3 bias1 bias2 bias3 " +
  "time frame fps decay bass mid treb vol bass_att mid_att treb_att vol_att rad ang";
const VECTORS =
  "_qa _qb _qc _qd _qe _qf _qg _qh slow_roam_cos roam_cos slow_roam_sin roam_sin rand_preset rand_frame aspect " +
  "texsize texsize_noise_lq texsize_noise_mq texsize_noise_hq texsize_noise_lq_lite " +
  "texsize_noisevol_lq texsize_noisevol_hq";
const PICTURES =
  "main fw_main pw_main fc_main pc_main noise_lq noise_lq_lite noise_mq noise_hq pw_noise_lq blur1 blur2 blur3";
const VOLUMES = "noisevol_lq noisevol_hq";
const ROTATIONS = "s1 s2 s3 s4 d1 d2 d3 d4 f1 f2 f3 f4 vf1 vf2 vf3 vf4 uf1 uf2 uf3 uf4 rand1 rand2 rand3 rand4";

/** `sampler_fw_clouds` is the picture `clouds`, filtered and wrapped. */
const SAMPLING_PREFIX = /^sampler_(?:fw|fc|pw|pc|wf|cf|wp|cp)_/i;

/** Butterchurn shows its cloud picture, of 128 pixels a side, in place of every picture that it does not have. */
const TEXSIZE_OF_A_PICTURE = "vec4(128.0, 128.0, 0.0078125, 0.0078125)";

export const PICTURE: Type = { kind: "sampler", dimensions: 2 };
const VOLUME: Type = { kind: "sampler", dimensions: 3 };

const COMMON = new Map<string, Value>([
  ...named(FLOATS, floats(1)),
  ...named(VECTORS, floats(4)),
  ...Array.from({ length: 32 }, (_, index): [string, Value] => [
    `q${index + 1}`,
    { code: `q${index + 1}`, type: floats(1) },
  ]),
  ...named("uv uv_orig", floats(2)),
  ...named("ret hue_shader", floats(3)),
  ...prefixed("sampler_", PICTURES, PICTURE),
  ...prefixed("sampler_", VOLUMES, VOLUME),
  ...ROTATIONS.split(" ").map((name): [string, Value] => [
    `rot_${name}`,
    // Butterchurn draws no random rotations; standing still is one of them.
    { code: "mat4x3(1.0)", type: matrixOf(4, 3) },
  ]),
  // Butterchurn knows neither how long a preset will be shown nor the levels of detail of its picture.
  ["progress", { code: "0.5", type: floats(1) }],
  ["mip_x", { code: "log2(texsize.x)", type: floats(1) }],
  ["mip_y", { code: "log2(texsize.y)", type: floats(1) }],
  ["mip_xy", { code: "log2(texsize.xy)", type: floats(2) }],
  ["mip_avg", { code: "(0.5 * log2(texsize.x * texsize.y))", type: floats(1) }],
]);

/** What only the other of the two shaders has in butterchurn. */
const MISSING: Record<ShaderStage, Map<string, Value>> = {
  warp: new Map([["hue_shader", { code: "vec3(1.0)", type: floats(3) }]]),
  comp: new Map([["decay", { code: "1.0", type: floats(1) }]]),
};

export function builtin(name: string, stage: ShaderStage): Value | undefined {
  const found = MISSING[stage].get(name) ?? COMMON.get(name);
  if (found !== undefined) return found;
  const plain = COMMON.get(name.replace(SAMPLING_PREFIX, "sampler_"));
  if (plain?.type.kind === "sampler") return plain;
  return name.startsWith("texsize_") ? { code: TEXSIZE_OF_A_PICTURE, type: floats(4) } : undefined;
}

function named(names: string, type: Type): [string, Value][] {
  return prefixed("", names, type);
}

function prefixed(prefix: string, names: string, type: Type): [string, Value][] {
  return names.split(" ").map((name) => [prefix + name, { code: prefix + name, type }]);
}
