/** The 3D coupling of the layers: they hang at two depths in front of a camera that sways and is moved by the bass. */

export const COUPLING_MODES = ["off", "on", "debug"] as const;
export type CouplingMode = (typeof COUPLING_MODES)[number];

export interface Coupling {
  /** `debug` shows the depth that the layers have: near is red, far is blue. */
  readonly mode: CouplingMode;
  /** How far the near layer moves against the far one, in widths of the screen. */
  readonly parallax: number;
  /** How much what is far from the focus is blurred: 0 nothing, 1 clearly, 2 dreamily. */
  readonly dof: number;
  /** How much the brightness of the background bends the foreground: 0 not at all. */
  readonly strength: number;
  /** Whether the figures in force are written on the screen. */
  readonly hud: boolean;
}

/** The numbers a person may set, each from 0 up to its greatest. */
export const GREATEST = { parallax: 0.25, dof: 2, strength: 1 } as const;

export const DEFAULT_COUPLING: Coupling = { mode: "off", parallax: 0.04, dof: 0.5, strength: 0.3, hud: false };

/** Where the camera is, in parts of the greatest parallax. */
export interface Camera {
  readonly x: number;
  readonly y: number;
}

/** A slow figure of eight, wider while the music is loud; no two of its axes repeat together for minutes. */
export function cameraAt(seconds: number, loudness: number): Camera {
  const reach = 0.5 + 0.5 * Math.min(1, Math.max(0, loudness));
  return { x: reach * Math.sin(0.37 * seconds), y: 0.6 * reach * Math.sin(0.53 * seconds + 1) };
}
