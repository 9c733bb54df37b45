/** Converts presets in a worker, each content once. */

import type { ButterchurnPreset } from "butterchurn";
import { EngineError, type LoadedPreset } from "../engine/engine";
import type { Conversion } from "../milk";

/** What goes to the worker, and what comes back for it. */
export interface Order {
  readonly id: number;
  readonly bytes: Uint8Array;
}

export interface Delivery {
  readonly id: number;
  readonly conversion: Conversion;
}

/** A converted preset has about 30 kB: 30 MB at most. */
const MOST_KEPT = 1000;

export class Converter {
  #worker: Worker | null = null;
  readonly #waiting = new Map<number, (conversion: Conversion) => void>();
  readonly #kept = new Map<string, Promise<Conversion>>();
  #orders = 0;

  /** Gives what the engine loads; throws EngineError with the reason if it cannot be made. */
  readonly convert = async ({ hash, bytes }: LoadedPreset): Promise<ButterchurnPreset> => {
    const conversion = await this.#once(hash, bytes);
    if (conversion.kind === "refused") throw new EngineError(conversion.reason);
    return conversion.preset;
  };

  #once(hash: string, bytes: Uint8Array): Promise<Conversion> {
    const known = this.#kept.get(hash);
    // What was used last is dropped last.
    if (known !== undefined) this.#kept.delete(hash);
    const conversion = known ?? this.#order(bytes);
    this.#kept.set(hash, conversion);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT) break;
      this.#kept.delete(oldest);
    }
    return conversion;
  }

  #order(bytes: Uint8Array): Promise<Conversion> {
    this.#orders += 1;
    const id = this.#orders;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker ??= this.#hire();
      this.#worker.postMessage({ id, bytes } satisfies Order);
    });
  }

  #hire(): Worker {
    const worker = new Worker(new URL("./conversion-worker.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<Delivery>) => {
      this.#waiting.get(data.id)?.(data.conversion);
      this.#waiting.delete(data.id);
    });
    worker.addEventListener("error", ({ message }) => this.#giveUp(`The converter failed: ${message ?? "it did not start"}.`));
    return worker;
  }

  /** The worker is no good any more: the next preset gets another, and what failed may be tried again. */
  #giveUp(reason: string): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#kept.clear();
    for (const answer of this.#waiting.values()) answer({ kind: "refused", reason });
    this.#waiting.clear();
  }
}
