/** The live show: a stage on the visible canvas, drawn with every animation frame, moved by the music. */

import { type AudioFrame, silentFrame } from "./audio/frame";
import type { Sound } from "./audio/sound";
import { EngineError, type LoadedPreset } from "./engine/engine";
import type { PerLayer, Stage } from "./stage";

/** A frame that took longer, in a hidden page say, counts as so many seconds: engines jump otherwise. */
const LONGEST = 1 / 15;
const SHORTEST = 1 / 240;
const RATE_WINDOW_MS = 1000;
const FRAMES_TIMED = 240;
const MEASURING = "A measurement is running: the live picture stands still.";
const HIDDEN = "The page is hidden: nothing comes on screen.";

interface Waiting {
  readonly frame: number;
  readonly tell: () => void;
  readonly giveUp: (reason: string) => void;
  /** Whether it also waits for a hidden page to be seen again. */
  readonly isPatient: boolean;
}

export class Theatre {
  readonly stage: Stage;
  readonly sound: Sound;
  /** Of the last frame drawn. */
  heard: AudioFrame | null = null;
  lastFrameMs = 0;
  /** Null until it has been drawn for a second. */
  framesPerSecond: number | null = null;
  /** Who waits for a frame to have been on screen, and for which. */
  #waiting: Waiting[] = [];
  /** Why nothing can be shown at present, if so. */
  #closed: string | null = null;
  #measurements = 0;
  #request = 0;
  #windowStart = 0;
  #windowFrames = 0;
  readonly #durations: number[] = [];
  #intensity = 0;

  constructor(stage: Stage, sound: Sound) {
    this.stage = stage;
    this.sound = sound;
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.#giveUp(HIDDEN, ({ isPatient }) => !isPatient);
    });
  }

  /** How intense the music is: what it has of bass and level, smoothed over half a second. Null while none plays. */
  get intensity01(): number | null {
    return this.heard === null ? null : this.#intensity;
  }

  /** Of the last 240 frames, as newliveweb counts them. */
  get frameTimeP95Ms(): number | null {
    const sorted = [...this.#durations].sort((a, b) => a - b);
    return sorted[Math.floor(0.95 * sorted.length)] ?? null;
  }

  /** Draws from now on, until stopped. */
  start(): void {
    if (this.#request !== 0) return;
    this.lastFrameMs = performance.now();
    this.#windowStart = 0;
    this.#request = requestAnimationFrame(this.#onFrame);
  }

  /** Stops for good: whoever waits for a frame is told that none will come. */
  close(reason: string): void {
    this.#closed = reason;
    this.#stop(reason);
  }

  /** Stands still during some work that the show would disturb; the next pair makes it go on. */
  async standStill<T>(work: () => Promise<T>): Promise<T> {
    this.#measurements += 1;
    this.#stop(MEASURING);
    try {
      return await work();
    } finally {
      this.#measurements -= 1;
    }
  }

  get isRunning(): boolean {
    return this.#request !== 0;
  }

  get isMeasuring(): boolean {
    return this.#measurements > 0;
  }

  /** Waits until the next frame has been drawn and shown, however long the page is hidden. */
  async nextFrame(): Promise<void> {
    await this.#frameShown(true);
  }

  /**
   * Switches to a pair, and tells on the performance clock when its first frame had been drawn and shown.
   * Throws StageError for a preset that cannot be shown, EngineError while nothing can.
   */
  async show(pair: PerLayer<LoadedPreset>): Promise<number> {
    this.#beOpen();
    const ready = await this.stage.prepare(pair);
    this.#beOpen();
    this.start();
    this.stage.clear(1 / 60);
    ready.show();
    return this.#frameShown(false);
  }

  #beOpen(): void {
    const reason = this.#closed ?? (this.isMeasuring ? MEASURING : document.hidden ? HIDDEN : null);
    if (reason !== null) throw new EngineError(reason);
  }

  /** Tells when the next frame was on screen, on the performance clock. */
  #frameShown(isPatient: boolean): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        frame: this.stage.frames + 1,
        tell: () => resolve(performance.now()),
        giveUp: (reason) => reject(new EngineError(reason)),
        isPatient,
      });
    });
  }

  #stop(reason: string): void {
    cancelAnimationFrame(this.#request);
    this.#request = 0;
    this.#giveUp(reason, () => true);
  }

  #giveUp(reason: string, whom: (waiting: Waiting) => boolean): void {
    const disappointed = this.#waiting.filter(whom);
    this.#waiting = this.#waiting.filter((each) => !whom(each));
    for (const { giveUp } of disappointed) giveUp(reason);
  }

  readonly #onFrame = (now: number): void => {
    this.#request = requestAnimationFrame(this.#onFrame);
    this.#tellWhoWaits();
    if (this.stage.gl.isContextLost()) return;
    this.#durations.push(now - this.lastFrameMs);
    if (this.#durations.length > FRAMES_TIMED) this.#durations.shift();
    const seconds = Math.min(LONGEST, Math.max(SHORTEST, (now - this.lastFrameMs) / 1000));
    this.lastFrameMs = now;
    this.heard = this.sound.hear();
    this.#feel(seconds);
    this.stage.step(seconds, this.heard ?? silentFrame());
    this.stage.compose();
    this.#count(now);
  };

  /** The callback after a frame's own is the first proof that the frame went to the screen. */
  #tellWhoWaits(): void {
    const isShown = ({ frame }: { readonly frame: number }) => frame <= this.stage.frames;
    for (const { tell } of this.#waiting.filter(isShown)) tell();
    this.#waiting = this.#waiting.filter((each) => !isShown(each));
  }

  #feel(seconds: number): void {
    const now = Math.min(1, 3 * (this.heard?.rms ?? 0));
    this.#intensity += (now - this.#intensity) * Math.min(1, 2 * seconds);
  }

  #count(now: number): void {
    if (this.#windowStart === 0) this.#windowStart = now;
    else this.#windowFrames += 1;
    if (now - this.#windowStart < RATE_WINDOW_MS) return;
    this.framesPerSecond = (this.#windowFrames * 1000) / (now - this.#windowStart);
    this.#windowStart = now;
    this.#windowFrames = 0;
  }
}
