// Reads what newliveweb draws as it draws it, asks it for pairs, and tells what it says of itself.
() => {
  const WIDTH = 32;
  const HEIGHT = 18;
  const LAYERS = ['fg', 'bg'];
  const SHUFFLE_KEY = 'nw.coupledPairs.shuffleState.v0';
  const REASK_MS = 500;
  const SETTLING_FRAMES = 5; // where they are slow, time alone would settle nothing
  const THUMBNAIL_WIDTH = 320;
  const hooks = () => window.__nw_verify ?? {};
  // The page replaces this object with every write.
  const engine = () => window.__projectm_verify ?? {};
  const coupled = () => hooks().getVerifyState?.().coupled ?? {};
  const text = (selector) => document.querySelector(selector)?.textContent?.trim() ?? null;

  // --- frames: each look is called last in its frame, for only then can all canvases be read ---

  const looks = new Set();
  const channel = new MessageChannel();
  // Whatever asks for a frame within one stands before those who ask after it.
  channel.port1.onmessage = () => requestAnimationFrame(onFrame);
  let drawn = -1;
  let aborts = 0;
  let isAborted = false;
  let abortReason = null;

  function onFrame(now) {
    channel.port2.postMessage(null);
    const { framesRendered = -1, aborted = false } = engine();
    const isNew = framesRendered !== drawn;
    // An engine that is built anew after an abort counts from nothing, and the abort is forgotten.
    const isRebuilt = drawn > 10 && framesRendered >= 0 && framesRendered < 5;
    if ((aborted && !isAborted) || isRebuilt) {
      aborts += 1;
      abortReason = engine().abortReason ?? 'an engine was built anew';
    }
    isAborted = Boolean(aborted);
    drawn = framesRendered;
    tellApart();
    for (const look of [...looks]) look(now, isNew);
  }
  requestAnimationFrame(onFrame);

  // Calls `look` with every frame until it returns something.
  const eachFrame = (look) =>
    new Promise((resolve, reject) => {
      const each = (now, isNew) => {
        try {
          const found = look(now, isNew);
          if (found === undefined) return;
          resolve(found);
        } catch (error) {
          reject(error);
        }
        looks.delete(each);
      };
      looks.add(each);
    });

  const someFrames = (count, until) => {
    let left = count;
    return eachFrame((now, isNew) => {
      if (isNew) left -= 1;
      return left <= 0 || performance.now() > until ? left <= 0 : undefined;
    });
  };

  // --- pictures ---

  const context = (width, height) => {
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    return canvas.getContext('2d', { willReadFrequently: true, alpha: false });
  };
  const small = context(WIDTH, 3 * HEIGHT);
  small.imageSmoothingQuality = 'high';
  // Made as the page makes its own, so that both see the same.
  const tiny = new OffscreenCanvas(8, 8).getContext('2d', { willReadFrequently: true });
  const owners = { fg: null, bg: null };
  const counts = { fg: null, bg: null };
  const countedAt = { fg: null, bg: null };

  // Both engines' canvases bear one id. The page's own figure of a layer, taken in this frame, tells whose is which.
  function tellApart() {
    for (const layer of LAYERS) {
      const figures = engine().perPm?.[layer];
      const count = figures?.avgLumaSampleCount ?? null;
      if (count === counts[layer]) continue;
      counts[layer] = count;
      countedAt[layer] = performance.now();
      const alike = [...document.querySelectorAll('[id="canvas"]')].filter(
        (canvas) => Math.abs(meanLuma(canvas) - figures.avgLuma) < 1e-6,
      );
      if (alike.length === 1) owners[layer] = alike[0];
    }
  }

  function meanLuma(canvas) {
    tiny.clearRect(0, 0, 8, 8);
    tiny.drawImage(canvas, 0, 0, 8, 8);
    const { data } = tiny.getImageData(0, 0, 8, 8);
    let sum = 0;
    for (let at = 0; at < data.length; at += 4) {
      sum += 0.2126 * data[at] + 0.7152 * data[at + 1] + 0.0722 * data[at + 2];
    }
    return sum / (64 * 255);
  }

  const areToldApart = () => {
    if (hooks().readLayers) return true;
    const areThere = LAYERS.every((layer) => owners[layer]?.isConnected);
    return areThere && owners.fg !== owners.bg;
  };

  // Foreground, background and composition one below the other, red-green-blue.
  function pictures() {
    const read = hooks().readLayers?.(WIDTH, HEIGHT);
    if (read) return joined([read.fg, read.bg, read.composed]);
    const views = [owners.fg, owners.bg, document.querySelector('#viz-canvas')];
    views.forEach((canvas, at) => small.drawImage(canvas, 0, at * HEIGHT, WIDTH, HEIGHT));
    const { data } = small.getImageData(0, 0, WIDTH, 3 * HEIGHT);
    const colours = new Uint8Array((data.length / 4) * 3);
    for (let from = 0, to = 0; from < data.length; from += 4) {
      colours[to++] = data[from];
      colours[to++] = data[from + 1];
      colours[to++] = data[from + 2];
    }
    return colours;
  }

  function thumbnail() {
    const source = document.querySelector('#viz-canvas');
    const scale = Math.min(1, THUMBNAIL_WIDTH / source.width);
    const copy = context(Math.max(1, Math.round(source.width * scale)), Math.max(1, Math.round(source.height * scale)));
    copy.imageSmoothingQuality = 'high';
    copy.drawImage(source, 0, 0, copy.canvas.width, copy.canvas.height);
    return new Promise((resolve) => copy.canvas.toBlob(resolve, 'image/webp', 0.8));
  }

  // --- what the page says of itself ---

  const shown = () => {
    const { presetIdFg = null, presetIdBg = null, presetLoadLast = null } = engine();
    const pick = coupled().lastPick ?? null;
    return {
      fg: presetIdFg,
      bg: presetIdBg,
      pair: pick?.pair ?? null,
      pickedAt: pick?.timeMs ?? null,
      loads: presetLoadLast && `${presetLoadLast.token} ${presetLoadLast.url}`,
      status: text('#preset-status'),
      framesRendered: engine().framesRendered ?? null,
      aborts,
      abortReason,
    };
  };

  // What the engines hear: where they say that nothing arrives, nothing does.
  const hearing = () => {
    const { trueAudioRms, lastAudioRms, trueAudioPeak, lastAudioPeak, lastAudioCopyOk } = engine();
    return {
      rms: Number(trueAudioRms ?? lastAudioRms) || 0,
      peak: Number(trueAudioPeak ?? lastAudioPeak) || 0,
      reaches: lastAudioCopyOk ?? null,
      toggle: text('#audio-toggle'),
      status: text('#audio-status'),
    };
  };

  const facts = () => {
    const { actions = {}, harvestVersion = null, sampleCoupledPicks, readLayers } = hooks();
    const has = (value) => typeof value === 'function';
    return {
      harvestVersion,
      coupledInit: has(actions.coupledInit),
      coupledNext: has(actions.coupledNext),
      coupledShow: has(actions.coupledShow),
      sampleCoupledPicks: has(sampleCoupledPicks),
      picksAreDetailed: coupled().lastPick?.quality01 !== undefined,
      pickMode: coupled().pickMode ?? null,
      tellsPresets: engine().presetIdFg !== undefined,
      tellsLoads: engine().presetLoadLast !== undefined,
      tellsLayerFigures: engine().perPm?.fg?.avgLumaSampleCount !== undefined,
      tellsTrueAudio: engine().trueAudioRms !== undefined,
      tellsAudioCopy: engine().lastAudioCopyOk !== undefined,
      readsLayers: has(readLayers),
      canHold: document.querySelector('#visual-hold') !== null,
      hasLiquid: document.querySelector('#layer-liquid-enabled') !== null,
    };
  };

  // --- what the page is told; clicks are the script's own, no pointer's, which would open the microphone ---

  const setChecked = (selector, isChecked) => {
    const box = document.querySelector(selector);
    if (!box || box.checked === isChecked) return;
    box.checked = isChecked;
    box.dispatchEvent(new Event('change', { bubbles: true }));
  };

  const isHeld = () => {
    const button = document.querySelector('#visual-hold');
    return button?.getAttribute('aria-pressed') === 'true' || button?.dataset.active === '1';
  };
  const hold = (wanted) => {
    if (isHeld() !== wanted) document.querySelector('#visual-hold')?.click();
  };

  function settle({ withoutLiquid }) {
    setChecked('#preset-auto-toggle', false);
    if (withoutLiquid) setChecked('#layer-liquid-enabled', false);
    // The page may have put another object in the place of the one that was left for it.
    window.__nw_verify = Object.assign(hooks(), { forcePresetGateOpen: true, disableAutoAudio: true });
  }

  const drawing = (limitMs) => {
    const until = performance.now() + limitMs;
    return eachFrame(() => {
      const { initialized, framesRendered, aborted } = engine();
      if (initialized && framesRendered >= 10 && !aborted) return true;
      return performance.now() > until ? false : undefined;
    });
  };

  async function couple({ pack, limitMs }) {
    const until = performance.now() + limitMs;
    const isOn = () => Boolean(coupled().enabled) && coupled().pack === pack;
    const wasOn = isOn();
    await hooks().actions?.coupledInit?.('harvest');
    const isCoupled = await eachFrame(() => isOn() || (performance.now() > until ? false : undefined));
    return { wasOn, isCoupled, status: text('#preset-status') };
  }

  async function play({ limitMs, audible }) {
    const volume = document.querySelector('#audio-volume');
    if (volume) {
      volume.value = '100';
      volume.dispatchEvent(new Event('input', { bubbles: true }));
    }
    for (const each of window.__harvestAudioContexts ?? []) if (each.state === 'suspended') each.resume();
    const began = performance.now();
    let waits = null;
    return eachFrame((now) => {
      const toggle = document.querySelector('#audio-toggle');
      const isWaiting = toggle && !toggle.disabled && /^(play|播放)$/i.test(toggle.textContent.trim());
      waits = isWaiting ? (waits ?? now) : null;
      if (waits !== null && now - waits > 1000) {
        toggle.click();
        waits = null;
      }
      const heard = hearing();
      return heard.rms >= audible || performance.now() - began > limitMs ? heard : undefined;
    });
  }

  // Shows a pair, if need be twice, and holds it. What became of it: shown, aborted, or not.
  async function show({ times, limitMs, ...wanted }) {
    const until = performance.now() + limitMs;
    const abortsBefore = aborts;
    let asked = 0;
    for (let time = 0; time < times; time += 1) {
      const { tries, outcome } = await pick(wanted, until, abortsBefore);
      asked += tries;
      if (outcome !== 'shown') return { outcome, asked, shown: shown() };
      // A transition that no frame has seen has not begun.
      const isLast = time + 1 === times;
      if (!isLast && !(await someFrames(3, until))) return { outcome: 'frozen', asked, shown: shown() };
    }
    hold(true);
    return { outcome: 'shown', asked, shown: shown() };
  }

  async function pick({ pair, pack, index, length, fgUrl, bgUrl }, until, abortsBefore) {
    const { actions = {} } = hooks();
    const isDisabled = () => document.querySelector('#preset-next')?.disabled ?? false;
    const waitsUntil = performance.now() + (until - performance.now()) / 2;
    // A page that is held has its button disabled too, and is released in the same breath as it is asked.
    const isReady = () => isHeld() || !isDisabled();
    await eachFrame(() => isReady() || performance.now() > waitsUntil || undefined);
    const before = shown().pickedAt;
    let tries = 0;
    let askedAt = -Infinity;
    let isAnswered = true;
    const ask = (now) => {
      tries += 1;
      askedAt = now;
      isAnswered = false;
      hold(false);
      if (!actions.coupledShow) seed(pack, index, length);
      const answer = actions.coupledShow ? actions.coupledShow(pair, 'harvest') : actions.coupledNext('harvest');
      const answered = () => { isAnswered = true; };
      Promise.resolve(answer).then(answered, answered);
    };
    const outcome = await eachFrame((now) => {
      if (aborts > abortsBefore) return 'aborted';
      const { pickedAt, pair: picked, fg, bg } = shown();
      const isPicked = pickedAt !== null && pickedAt !== before && picked === pair;
      // A pick may be told before both presets are there, and while they are still being loaded.
      if (isPicked && !isDisabled() && leadsTo(fg, fgUrl) && leadsTo(bg, bgUrl)) return 'shown';
      if (performance.now() > until) return 'not shown';
      // Refused without a word, or another pair was picked.
      if (isAnswered && (isReady() || now > waitsUntil) && now - askedAt > REASK_MS) ask(now);
      return undefined;
    });
    return { tries, outcome };
  }

  function leadsTo(told, url) {
    return told === url || (told !== null && decodeURI(new URL(told, location.href).pathname) === url);
  }

  function seed(pack, index, length) {
    const others = Array.from({ length }, (_, at) => at).filter((at) => at !== index);
    const state = { v: 0, pack, len: length, pos: 0, order: [index, ...others], updatedAt: Date.now(), seededBy: 'harvest' };
    localStorage.setItem(SHUFFLE_KEY, JSON.stringify(state));
  }

  // Takes every new frame's pictures for a while.
  async function take({ settleMs, dwellMs, leastFrames, limitMs, withThumbnail }) {
    const began = performance.now();
    const abortsBefore = aborts;
    const taken = { pictures: [], times: [], rms: [], peak: [], reaches: [] };
    let before = null;
    let picture = null;
    let settling = SETTLING_FRAMES;
    await eachFrame((now, isNew) => {
      const [first] = taken.times;
      if (performance.now() - began > limitMs || aborts > abortsBefore) return true;
      if (isNew) settling -= 1;
      if (!isNew || settling > 0 || performance.now() - began < settleMs || !areToldApart()) return undefined;
      before ??= shown();
      taken.pictures.push(pictures());
      taken.times.push(now);
      const { rms, peak, reaches } = hearing();
      taken.rms.push(reaches === false ? 0 : rms);
      taken.peak.push(reaches === false ? 0 : peak);
      if (withThumbnail && picture === null && now - (first ?? now) >= dwellMs / 2) picture = thumbnail();
      return now - (first ?? now) >= dwellMs && taken.times.length >= leastFrames ? true : undefined;
    });
    const blob = await picture;
    return {
      before: before ?? shown(),
      after: shown(),
      aborted: aborts > abortsBefore,
      areToldApart: areToldApart(),
      figureAges: LAYERS.map((layer) => countedAt[layer] && performance.now() - countedAt[layer]),
      width: WIDTH,
      height: HEIGHT,
      times: taken.times,
      rms: taken.rms,
      peak: taken.peak,
      pictures: encoded(joined(taken.pictures)),
      thumbnail: blob ? encoded(new Uint8Array(await blob.arrayBuffer())) : null,
    };
  }

  function joined(parts) {
    const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  function encoded(bytes) {
    let letters = '';
    for (let at = 0; at < bytes.length; at += 0x8000) {
      letters += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    }
    return btoa(letters);
  }

  function note(lines) {
    const id = 'harvest-note';
    const place = document.getElementById(id) ?? document.body.appendChild(Object.assign(document.createElement('div'), { id }));
    place.style.cssText =
      'position:fixed;left:8px;top:8px;z-index:999999;pointer-events:none;white-space:pre;' +
      'font:12px monospace;color:#fff;background:#000a;padding:4px 6px';
    place.textContent = lines.join('\n');
    place.hidden = lines.length === 0;
  }

  window.__harvestTap = { facts, hearing, settle, drawing, couple, play, show, take, note };
}
