/**
 * What MilkDrop's files call things, and what butterchurn calls them. The names stand as in
 * `harvest/packs/milk/names.py`.
 */

/** File name in lower case → butterchurn's base value; what butterchurn has no value for is "". */
const PRESET: Record<string, string> = {
  milkdrop_preset_version: "",
  psversion: "",
  psversion_warp: "",
  psversion_comp: "",
  frating: "",
  fgammaadj: "gammaadj",
  fdecay: "decay",
  fvideoechozoom: "echo_zoom",
  fvideoechoalpha: "echo_alpha",
  nvideoechoorientation: "echo_orient",
  nwavemode: "wave_mode",
  badditivewaves: "additivewave",
  bwavedots: "wave_dots",
  bwavethick: "wave_thick",
  bmodwavealphabyvolume: "modwavealphabyvolume",
  bmaximizewavecolor: "wave_brighten",
  btexwrap: "wrap",
  bdarkencenter: "darken_center",
  bmotionvectorson: "bmotionvectorson",
  bredbluestereo: "red_blue",
  bbrighten: "brighten",
  bdarken: "darken",
  bsolarize: "solarize",
  binvert: "invert",
  fwavealpha: "wave_a",
  fwavescale: "wave_scale",
  fwavesmoothing: "wave_smoothing",
  fwaveparam: "wave_mystery",
  fmodwavealphastart: "modwavealphastart",
  fmodwavealphaend: "modwavealphaend",
  fwarpanimspeed: "warpanimspeed",
  fwarpscale: "warpscale",
  fzoomexponent: "zoomexp",
  nmotionvectorsx: "mv_x",
  nmotionvectorsy: "mv_y",
  ...same("fshader zoom rot cx cy dx dy warp sx sy wave_r wave_g wave_b wave_x wave_y"),
  ...same("ob_size ob_r ob_g ob_b ob_a ib_size ib_r ib_g ib_b ib_a mv_dx mv_dy mv_l mv_r mv_g mv_b mv_a"),
  ...same("b1n b2n b3n b1x b2x b3x b1ed"),
};

const WAVE: Record<string, string> = {
  bspectrum: "spectrum",
  busedots: "usedots",
  bdrawthick: "thick",
  badditive: "additive",
  ...same("enabled samples sep scaling smoothing r g b a"),
};

const SHAPE: Record<string, string> = same(
  "enabled sides additive thickoutline textured num_inst x y rad ang tex_ang tex_zoom " +
    "r g b a r2 g2 b2 a2 border_r border_g border_b border_a",
);

export type Kind = "preset" | "wave" | "shape";

export const BUTTERCHURN_NAMES: Record<Kind, Record<string, string>> = { preset: PRESET, wave: WAVE, shape: SHAPE };

export const CODE_BLOCKS: Record<Kind, readonly string[]> = {
  preset: ["per_frame_init", "per_frame", "per_pixel", "warp", "comp"],
  wave: ["init", "per_frame", "per_point"],
  shape: ["init", "per_frame"],
};

/** Waves, and shapes, that a file of MilkDrop 3 may name. */
export const PARTS_IN_FILES = 16;
/** Those that MilkDrop 2 and butterchurn draw; butterchurn wants all four shapes, switched off or on. */
export const PARTS_DRAWN = 4;

/** What stands before a parameter's name: `wavecode_0_enabled`, `zoom`. */
export function parameterPrefix(kind: Kind, index: number): string {
  return kind === "preset" ? "" : `${kind}code_${index}_`;
}

/** What stands before a line's number: `wave_0_init1`, `per_frame_1`. */
export function codePrefix(kind: Kind, index: number, block: string): string {
  return kind === "preset" ? `${block}_` : `${kind}_${index}_${block}`;
}

function same(names: string): Record<string, string> {
  return Object.fromEntries(names.split(" ").map((name) => [name, name]));
}
