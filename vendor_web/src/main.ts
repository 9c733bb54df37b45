/** The page: reads its address, opens stage and pack, publishes its hooks, and shows a person what happens. */

import { Sound } from "./audio/sound";
import { decode, track } from "./audio/track";
import { readAddress } from "./coupled/address";
import { CoupledMode } from "./coupled/coupled";
import { PackError } from "./coupled/manifest";
import { ButterchurnEngine, FULL_MESH, type Mesh } from "./engine/butterchurn";
import { ProjectMEngine } from "./engine/projectm";
import { randomFrom, takeOverMathRandom } from "./engine/random";
import { publishHarvest } from "./hooks/harvest";
import { publishProjectmVerify } from "./hooks/projectm-verify";
import { publishVerify } from "./hooks/verify";
import { keep, kept } from "./kept";
import { Converter } from "./presets/conversion";
import { fetchJson } from "./presets/fetch";
import { Stage } from "./stage";
import { Laboratory } from "./stepped/measure";
import "./style.css";
import { Theatre } from "./theatre";
import { make } from "./view/dom";
import { listen } from "./view/keyboard";
import { Notes } from "./view/notes";
import { Toolbar } from "./view/toolbar";

const VOLUME_KEY = "nw.audio.trackVolume";
const FIRST_VOLUME = 0.8;
const TICK_MS = 100;
/** Without a GPU: a window of 1280 by 720 is then drawn at 320 by 180, some 30 frames a second on two cores. */
const SOFTWARE_SCALE = 0.25;
/** Pairs that cannot be shown are no reason to begin with a black picture. */
const FIRST_TRIES = 5;
const NO_PACK = "The server lists no pack. Name one in the address, ?coupledPack=…, or give the server some to list.";

takeOverMathRandom();
const notes = new Notes();
const errors = collectErrors();
open().catch((error: unknown) => {
  notes.showProblem("page", error instanceof Error ? error.message : String(error));
  document.body.append(notes.element);
  document.documentElement.dataset["ready"] = "false";
});

async function open(): Promise<void> {
  const app = document.querySelector("#app");
  if (app === null) throw new Error("index.html has no #app.");
  const canvas = make("canvas", { id: "viz-canvas" });
  app.append(canvas, notes.element);
  const wanted = readAddress(location.search);
  const converter = new Converter();
  [canvas.width, canvas.height] = [320, 180];
  const mix = { mode: wanted.blend, fgOpacity: 1, bgOpacity: 1, coupling: wanted.coupling };
  const start = (mesh: Mesh) =>
    wanted.projectm === null ? ButterchurnEngine.starter(mesh, converter.convert) : ProjectMEngine.starter(wanted.projectm);
  const stage = await Stage.open(canvas, mix, start(FULL_MESH));
  const scale = wanted.scale ?? (stage.isSoftware ? SOFTWARE_SCALE : 1);
  stage.resize(...pixelsOfWindow(scale));
  const sound = new Sound(keptVolume() ?? 0, () => toolbar?.update());
  const theatre = new Theatre(stage, sound);
  let toolbar: Toolbar | null = null;
  const random = randomFrom(wanted.seed ?? Date.now());
  const coupled = new CoupledMode(wanted, theatre, random, () => toolbar?.update());

  publishVerify(coupled, theatre, publishProjectmVerify(theatre), errors);
  publishHarvest(new Laboratory(start), theatre, (lines) => {
    notes.showSampling(lines);
    // Nothing of it is true of what is measured.
    if (toolbar !== null) toolbar.element.hidden = lines.length > 0;
  });

  const playFrom = (loading: Promise<Awaited<ReturnType<typeof track>>>): void => {
    loading.then(
      (loaded) => {
        if (keptVolume() === null && !loaded.name.startsWith("click track")) sound.setVolume(FIRST_VOLUME);
        sound.play(loaded);
        notes.showProblem("music", null);
      },
      (error: unknown) => notes.showProblem("music", error instanceof Error ? error.message : String(error)),
    );
  };
  const setVolume = (volume: number): void => {
    keep(VOLUME_KEY, String(volume));
    sound.setVolume(volume);
  };
  /** A person's wishes do not pile up behind a pair that is being loaded. */
  const next = (reason: string): void => {
    if (!coupled.isLoading) void coupled.next(reason);
  };
  const back = (): void => {
    if (!coupled.isLoading) void coupled.back();
  };
  let auto = 0;
  toolbar = new Toolbar(coupled, theatre, {
    next: () => next("preset-next"),
    back,
    show: (pair) => void coupled.show(pair, "preset-select"),
    hold: () => coupled.hold(!coupled.isHeld),
    openPack: (name) => void openPack(coupled, name).then((isOpen) => isOpen && coupled.next("pack")),
    loadTrack: (file) => playFrom(file.arrayBuffer().then((bytes) => decode(file.name, bytes))),
    loadTrackFrom: (url) => playFrom(track({ kind: "url", url })),
    toggleSound: () => sound.toggle(),
    setVolume,
    setAuto: (seconds) => {
      clearInterval(auto);
      if (seconds !== null) auto = window.setInterval(() => document.hidden || next("auto"), 1000 * seconds);
    },
  });
  app.append(toolbar.element);
  const shownToolbar = toolbar;
  listen({
    arrowright: () => next("key"),
    arrowleft: back,
    " ": () => coupled.hold(!coupled.isHeld),
    h: () => shownToolbar.toggle(),
    m: () => setVolume(sound.volume > 0 ? 0 : FIRST_VOLUME),
    d: () => {
      notes.diagnostics.hidden = !notes.diagnostics.hidden;
    },
    f: () => void turnFullScreen(),
  });
  for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, () => void sound.wake());
  addEventListener("resize", () => stage.resize(...pixelsOfWindow(scale)));
  canvas.addEventListener("webglcontextlost", () => {
    const reason = "The graphics driver took the page's WebGL context away. Reload the page.";
    theatre.close(reason);
    notes.showProblem("page", reason);
    document.documentElement.dataset["ready"] = "false";
  });

  playFrom(track(wanted.track === null ? { kind: "click" } : { kind: "url", url: wanted.track }));
  theatre.start();
  setInterval(() => {
    shownToolbar.tick();
    notes.tick(theatre, coupled);
  }, TICK_MS);
  if (wanted.problems.length > 0) notes.showProblem("address", `The address asks for what cannot be: ${wanted.problems.join(" ")}`);
  await somethingToSee(theatre);
  document.documentElement.dataset["ready"] = "true";
  await begin(coupled, shownToolbar);
}

/** A frame was on screen; or a measurement, which may come before any frame, keeps the picture from moving. */
async function somethingToSee(theatre: Theatre): Promise<void> {
  try {
    await theatre.nextFrame();
  } catch (error) {
    if (!theatre.isMeasuring) throw error;
  }
}

/** Shows something at once: the pair or the pack that was asked for, or the first pack that the server has. */
async function begin(coupled: CoupledMode, toolbar: Toolbar): Promise<void> {
  const names = await packNames().catch((error: unknown) => {
    if (!(error instanceof PackError)) throw error;
    notes.showProblem("packs", error.message);
    return [];
  });
  toolbar.listPacks(names);
  const { wanted } = coupled;
  const name = wanted.pack ?? (wanted.isOff ? undefined : names[0]);
  if (name === undefined) {
    if (!wanted.isOff) notes.showProblem("pack", NO_PACK);
    return;
  }
  if (!(await openPack(coupled, name))) return;
  if (wanted.pair !== null) {
    await coupled.show(wanted.pair, "start");
    return;
  }
  for (let tries = 0; tries < FIRST_TRIES; tries += 1) {
    if (await coupled.next("start")) return;
  }
}

async function openPack(coupled: CoupledMode, name: string): Promise<boolean> {
  const isOpen = await coupled.open(name);
  notes.showProblem("pack", coupled.problem);
  return isOpen;
}

/** A browser may say no, or not know it at all. */
async function turnFullScreen(): Promise<void> {
  try {
    await (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen());
    notes.showProblem("full screen", null);
  } catch {
    notes.showProblem("full screen", "This browser does not let the page fill the screen.");
  }
}

/** What a person chose before; null where nobody has. */
function keptVolume(): number | null {
  const text = kept(VOLUME_KEY);
  const volume = Number(text);
  return text === null || !Number.isFinite(volume) ? null : Math.min(1, Math.max(0, volume));
}

/** Which packs the server has; servers other than harvest's do not say. */
async function packNames(): Promise<readonly string[]> {
  const listed = (await fetchJson("/presets/packs.json"))?.found;
  const isName = (name: unknown): name is string => typeof name === "string" && name !== "" && name.isWellFormed();
  return Array.isArray(listed) ? listed.filter(isName) : [];
}

/** As many as the window covers, from 64 pixels to 4K, in the window's proportions. */
function pixelsOfWindow(scale: number): [width: number, height: number] {
  const width = innerWidth * devicePixelRatio * scale;
  const height = innerHeight * devicePixelRatio * scale;
  const shrink = Math.min(1, 3840 / width, 2160 / height);
  return [Math.max(64, Math.round(width * shrink)), Math.max(64, Math.round(height * shrink))];
}

/** What went wrong in the page without anybody catching it, for whoever drives it. */
function collectErrors(): readonly string[] {
  const collected: string[] = [];
  const keep = (text: string) => {
    if (collected.length < 100) collected.push(text);
  };
  addEventListener("error", ({ message }) => keep(message));
  addEventListener("unhandledrejection", ({ reason }) => keep(String(reason)));
  return collected;
}
