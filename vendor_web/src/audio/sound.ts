/**
 * The music of the live page. What the engines hear is computed from the track's samples at the place where it plays,
 * not taken from an analyser: it is there when nothing sounds, muted, without a gesture and without a sound card.
 * The microphone is never asked for.
 */

import { type AudioFrame, hear } from "./frame";
import { SAMPLE_RATE, type Track } from "./track";

export type SoundState = "idle" | "playing" | "paused";

export class Sound {
  #track: Track | null = null;
  #state: SoundState = "idle";
  #volume: number;
  /** Where in the track the page was at #since; the place goes on from there while it plays. */
  #place = 0;
  #since = 0;
  /** Seconds by whichever clock plays: the sound card's where one runs, which keeps time of its own. */
  #clock = wallClock;
  #context: AudioContext | null = null;
  #gain: GainNode | null = null;
  #source: AudioBufferSourceNode | null = null;
  readonly #changed: () => void;

  constructor(volume: number, changed: () => void) {
    this.#volume = volume;
    this.#changed = changed;
  }

  get state(): SoundState {
    return this.#state;
  }

  get track(): Track | null {
    return this.#track;
  }

  get volume(): number {
    return this.#volume;
  }

  /** Whether a person hears it: browsers wait for a gesture unless told otherwise. */
  get isAudible(): boolean {
    return this.#state === "playing" && this.#context?.state === "running" && this.#volume > 0;
  }

  /** Seconds from the start of the track. */
  get place(): number {
    const played = this.#state === "playing" ? this.#clock() - this.#since : 0;
    return this.#track === null ? 0 : (this.#place + played) % this.#track.seconds;
  }

  /** Plays a track from its start, again and again. */
  play(track: Track): void {
    this.#track = track;
    this.#start(0);
  }

  toggle(): void {
    if (this.#track === null) return;
    if (this.#state === "playing") this.pause();
    else this.#start(this.place);
  }

  pause(): void {
    this.#place = this.place;
    this.#state = "paused";
    this.#silence();
    this.#changed();
  }

  /** From 0 to 1; what the engines hear does not depend on it. */
  setVolume(volume: number): void {
    this.#volume = Math.min(1, Math.max(0, volume));
    if (this.#gain !== null) this.#gain.gain.value = this.#volume;
    this.#changed();
  }

  /** Lets the track sound after a gesture. */
  async wake(): Promise<void> {
    if (this.#context?.state === "suspended") await this.#context.resume();
  }

  /** What is heard in this moment; null while nothing plays. */
  hear(): AudioFrame | null {
    if (this.#track === null || this.#state !== "playing") return null;
    return hear(this.#track, Math.round(this.place * SAMPLE_RATE));
  }

  #start(place: number): void {
    this.#silence();
    const context = this.#openContext();
    this.#clock = context.state === "running" ? () => context.currentTime : wallClock;
    this.#place = place;
    this.#since = this.#clock();
    this.#state = "playing";
    this.#sound(context, place);
    this.#changed();
  }

  #sound(context: AudioContext, place: number): void {
    const track = this.#track as Track;
    const buffer = context.createBuffer(2, track.left.length, SAMPLE_RATE);
    buffer.getChannelData(0).set(track.left);
    buffer.getChannelData(1).set(track.right);
    this.#gain ??= new GainNode(context, { gain: this.#volume });
    this.#gain.connect(context.destination);
    this.#source = new AudioBufferSourceNode(context, { buffer, loop: true });
    this.#source.connect(this.#gain);
    this.#source.start(0, place);
  }

  /** A browser may let it run at once, after a gesture, or never; each time the music goes on from where it is. */
  #openContext(): AudioContext {
    if (this.#context !== null) return this.#context;
    const context = new AudioContext({ sampleRate: SAMPLE_RATE });
    context.addEventListener("statechange", () => {
      if (this.#state === "playing") this.#start(this.place);
    });
    this.#context = context;
    return context;
  }

  #silence(): void {
    this.#source?.stop();
    this.#source?.disconnect();
    this.#source = null;
  }
}

function wallClock(): number {
  return performance.now() / 1000;
}
