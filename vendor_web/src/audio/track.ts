/** Music as samples, so that any second of it can be heard at any time, as often as needed. */

import { clickTrack } from "./click-track";
import type { Samples } from "./frame";

/** What butterchurn assumes its samples to have. */
export const SAMPLE_RATE = 44100;

export interface Track extends Samples {
  readonly name: string;
  readonly seconds: number;
}

export type TrackSource =
  | { readonly kind: "click"; readonly beatsPerMinute?: number | undefined }
  | { readonly kind: "url"; readonly url: string };

const decoded = new Map<string, Promise<Track>>();

/** Two minutes of the largest sounds, as of a WAV in stereo; an hour of one takes a minute, and a gigabyte, to decode. */
const BEGINNING_BYTES = 32 << 20;
export const BEGINNING_SECONDS = 120;

/** Gives a track's samples, or those of its beginning; each is made or fetched once. Throws if it is no music. */
export function track(source: TrackSource, part: "whole" | "beginning" = "whole"): Promise<Track> {
  const key = JSON.stringify([source, part]);
  const known = decoded.get(key);
  if (known !== undefined) return known;
  const made = source.kind === "click" ? Promise.resolve(clickTrack(source.beatsPerMinute)) : fetchTrack(source.url, part);
  decoded.set(key, made);
  made.catch(() => decoded.delete(key)); // what failed may be tried again
  return made;
}

async function fetchTrack(url: string, part: "whole" | "beginning"): Promise<Track> {
  const range = part === "whole" ? {} : { Range: `bytes=0-${BEGINNING_BYTES - 1}` };
  const answer = await fetch(url, { headers: range }).catch(() => {
    throw new Error(`The track ${url} cannot be had: the server does not answer.`);
  });
  if (!answer.ok) throw new Error(`The track ${url} cannot be had: the server says ${answer.status}.`);
  const isPart = answer.status === 206;
  // Some files say only at their end what is in them.
  return decode(url, await answer.arrayBuffer()).catch((error: unknown) => {
    if (isPart) return fetchTrack(url, "whole");
    throw error;
  });
}

/** Decodes any sound that the browser knows; needs no gesture and no sound card. */
export async function decode(name: string, encoded: ArrayBuffer): Promise<Track> {
  const decoder = new OfflineAudioContext(2, 1, SAMPLE_RATE);
  let sound: AudioBuffer;
  try {
    sound = await decoder.decodeAudioData(encoded);
  } catch {
    throw new Error(`${name} is no sound that this browser can decode.`);
  }
  if (sound.length === 0) throw new Error(`${name} holds no sound.`);
  const left = sound.getChannelData(0);
  const right = sound.numberOfChannels > 1 ? sound.getChannelData(1) : left;
  return { name, left, right, seconds: sound.length / SAMPLE_RATE };
}
