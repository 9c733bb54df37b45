/** Raw `.milk` files for butterchurn. Needs no page: it runs in a worker and in Node. */

export { convert } from "./convert";
export type { Conversion } from "./convert";
export { decode } from "./decode";
export type { ButterchurnPreset, ButterchurnShape, ButterchurnWave } from "./preset";
