// newliveweb's own way to sample a pair, by its documented numbers: the pair is shown, then two readings to warm up and
// six to measure, 250 ms apart, of values that the page takes every 500 ms from 8 by 8 points of each layer.
async (number) => {
  const verify = window.__projectm_verify;
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  if (!(await window.__nw_verify.actions.coupledShow(number))) return null;
  const readings = [];
  for (let n = 0; n < 8; n += 1) {
    await wait(250);
    readings.push([verify.perPm.fg, verify.perPm.bg].map((layer) => ({ ...layer })));
  }
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const luma = (reading) => mean(reading.map((layer) => layer.avgLuma));
  const step = (before, after) => {
    const colour = after.map((layer, at) =>
      mean(["avgColorR", "avgColorG", "avgColorB"].map((name) => Math.abs(layer[name] - before[at][name]))),
    );
    return 0.65 * Math.abs(luma(after) - luma(before)) + 0.35 * mean(colour);
  };
  const measured = readings.slice(2);
  return {
    luma_mean: mean(measured.map(luma)),
    motion: mean(measured.map((reading, at) => step(readings[at + 1], reading))),
  };
}
