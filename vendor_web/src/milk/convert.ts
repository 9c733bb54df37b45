/** A preset's text to what butterchurn loads, or to a sentence that says why not. */

import { prepareEquations } from "./equations";
import type { ShaderStage } from "./hlsl/environment";
import { translate } from "./hlsl/translate";
import { BUTTERCHURN_NAMES, PARTS_DRAWN, codePrefix } from "./names";
import type { Kind } from "./names";
import type { BaseValues, ButterchurnPreset, ButterchurnShape, ButterchurnWave } from "./preset";
import { read } from "./read";
import type { Part, Reading } from "./read";
import { Refusal } from "./refusal";
import type { Stage } from "./refusal";

export type Conversion =
  /** `milkdrop` is 2 where a shader of the preset's own runs, and 1 where butterchurn's do. */
  | { kind: "converted"; preset: ButterchurnPreset; milkdrop: 1 | 2 }
  /** One sentence: the stage, the line of the file by name, what is wrong there. */
  | { kind: "refused"; reason: string };

/** From this version on a preset may have shaders. */
const MILKDROP_2 = 200;
/** The one version whose two shaders share a single PSVERSION. */
const ONE_SHADER_VERSION = 200;
const MILKDROP_1 = 100;
const DEFAULT_SHADER_VERSION = 2;

const NOTHING: Part = { parameters: new Map(), code: new Map() };

/** A refusal that says its stage and place, and so is the sentence for the VJ. */
class StagedRefusal extends Error {}

export function convert(text: string): Conversion {
  try {
    const preset = toButterchurn(during("read", "line ", () => read(text)));
    return { kind: "converted", preset, milkdrop: preset.warp === "" && preset.comp === "" ? 1 : 2 };
  } catch (error) {
    if (error instanceof StagedRefusal) return { kind: "refused", reason: error.message };
    // What is left can only be a mistake in this code; the page must live on, and say so.
    return { kind: "refused", reason: `The conversion itself failed: ${String(error).slice(0, 200)}.` };
  }
}

function toButterchurn(reading: Reading): ButterchurnPreset {
  const version = (reading.parameters.get("milkdrop_preset_version") ?? MILKDROP_1) >= MILKDROP_2 ? 2 : 1;
  const equations = equationsOf(version);
  const drawn = Array.from({ length: PARTS_DRAWN }, (_, index) => index);
  return {
    version,
    baseVals: { ...baseValues("preset", reading), ...motionVectors(reading) },
    shapes: drawn.map((index) => toShape("shape", index, enabled(reading.shapes.get(index)), equations)),
    waves: drawn.map((index) => toWave(index, enabled(reading.waves.get(index)), equations)),
    init_eqs_eel: equations("preset", 0, reading, "per_frame_init"),
    frame_eqs_eel: equations("preset", 0, reading, "per_frame"),
    pixel_eqs_eel: equations("preset", 0, reading, "per_pixel"),
    warp: shader(reading, "warp"),
    comp: shader(reading, "comp"),
  };
}

function toWave(index: number, part: Part, equations: Equations): ButterchurnWave {
  return { ...toShape("wave", index, part, equations), point_eqs_eel: equations("wave", index, part, "per_point") };
}

function toShape(kind: Kind, index: number, part: Part, equations: Equations): ButterchurnShape {
  return {
    baseVals: { enabled: 0, ...baseValues(kind, part) },
    init_eqs_eel: equations(kind, index, part, "init"),
    frame_eqs_eel: equations(kind, index, part, "per_frame"),
  };
}

/** Gives one block of a part's code, ready to run. */
type Equations = (kind: Kind, index: number, part: Part, block: string) => string;

function equationsOf(version: 1 | 2): Equations {
  return (kind, index, { code }, block) =>
    during("equations", codePrefix(kind, index, block), () => prepareEquations(code.get(block) ?? "", version));
}

/** What a switched-off wave says counts for nothing: its equations need not even compile. */
function enabled(part: Part | undefined): Part {
  return part !== undefined && (part.parameters.get("enabled") ?? 0) !== 0 ? part : NOTHING;
}

function baseValues(kind: Kind, part: Part): BaseValues {
  const values: BaseValues = {};
  for (const [name, number] of part.parameters) {
    const butterchurnName = BUTTERCHURN_NAMES[kind][name];
    if (butterchurnName) values[butterchurnName] = number;
  }
  return values;
}

/**
 * The switch for motion vectors is one of MilkDrop 1: where `mv_a` is given it alone decides, and where it is not the
 * switch stands for 1 or 0. Butterchurn would have both.
 */
function motionVectors({ parameters }: Reading): BaseValues {
  const isOn = (parameters.get("bmotionvectorson") ?? 0) !== 0;
  return { bmotionvectorson: 1, mv_a: parameters.get("mv_a") ?? (isOn ? 1 : 0) };
}

function shader(reading: Reading, stage: ShaderStage): string {
  const code = reading.code.get(stage) ?? "";
  // Without an entry the text is none; some files keep a lone comment there.
  if (shaderVersion(reading.parameters, stage) <= 0 || !code.includes("shader_body")) return "";
  return during(`${stage} shader`, `${stage}_`, () => translate(code, stage));
}

/** As projectM 4 tells whether a preset has shaders. */
function shaderVersion(parameters: ReadonlyMap<string, number>, stage: ShaderStage): number {
  const preset = Math.trunc(parameters.get("milkdrop_preset_version") ?? MILKDROP_1);
  if (preset < MILKDROP_2) return 0;
  const name = preset === ONE_SHADER_VERSION ? "psversion" : `psversion_${stage}`;
  return Math.trunc(parameters.get(name) ?? DEFAULT_SHADER_VERSION);
}

const FAILED: Record<Stage, string> = {
  read: "The file cannot be read",
  equations: "The equations do not compile",
  "warp shader": "The warp shader cannot be translated",
  "comp shader": "The comp shader cannot be translated",
};

/** Runs one stage, and names it in what it refuses; `linePrefix` makes a line number a name in the file. */
function during<T>(stage: Stage, linePrefix: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const inBlock = stage === "read" ? "" : ` in ${linePrefix.replace(/_$/, "")}`;
    const place = error.line === undefined ? inBlock : `, ${linePrefix}${error.line}`;
    throw new StagedRefusal(`${FAILED[stage]}${place}: ${error.message}.`);
  }
}
