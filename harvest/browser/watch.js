// Tells harvest when a WebGL context of this page is lost: Playwright has no event for it, and
// requestAnimationFrame goes on at full rate over a dead picture.
(() => {
  const watched = new WeakSet();
  const report = () => globalThis.__harvestContextLost?.();
  for (const kind of [globalThis.HTMLCanvasElement, globalThis.OffscreenCanvas]) {
    if (!kind) continue;
    const getContext = kind.prototype.getContext;
    kind.prototype.getContext = function (type, ...rest) {
      const context = getContext.call(this, type, ...rest);
      if (context && String(type).includes('webgl') && !watched.has(this)) {
        watched.add(this);
        this.addEventListener('webglcontextlost', report);
      }
      return context;
    };
  }
})();
