/** A preset as butterchurn 3 loads it, with equations in EEL and shaders in GLSL. */

export type BaseValues = Record<string, number>;

export interface ButterchurnShape {
  baseVals: BaseValues;
  init_eqs_eel: string;
  frame_eqs_eel: string;
}

export interface ButterchurnWave extends ButterchurnShape {
  point_eqs_eel: string;
}

export interface ButterchurnPreset {
  /** Of the equations: MilkDrop 1 has whole numbers from `rand`. */
  version: 1 | 2;
  baseVals: BaseValues;
  shapes: ButterchurnShape[];
  waves: ButterchurnWave[];
  init_eqs_eel: string;
  frame_eqs_eel: string;
  pixel_eqs_eel: string;
  /** Empty where butterchurn's own shader shall run. */
  warp: string;
  comp: string;
}
