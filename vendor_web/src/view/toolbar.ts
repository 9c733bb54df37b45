/** The panel at the bottom: which pair is shown and why, what comes next, and the music. */

import type { CoupledMode } from "../coupled/coupled";
import { PICK_MODES } from "../coupled/picking";
import { BLEND_MODES } from "../compose/blend";
import { COUPLING_MODES } from "../compose/coupling";
import type { Theatre } from "../theatre";
import { make, say } from "./dom";

export interface Actions {
  next(): void;
  back(): void;
  show(pair: number): void;
  hold(): void;
  openPack(name: string): void;
  loadTrack(file: File): void;
  loadTrackFrom(url: string): void;
  toggleSound(): void;
  setVolume(volume: number): void;
  setAuto(seconds: number | null): void;
}

const KEYS = [
  ["→", "next"],
  ["←", "back"],
  ["space", "hold"],
  ["M", "mute"],
  ["H", "panel"],
  ["D", "figures"],
  ["F", "full screen"],
] as const;

const AUTO_SECONDS = { least: 5, most: 600, usual: 90 };

export class Toolbar {
  readonly element: HTMLElement;
  readonly #coupled: CoupledMode;
  readonly #theatre: Theatre;
  readonly #fg = make("span", { class: "text" });
  readonly #bg = make("span", { class: "text" });
  readonly #quality = make("meter", { id: "quality", min: 0, max: 1, "aria-label": "Quality" });
  readonly #qualityText = make("span", { class: "figure" });
  readonly #status = make("span", { id: "preset-status", role: "status" });
  readonly #next = make("button", { id: "preset-next", type: "button", title: "Next pair (→)" }, "Next");
  readonly #back = make("button", { id: "preset-prev", type: "button", title: "The pair before (←)" }, "Back");
  readonly #hold = make("button", { id: "visual-hold", type: "button", "aria-pressed": "false", title: "Keep this pair (space)" }, "Hold");
  readonly #pick = select("coupled-pick", "How the next pair is picked", PICK_MODES);
  readonly #packs = select("preset-library-select", "Pack", []);
  readonly #pairs = select("preset-select", "Pair", []);
  readonly #info = make("span", { id: "preset-manifest-info", class: "text dim" });
  readonly #auto = make("input", { id: "preset-auto-toggle", type: "checkbox" });
  readonly #autoSeconds = make("input", {
    id: "preset-auto-interval",
    type: "number",
    min: AUTO_SECONDS.least,
    max: AUTO_SECONDS.most,
    value: AUTO_SECONDS.usual,
    "aria-label": "Seconds between pairs",
  });
  readonly #blend = select("pm-blend-mode", "How the foreground lies over the background", BLEND_MODES);
  readonly #opacity = make("input", { id: "pm-opacity", type: "range", min: 0, max: 1, step: 0.01, "aria-label": "Opacity of the foreground" });
  readonly #coupling = select("coupling3d", "Depth", COUPLING_MODES);
  readonly #toggle = make("button", { id: "audio-toggle", type: "button", disabled: true }, "Play");
  readonly #file = make("input", { id: "audio-file", type: "file", accept: "audio/*", "aria-label": "File of a track" });
  readonly #url = make("input", { id: "audio-url", type: "text", placeholder: "address of a track", "aria-label": "Address of a track" });
  readonly #urlLoad = make("button", { id: "audio-url-load", type: "button" }, "Load");
  readonly #volume = make("input", { id: "audio-volume", type: "range", min: 0, max: 100, "aria-label": "Volume" });
  readonly #level = make("meter", { id: "audio-level", min: 0, max: 1, "aria-label": "Level" });
  readonly #levelText = make("span", { id: "audio-level-text", class: "figure" });
  readonly #time = make("span", { id: "audio-time", class: "figure" });
  readonly #audioStatus = make("span", { id: "audio-status", class: "text" });
  readonly #body: HTMLElement;

  constructor(coupled: CoupledMode, theatre: Theatre, actions: Actions) {
    this.#coupled = coupled;
    this.#theatre = theatre;
    this.#body = this.#build();
    const toggle = make("button", { id: "toolbar-toggle", type: "button", "aria-expanded": "true", title: "Hide the panel (H)" }, "Hide");
    toggle.addEventListener("click", () => this.toggle());
    this.element = make("section", { id: "toolbar", "aria-label": "Controls" }, toggle, this.#body);
    this.#bind(actions);
    this.update();
  }

  /** Hides the panel, or shows it again. */
  toggle(): void {
    this.#body.hidden = !this.#body.hidden;
    const toggle = this.element.querySelector("#toolbar-toggle") as HTMLElement;
    toggle.setAttribute("aria-expanded", String(!this.#body.hidden));
    say(toggle, this.#body.hidden ? "Show" : "Hide");
  }

  listPacks(names: readonly string[]): void {
    this.#packs.replaceChildren(...names.map((name) => make("option", { value: name }, name)));
    if (!this.#coupled.isEnabled) this.#packs.value = ""; // none of them is open: each can be chosen
    this.update();
  }

  /** Shows what is, after anything but the passing of time. */
  update(): void {
    this.#updatePair();
    this.#updateSound();
    this.#updateWishes();
  }

  /** Shows what changes with time. */
  tick(): void {
    const { heard, sound } = this.#theatre;
    this.#level.value = Math.min(1, 2 * (heard?.rms ?? 0));
    say(this.#levelText, heard === null ? "–" : heard.rms.toFixed(2));
    say(this.#time, clock(sound.place));
  }

  #updatePair(): void {
    const { lastPick, status, pack, isLoading, isHeld } = this.#coupled;
    const { shown } = this.#theatre.stage;
    sayWhole(this.#fg, fileName(shown.fg?.url));
    sayWhole(this.#bg, fileName(shown.bg?.url));
    const quality = lastPick?.quality01 ?? null;
    this.#quality.value = quality ?? 0;
    say(this.#qualityText, quality === null ? "no score" : quality.toFixed(2));
    sayWhole(this.#status, status.text);
    this.#status.dataset["state"] = status.state;
    this.#next.disabled = isLoading || isHeld || !this.#coupled.isEnabled;
    this.#back.disabled = isLoading || !this.#coupled.canGoBack;
    this.#hold.setAttribute("aria-pressed", String(isHeld));
    sayWhole(this.#info, this.#coupled.problem ?? (pack === null ? "no pack" : `${pack.pairs.length.toLocaleString("en")} pairs`));
    if (pack !== null) this.#listPairs(pack.pairs.map(({ pair }) => pair));
    this.#pairs.value = lastPick === null || lastPick.pack !== pack?.name ? "" : String(lastPick.pair);
  }

  #listPairs(pairs: readonly number[]): void {
    if (this.#pairs.options.length === pairs.length && this.#packs.value === this.#coupled.pack?.name) return;
    const name = this.#coupled.pack?.name ?? "";
    if (![...this.#packs.options].some(({ value }) => value === name)) this.#packs.append(make("option", { value: name }, name));
    this.#packs.value = name;
    this.#pairs.replaceChildren(...pairs.map((pair) => make("option", { value: pair }, String(pair))));
  }

  #updateSound(): void {
    const { sound } = this.#theatre;
    this.#toggle.disabled = sound.track === null;
    say(this.#toggle, sound.state === "playing" ? "Pause" : "Play");
    this.#volume.value = String(Math.round(100 * sound.volume));
    const why = sound.volume === 0 ? " (muted)" : sound.state === "playing" && !sound.isAudible ? " (click anywhere to hear it)" : "";
    sayWhole(this.#audioStatus, `${sound.track?.name ?? "no music"}${why}`);
    this.#audioStatus.dataset["audioState"] = sound.state;
  }

  #updateWishes(): void {
    const { mix } = this.#theatre.stage;
    this.#pick.value = this.#coupled.pickMode;
    this.#blend.value = mix.mode;
    this.#opacity.value = String(mix.fgOpacity);
    this.#coupling.value = mix.coupling.mode;
  }

  #build(): HTMLElement {
    return make(
      "div",
      { id: "toolbar-body" },
      make(
        "div",
        { class: "group" },
        row("Pair", this.#pairs, this.#quality, this.#qualityText),
        row("Front", this.#fg),
        row("Back", this.#bg),
        make("div", { class: "row two-lines" }, this.#status),
      ),
      make(
        "div",
        { class: "group" },
        row("Go", this.#back, this.#hold, this.#next),
        row("Pick", this.#pick, labelled("auto", this.#auto), this.#autoSeconds, "s"),
        row("Pack", this.#packs, this.#info),
        row("Blend", this.#blend, this.#opacity),
        row("Depth", this.#coupling),
      ),
      make(
        "div",
        { class: "group" },
        row("Music", this.#toggle, this.#time, this.#level, this.#levelText),
        row("Track", this.#audioStatus),
        row("Volume", this.#volume),
        row("File", this.#file),
        row("Address", this.#url, this.#urlLoad),
      ),
      make("p", { class: "keys" }, ...KEYS.map(([key, does]) => make("span", {}, make("kbd", {}, key), ` ${does}`))),
    );
  }

  #bind(actions: Actions): void {
    const { mix } = this.#theatre.stage;
    const setMix = (change: Partial<typeof mix>) => {
      this.#theatre.stage.mix = { ...this.#theatre.stage.mix, ...change };
      this.update();
    };
    const auto = () => actions.setAuto(this.#auto.checked ? secondsOf(this.#autoSeconds) : null);
    on(this.#next, "click", actions.next);
    on(this.#back, "click", actions.back);
    on(this.#hold, "click", actions.hold);
    on(this.#toggle, "click", actions.toggleSound);
    on(this.#auto, "change", auto);
    on(this.#autoSeconds, "change", auto);
    on(this.#pick, "change", () => {
      this.#coupled.pickMode = PICK_MODES.find((mode) => mode === this.#pick.value) ?? "random";
    });
    on(this.#packs, "change", () => actions.openPack(this.#packs.value));
    on(this.#pairs, "change", () => actions.show(Number(this.#pairs.value)));
    on(this.#blend, "change", () => setMix({ mode: BLEND_MODES.find((mode) => mode === this.#blend.value) ?? "screen" }));
    on(this.#opacity, "input", () => setMix({ fgOpacity: Number(this.#opacity.value) }));
    on(this.#coupling, "change", () => {
      const mode = COUPLING_MODES.find((each) => each === this.#coupling.value) ?? "off";
      setMix({ coupling: { ...this.#theatre.stage.mix.coupling, mode } });
    });
    on(this.#volume, "input", () => actions.setVolume(Number(this.#volume.value) / 100));
    on(this.#file, "change", () => {
      const file = this.#file.files?.[0];
      if (file !== undefined) actions.loadTrack(file);
    });
    on(this.#urlLoad, "click", () => actions.loadTrackFrom(this.#url.value));
  }
}

function on(element: HTMLElement, event: string, act: () => void): void {
  element.addEventListener(event, act);
}

function select(id: string, label: string, choices: readonly string[]): HTMLSelectElement {
  return make("select", { id, title: label, "aria-label": label }, ...choices.map((choice) => make("option", { value: choice }, choice)));
}

function row(label: string, ...controls: readonly (Node | string)[]): HTMLElement {
  return make("div", { class: "row" }, make("span", { class: "label" }, label), ...controls);
}

/** A text that may be cut: hovering over it shows all of it. */
function sayWhole(element: HTMLElement, text: string): void {
  say(element, text);
  if (element.title !== text) element.title = text;
}

function labelled(text: string, control: HTMLElement): HTMLElement {
  return make("label", {}, make("span", { class: "label" }, text), control);
}

function secondsOf(input: HTMLInputElement): number {
  const seconds = Number(input.value);
  return Math.min(AUTO_SECONDS.most, Math.max(AUTO_SECONDS.least, Number.isFinite(seconds) ? seconds : AUTO_SECONDS.usual));
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

/** As a person would write it; an address that is not properly encoded stays as it is. */
function fileName(url: string | undefined): string {
  if (url === undefined) return "nothing yet";
  const name = url.slice(url.lastIndexOf("/") + 1);
  try {
    return decodeURIComponent(name);
  } catch (error) {
    if (error instanceof URIError) return name;
    throw error;
  }
}
