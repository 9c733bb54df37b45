/** Measurements as text, for a driver that cannot take arrays of numbers out of a page. */

import type { Measured, Measurement } from "./measure";
import { VIEWS } from "./tap";

type Encoded<T> = T extends Uint8Array | Float32Array ? string : T extends object ? { [K in keyof T]: Encoded<T[K]> } : T;

/** As Measurement, with every array as base64: bytes as they are, floats in little-endian order. */
export type EncodedMeasured = Encoded<Measured>;

export async function encode(measured: Measured): Promise<EncodedMeasured> {
  if (measured.kind === "refused") return measured;
  const { pictures, rms, peak, thumbnail, ...rest } = measured satisfies Measurement;
  const encoded = await Promise.all(VIEWS.map(async (view) => [view, await base64(pictures[view])] as const));
  return {
    ...rest,
    pictures: Object.fromEntries(encoded) as Record<(typeof VIEWS)[number], string>,
    rms: await base64(rms),
    peak: await base64(peak),
    thumbnail: thumbnail && { type: thumbnail.type, bytes: await base64(thumbnail.bytes) },
  };
}

async function base64(array: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>): Promise<string> {
  const reader = new FileReader();
  const read = new Promise((resolve, reject) => {
    reader.onload = resolve;
    reader.onerror = () => reject(reader.error ?? new Error("It could not be encoded."));
  });
  reader.readAsDataURL(new Blob([array]));
  await read;
  const url = reader.result as string;
  return url.slice(url.indexOf(",") + 1);
}
