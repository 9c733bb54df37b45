/** What can be asked of a measurement, checked where it enters: every problem is told at once. */

import type { TrackSource } from "../audio/track";
import { type Blend, BLEND_MODES } from "../compose/blend";
import type { Mesh } from "../engine/butterchurn";
import type { PictureSize } from "./tap";

export interface MeasureRequest {
  readonly fgUrl: string;
  readonly bgUrl: string;
  readonly audio: TrackSource;
  /** The second of the track at which the first measured frame hears it; warm-up frames hear what lies before. */
  readonly fromSecond: number;
  readonly warmupFrames: number;
  readonly frames: number;
  readonly framesPerSecond: number;
  readonly seed: number;
  /** In pixels, of both layers and the composition. */
  readonly size: PictureSize;
  /** Of the picture that is returned of each frame. */
  readonly picture: PictureSize;
  readonly mesh: Mesh;
  readonly mix: Blend;
  /** The measured frame, counted from 0, that is returned as a picture to look at; null for none. */
  readonly thumbnailFrame: number | null;
}

/** What a request leaves out. */
export const DEFAULTS: Omit<MeasureRequest, "fgUrl" | "bgUrl"> = {
  audio: { kind: "click" },
  fromSecond: 8,
  warmupFrames: 30,
  frames: 180,
  framesPerSecond: 30,
  seed: 1,
  size: { width: 160, height: 90 },
  picture: { width: 32, height: 18 },
  mesh: { width: 24, height: 18 },
  mix: { mode: "screen", fgOpacity: 1, bgOpacity: 1 },
  thumbnailFrame: 90, // or the middle one, where other frames are asked for
};

/** Why a request cannot be served: a sentence for each problem. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  constructor(readonly problems: readonly string[]) {
    super(problems.join(" "));
  }
}

type Given = Readonly<Record<string, unknown>>;

export function readRequest(request: unknown): MeasureRequest {
  if (typeof request !== "object" || request === null) throw new RequestError(["A request is an object."]);
  const given = request as Given;
  const asked: Given = { ...DEFAULTS, ...middleOf(given), ...given };
  const problems: string[] = [];
  const strangers = Object.keys(given).filter((key) => !(key in DEFAULTS || key === "fgUrl" || key === "bgUrl"));
  for (const key of strangers) problems.push(`There is no ${key} to ask for.`);
  const check = (name: string, value: unknown, low: number, high: number, isWhole = true): void => {
    const fits = typeof value === "number" && value >= low && value <= high && (!isWhole || Number.isInteger(value));
    if (!fits) problems.push(`${name} is ${isWhole ? "a whole number" : "a number"} from ${low} to ${high}.`);
  };
  const part = (name: string): Given => {
    const value = asked[name];
    return typeof value === "object" && value !== null ? (value as Given) : {};
  };
  for (const name of ["fgUrl", "bgUrl"]) {
    if (typeof asked[name] !== "string") problems.push(`${name} is the address of a preset.`);
  }
  check("fromSecond", asked["fromSecond"], 0, 86_400, false);
  check("warmupFrames", asked["warmupFrames"], 0, 100_000);
  check("frames", asked["frames"], 1, 100_000);
  check("framesPerSecond", asked["framesPerSecond"], 1, 240, false);
  check("seed", asked["seed"], 0, 2 ** 32 - 1);
  for (const name of ["width", "height"]) {
    check(`size.${name}`, part("size")[name], name === "width" ? 64 : 36, name === "width" ? 3840 : 2160);
    check(`picture.${name}`, part("picture")[name], 1, 128);
    check(`mesh.${name}`, part("mesh")[name], 4, 96);
  }
  for (const name of ["fgOpacity", "bgOpacity"]) check(`mix.${name}`, part("mix")[name], 0, 1, false);
  if (!(BLEND_MODES as readonly unknown[]).includes(part("mix")["mode"])) {
    problems.push(`mix.mode is one of ${BLEND_MODES.join(", ")}.`);
  }
  if (asked["thumbnailFrame"] !== null) check("thumbnailFrame", asked["thumbnailFrame"], 0, Number(asked["frames"]) - 1);
  checkAudio(part("audio"), problems);
  if (problems.length > 0) throw new RequestError(problems);
  return asked as unknown as MeasureRequest;
}

/** The frame in the middle, where the number of frames is a usual one. */
function middleOf({ frames }: Given): Given {
  return Number.isInteger(frames) ? { thumbnailFrame: Math.floor((frames as number) / 2) } : {};
}

function checkAudio(audio: Given, problems: string[]): void {
  if (audio["kind"] === "click") {
    const tempo = audio["beatsPerMinute"];
    const fits = tempo === undefined || (typeof tempo === "number" && tempo >= 30 && tempo <= 300);
    if (!fits) problems.push("audio.beatsPerMinute is a number from 30 to 300.");
  } else if (audio["kind"] !== "url" || typeof audio["url"] !== "string") {
    problems.push('audio is { kind: "click" } or { kind: "url", url }.');
  }
}
