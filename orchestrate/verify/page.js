// Asks a page for picks, by newliveweb's hooks or ours, and tells what became of each.
() => {
  const REASK_MS = 300;
  // Of the requests that a page makes the browser remembers 250; a page that Vite serves in parts makes more.
  performance.setResourceTimingBufferSize(10_000);
  const hooks = () => window.__nw_verify ?? {};
  const state = () => hooks().getVerifyState?.() ?? {};
  const coupled = () => state().coupled ?? {};
  const frame = () => new Promise(requestAnimationFrame);

  // Whether it is newliveweb as it is public, its other generation that is only documented, or ours.
  function generation() {
    if (hooks().harvestVersion !== undefined) return 'harvest';
    const isDetailed = coupled().lastPick?.quality01 !== undefined;
    return hooks().sampleCoupledPicks || isDetailed ? 'documented' : 'public';
  }

  async function open({ pack, limitMs }) {
    const until = performance.now() + limitMs;
    const auto = document.querySelector('#preset-auto-toggle');
    if (auto?.checked) auto.click();
    const isOpen = () => Boolean(coupled().enabled) && coupled().pack === pack;
    do {
      await hooks().actions.coupledInit('verify');
      for (let wait = performance.now() + REASK_MS; !isOpen() && performance.now() < wait; ) await frame();
    } while (!isOpen() && coupled().problem == null && performance.now() < until);
    const { problem, rules, manifest, quality, withoutQuality, pickMode } = coupled();
    return {
      isOpen: isOpen(),
      generation: generation(),
      pickMode: pickMode ?? null,
      problem: problem ?? null,
      rules: rules ? JSON.stringify(rules) : null,
      manifestHash: manifest?.hash ?? null,
      qualityHash: quality?.hash ?? null,
      merged: quality?.merged ?? null,
      withoutQuality: withoutQuality ?? null,
    };
  }

  // How a file came, as the browser counts bytes: one out of its cache moves fewer over the wire than it has.
  function delivery(path) {
    const address = new URL(path.split('/').map(encodeURIComponent).join('/'), location.href).href;
    const entry = performance.getEntriesByType('resource').findLast(({ name }) => name === address);
    return entry ? { isCached: entry.transferSize < entry.encodedBodySize } : null;
  }

  // One real pick, until it is on screen or the page says that it cannot be.
  async function next({ limitMs, dwellMs }) {
    const until = performance.now() + limitMs;
    const before = coupled().lastPick?.timeMs ?? null;
    const refusedBefore = coupled().refused?.[0]?.timeMs ?? null;
    let askedAt = -Infinity;
    let isAnswered = true;
    const answered = () => { isAnswered = true; };
    for (let now = performance.now(); now < until; now = await frame()) {
      // What comes on screen before our answer may be a pick of the page's own, and ours follows it.
      if (!isAnswered) continue;
      const { lastPick, refused } = coupled();
      if (askedAt > 0 && lastPick && lastPick.timeMs !== before) return seen(lastPick, dwellMs);
      const latest = refused?.[0];
      if (askedAt > 0 && latest && latest.timeMs !== refusedBefore) return refusal('refused', latest.pair, latest.reason);
      // A page that is busy with another pair takes no notice, and does not say so.
      if (now - askedAt < REASK_MS) continue;
      askedAt = now;
      isAnswered = false;
      Promise.resolve(hooks().actions.coupledNext('verify')).then(answered, answered);
    }
    return refusal('not shown', null, document.querySelector('#preset-status')?.textContent?.trim() ?? 'no status');
  }

  function refusal(outcome, pair, reason) {
    return { outcome, pair, reason, quality01: null, layers: null, framesDrawn: null, framesPerSecond: null };
  }

  async function seen({ pair, quality01 }, dwellMs) {
    const drawnBefore = drawn();
    const framesPerSecond = dwellMs > 0 ? await rate(dwellMs) : null;
    return {
      outcome: 'shown',
      pair,
      reason: null,
      quality01: quality01 ?? null,
      layers: { fg: layer('fg', 'Fg'), bg: layer('bg', 'Bg') },
      framesDrawn: drawn() - drawnBefore,
      framesPerSecond,
    };
  }

  function layer(name, suffix) {
    const { url, hash } = state().evidence?.shown?.[name] ?? {};
    return { url: url ?? window.__projectm_verify?.[`presetId${suffix}`] ?? null, hash: hash ?? null };
  }

  const drawn = () => state().evidence?.frames ?? window.__projectm_verify?.framesRendered ?? 0;

  async function rate(dwellMs) {
    const began = await frame();
    let frames = 0;
    let now = began;
    while (now - began < dwellMs) {
      now = await frame();
      frames += 1;
    }
    return (1000 * frames) / (now - began);
  }

  // Picks without a picture, where the page offers them; null where it does not.
  function draw({ count, seed }) {
    if (hooks().harvestVersion === undefined || !hooks().sampleCoupledPicks) return null;
    return hooks().sampleCoupledPicks(count, seed).map(({ pair }) => pair);
  }

  window.__harvestVerify = { open, delivery, next, draw };
}
