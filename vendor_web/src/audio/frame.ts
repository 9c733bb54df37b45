/** What the engines hear in one frame, and how loud it truly is. */

/** Samples that an engine looks at; the newest last. */
export const WINDOW = 1024;

export interface AudioFrame {
  /** 0 to 255 around 128, as AnalyserNode.getByteTimeDomainData writes it. */
  readonly mono: Uint8Array<ArrayBuffer>;
  readonly left: Uint8Array<ArrayBuffer>;
  readonly right: Uint8Array<ArrayBuffer>;
  /** Of the mono signal from -1 to 1, without any emphasis. */
  readonly rms: number;
  readonly peak: number;
}

/** Samples from -1 to 1, as the analysers give them. */
export interface Samples {
  readonly left: Float32Array;
  readonly right: Float32Array;
}

/** Hears the window that ends at `end` in endlessly repeated samples. */
export function hear({ left, right }: Samples, end: number): AudioFrame {
  const frame = silentFrame();
  let sum = 0;
  let peak = 0;
  for (let at = 0; at < WINDOW; at += 1) {
    const from = positiveRemainder(end - WINDOW + at, left.length);
    const l = left[from] ?? 0;
    const r = right[from] ?? 0;
    const mono = (l + r) / 2;
    sum += mono * mono;
    peak = Math.max(peak, Math.abs(mono));
    frame.left[at] = toByte(l);
    frame.right[at] = toByte(r);
    frame.mono[at] = toByte(mono);
  }
  return { ...frame, rms: Math.sqrt(sum / WINDOW), peak };
}

export function silentFrame(): AudioFrame {
  const silence = () => new Uint8Array(WINDOW).fill(128);
  return { mono: silence(), left: silence(), right: silence(), rms: 0, peak: 0 };
}

function toByte(sample: number): number {
  return Math.max(0, Math.min(255, Math.floor(128 * (1 + sample))));
}

/** Goes round and round, also backwards. */
export function positiveRemainder(value: number, divisor: number): number {
  return divisor === 0 ? 0 : ((value % divisor) + divisor) % divisor;
}
