// Imitates newliveweb's page: its elements, hooks, storage and habits, and on demand (`?defects=…`) each of its defects.
const query = new URLSearchParams(location.search);
const defects = new Set((query.get('defects') ?? '').split(','));
const has = (defect) => defects.has(defect);
const element = (id) => document.getElementById(id);
const SHUFFLE_KEY = 'nw.coupledPairs.shuffleState.v0';
const LIBRARY_PRESET = '/presets/library.milk';
const WATCHDOG_MS = 1500;

window.__projectm_verify = { initialized: false, framesRendered: 0, aborted: false, abortReason: null, perPm: {} };
const tell = (facts) => {
  window.__projectm_verify = { ...window.__projectm_verify, ...facts };
};

// --- engines ---

let loads = 0;

class Engine {
  constructor(layer) {
    this.layer = layer;
    this.canvas = Object.assign(document.createElement('canvas'), { id: 'canvas', width: 64, height: 36 });
    this.canvas.style.cssText = 'position:absolute;left:-9999px;top:0';
    document.body.append(this.canvas);
    this.tiny = new OffscreenCanvas(8, 8).getContext('2d', { willReadFrequently: true });
    this.texts = new Map();
    this.hasFailed = false;
    this.frames = 0;
    this.sampledAt = 0;
    this.samples = 0;
  }

  async init() {
    const onAbort = (reason) => {
      this.hasFailed = true;
      tell({ aborted: true, abortReason: String(reason), initialized: false });
    };
    this.module = await window.createProjectMModule({ canvas: this.canvas, onAbort });
    // As newliveweb looks for it: among the module's own values.
    this.memory = Object.getOwnPropertyNames(this.module)
      .map((name) => this.module[name])
      .find((value) => value instanceof WebAssembly.Memory);
  }

  async load(url) {
    if (this.hasFailed) return;
    if (!this.texts.has(url)) {
      const response = await fetch(url, { cache: 'force-cache' });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      this.texts.set(url, await response.text());
    }
    await nextFrame();
    loads += 1;
    tell({ presetLoadLast: { token: loads, url } });
    this.module.load(this.texts.get(url));
  }

  render(heard, now) {
    if (this.hasFailed || (has('fg-stops') && this.layer === 'fg' && now - (watchedSince ?? now) > 1000)) return;
    let samples = 0;
    if (this.memory) {
      new Float32Array(this.memory.buffer).set(heard);
      samples = heard.length;
    }
    this.module.render(samples, this.frames);
    this.frames += 1;
    if (now - this.sampledAt >= 500) this.sample(now);
    if (!has('frozen') || lastPick === null) tell({ framesRendered: this.frames });
    tell({ lastRenderTimeMs: now, lastAudioSamplesPerChannel: samples, lastAudioCopyOk: samples > 0 });
  }

  sample(now) {
    this.sampledAt = now;
    this.samples += 1;
    this.tiny.clearRect(0, 0, 8, 8);
    this.tiny.drawImage(this.canvas, 0, 0, 8, 8);
    const { data } = this.tiny.getImageData(0, 0, 8, 8);
    let sum = 0;
    for (let at = 0; at < data.length; at += 4) sum += 0.2126 * data[at] + 0.7152 * data[at + 1] + 0.0722 * data[at + 2];
    const figures = { avgLuma: sum / (64 * 255) + (has('false-figures') ? 0.05 : 0), avgLumaSampleCount: this.samples, avgLumaLastSampleMs: now };
    tell({ perPm: { ...window.__projectm_verify.perPm, [this.layer]: figures } });
  }
}

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));
const fg = new Engine('fg');
const bg = new Engine('bg');

// --- sound ---

const sound = { context: null, analyser: null, element: null, source: 'none', name: '' };
const isMute = () =>
  has('silent') ||
  (has('silent-track') && !sound.name.startsWith('harvest-click')) ||
  (has('silent-once') && !sessionStorage.getItem('loaded-again'));

function play(file) {
  sound.context ??= new AudioContext();
  sound.analyser ??= new AnalyserNode(sound.context, { fftSize: 2048 });
  sound.element?.pause();
  sound.element = new Audio(URL.createObjectURL(file));
  sound.element.loop = true;
  sound.context.createMediaElementSource(sound.element).connect(sound.analyser);
  Object.assign(sound, { source: 'track', name: file.name });
  void sound.element.play().then(showSound);
}

function showSound() {
  element('audio-toggle').disabled = false;
  const isPlaying = sound.element !== null && !sound.element.paused;
  element('audio-toggle').textContent = sound.source === 'stream' ? 'Track' : isPlaying ? 'Pause' : 'Play';
  element('audio-status').textContent = sound.name;
}

const wave = new Float32Array(2048);
const emphasised = new Float32Array(512);

function hear() {
  if (sound.analyser === null || sound.source !== 'track' || isMute()) wave.fill(0);
  else sound.analyser.getFloatTimeDomainData(wave);
  let before = 0;
  let sum = 0;
  let peak = 0;
  for (let at = 0; at < 512; at += 1) {
    const value = wave[4 * at] - 0.97 * before;
    before = wave[4 * at];
    emphasised[at] = value;
    sum += value * value;
    peak = Math.max(peak, Math.abs(value));
  }
  tell({ lastAudioRms: Math.sqrt(sum / 512), lastAudioPeak: peak });
  return emphasised;
}

element('audio-file').addEventListener('change', () => play(element('audio-file').files[0]));
element('audio-toggle').addEventListener('click', () => {
  if (sound.element.paused) void sound.element.play().then(showSound);
  else sound.element.pause();
  showSound();
});
// The first gesture hands the input to the microphone, unless the storage says otherwise.
const onGesture = () => {
  if ((localStorage.getItem('nw.audio.preferredSource') ?? 'input') !== 'input') return;
  sound.element?.pause();
  Object.assign(sound, { source: 'stream', name: 'microphone' });
  showSound();
};
addEventListener('pointerdown', onGesture, { once: true });
addEventListener('keydown', onGesture, { once: true });

// --- coupled mode ---

const pack = query.get('coupled') ? query.get('coupledPack') : null;
const manifestFile = query.get('coupledManifest') ?? 'pairs-manifest.v0.json';
let manifest = null;
let lastPick = null;
let isHeld = has('held');
let isLoading = false;
let watchedSince = null;
let told = { fg: null, bg: null };
let walked = null;

const say = (text, state = 'ok') => {
  element('preset-status').textContent = text;
  element('preset-status').dataset.state = state;
};
const update = () => {
  element('preset-next').disabled = isHeld || isLoading;
  element('visual-hold').setAttribute('aria-pressed', String(isHeld));
};
const publishIds = () => tell({ presetIdFg: told.fg ?? 'fg:unknown', presetIdBg: told.bg ?? 'bg:unknown' });

async function coupledInit() {
  if (pack === null) return false;
  const response = await fetch(`/presets/${pack}/${manifestFile}`, { cache: 'no-store' });
  const found = await response.json();
  manifest = found.pack === pack ? found : null;
  return manifest !== null;
}

function pickIndex() {
  const { length } = manifest.pairs;
  if (has('random') || query.get('coupledPick') !== 'shuffle') return Math.floor(Math.random() * length);
  const kept = JSON.parse(localStorage.getItem(SHUFFLE_KEY) ?? 'null');
  const fits = kept?.pack === pack && kept.len === length && kept.order?.length === length;
  const state = (has('own-order') ? walked : null) ?? (fits ? kept : { order: manifest.pairs.map((_, at) => at), pos: 0 });
  const index = state.order[state.pos % length];
  // On from the end it goes the same way again.
  const next = { v: 0, pack, len: length, pos: (state.pos % length) + 1, order: state.order, updatedAt: Date.now(), seededBy: 'page' };
  walked = next;
  localStorage.setItem(SHUFFLE_KEY, JSON.stringify(next));
  return index;
}

async function next() {
  if (isHeld) return say('HOLD: preset locked');
  if (isLoading) return say('Preset switch in progress…');
  isLoading = true;
  update();
  try {
    if (manifest === null && !(await coupledInit())) return say('Coupled pairs not ready', 'error');
    const picked = manifest.pairs[pickIndex()];
    say(`Coupled (shuffle) loading pair ${picked.pair} ...`);
    if (has('early')) lastPick = { timeMs: performance.now(), pair: picked.pair };
    if (has('early')) await new Promise((resolve) => setTimeout(resolve, 700));
    await Promise.all([fg.load(picked.fgUrl), bg.load(picked.bgUrl)]);
    told = { fg: picked.fgUrl, bg: picked.bgUrl };
    publishIds();
    if (!has('early')) lastPick = { timeMs: performance.now(), pair: picked.pair };
    say(`Coupled pair: ${picked.pair}`);
    watchedSince = performance.now();
  } catch (error) {
    say(`Failed to load coupled pair: ${error.message}`, 'error');
  } finally {
    isLoading = false;
    update();
  }
}

/** The watchman finds the picture dull, and loads something from the library. */
async function reroll() {
  watchedSince = null;
  isLoading = true;
  update();
  say('Random preset stalled; rerolling (luma-out) ...');
  await Promise.all([fg.load(LIBRARY_PRESET), bg.load(LIBRARY_PRESET)]);
  if (!has('lying')) told = { fg: LIBRARY_PRESET, bg: LIBRARY_PRESET };
  publishIds();
  isLoading = false;
  update();
}

element('preset-next').addEventListener('click', () => void next());
element('visual-hold').addEventListener('click', () => {
  isHeld = !isHeld;
  say(isHeld ? 'HOLD: preset locked' : 'Preset ready');
  update();
});

const coupledIds = (layer) => (manifest && lastPick ? `coupled:${pack}:${lastPick.pair}:${layer}` : told[layer]);
window.__nw_verify = {
  ...window.__nw_verify,
  ready: true,
  getVerifyState: () => ({
    projectmVerify: window.__projectm_verify,
    lastRandomIds: null,
    presetIds: { fg: coupledIds('fg'), bg: coupledIds('bg') },
    coupled: {
      enabled: manifest !== null,
      pack: manifest && pack,
      pickMode: manifest && (query.get('coupledPick') ?? 'random'),
      lastPick,
    },
  }),
  actions: {
    coupledInit,
    coupledNext: async () => {
      const picking = next();
      if (!has('early')) await picking;
      return lastPick !== null;
    },
  },
};

// --- the show ---

const composed = element('viz-canvas').getContext('2d');

function draw(now) {
  requestAnimationFrame(draw);
  const heard = hear();
  bg.render(heard, now);
  fg.render(heard, now);
  composed.globalAlpha = 1;
  composed.drawImage(bg.canvas, 0, 0, 160, 90);
  composed.globalAlpha = 0.7;
  composed.drawImage(fg.canvas, 0, 0, 160, 90);
  const isDue = watchedSince !== null && now - watchedSince > WATCHDOG_MS;
  if (has('watchdog') && isDue && !isLoading && (!isHeld || has('watchdog-never-held'))) void reroll();
  if (has('busy') && !isLoading && Math.floor(now / 1000) % 2) void busy();
}

/** Something else is being loaded, and nobody who asks meanwhile is told so. */
async function busy() {
  isLoading = true;
  await new Promise((resolve) => setTimeout(resolve, 400));
  isLoading = false;
}

await Promise.all([fg.init(), bg.init()]);
tell({ initialized: true });
publishIds();
setInterval(publishIds, 1000);
if (has('slow-start')) {
  isLoading = true;
  setTimeout(() => {
    isLoading = false;
    update();
  }, 2000);
}
update();
requestAnimationFrame(draw);
if (!has('off') && pack !== null) await coupledInit();
sessionStorage.setItem(sessionStorage.getItem('loaded') ? 'loaded-again' : 'loaded', 'yes');
