// Stands for projectM: a module with a memory of its own, and engines that draw a preset's wave colour.
// What it hears, it reads from that memory; a build that is deaf has the memory, but nowhere to be found.
(() => {
  // (module (memory (export "memory") 1))
  const BINARY = new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, 5, 3, 1, 0, 1, 7, 10, 1, 6, 109, 101, 109, 111, 114, 121, 2, 0,
  ]);
  const defects = new Set((new URLSearchParams(location.search).get('defects') ?? '').split(','));

  window.createProjectMModule = async ({ canvas, onAbort }) => {
    const { instance } = await WebAssembly.instantiate(BINARY, {});
    const { memory } = instance.exports;
    const gl = canvas.getContext('webgl', { alpha: false, preserveDrawingBuffer: false });
    let from = [0.3, 0.3, 0.3];
    let to = from;
    const load = (text) => {
      if (text.includes('per_frame_1=abort')) {
        onAbort('Aborted(exception catching is not enabled)');
        return;
      }
      const value = (name) => Number(new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? 0);
      from = to;
      to = ['wave_r', 'wave_g', 'wave_b'].map(value);
    };
    const render = (samples, frame) => {
      const left = defects.has('mixing') ? 0.85 : 0;
      const heard = new Float32Array(memory.buffer, 0, samples);
      const loudness = Math.sqrt(heard.reduce((sum, one) => sum + one * one, 0) / Math.max(1, samples));
      const glow = 0.8 + 0.2 * Math.min(1, 5 * loudness);
      const colour = to.map((one, at) => glow * ((1 - left) * one + left * from[at]));
      gl.disable(gl.SCISSOR_TEST);
      gl.clearColor(...colour, 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.enable(gl.SCISSOR_TEST);
      gl.scissor((3 * frame) % canvas.width, 0, canvas.width / 10, canvas.height / 5);
      gl.clearColor(...colour.map((one) => one / 2), 1);
      gl.clear(gl.COLOR_BUFFER_BIT);
    };
    const module = { load, render };
    if (!defects.has('deaf')) module.wasmMemory = memory;
    return module;
  };
})();
