// What a browser can do for us, asked in the page itself. Evaluated as one expression that yields the probes.
({
  webgl() {
    const gl = document.createElement('canvas').getContext('webgl2');
    if (!gl) return null;
    const names = gl.getExtension('WEBGL_debug_renderer_info');
    return {
      renderer: names ? gl.getParameter(names.UNMASKED_RENDERER_WEBGL) : null,
      vendor: names ? gl.getParameter(names.UNMASKED_VENDOR_WEBGL) : null,
      version: gl.getParameter(gl.VERSION),
    };
  },

  // A quiet tone into an analyser and on to the (muted) speakers; resolves as soon as it is heard.
  async audio(seconds) {
    const context = new AudioContext();
    const tone = new OscillatorNode(context, { frequency: 220 });
    const analyser = new AnalyserNode(context, { fftSize: 2048 });
    tone.connect(new GainNode(context, { gain: 0.1 })).connect(analyser).connect(context.destination);
    tone.start();
    const wave = new Float32Array(analyser.fftSize);
    const giveUp = performance.now() + seconds * 1000;
    let rms = 0;
    do {
      await new Promise((resolve) => setTimeout(resolve, 20));
      analyser.getFloatTimeDomainData(wave);
      rms = Math.sqrt(wave.reduce((sum, x) => sum + x * x, 0) / wave.length);
    } while (rms < 0.01 && performance.now() < giveUp);
    const state = context.state;
    await context.close();
    return { rms, state };
  },

  // A bare loop: one full-screen triangle, finished before the next is begun; and the pace of animation frames.
  async frameRate(seconds, width, height) {
    const gl = Object.assign(document.createElement('canvas'), { width, height }).getContext('webgl2');
    if (!gl) return null;
    const program = gl.createProgram();
    for (const [kind, source] of [
      [gl.VERTEX_SHADER, `#version 300 es
        void main() { gl_Position = vec4(gl_VertexID % 2 * 4 - 1, gl_VertexID / 2 * 4 - 1, 0, 1); }`],
      [gl.FRAGMENT_SHADER, `#version 300 es
        precision highp float;
        uniform float t;
        out vec4 colour;
        void main() { colour = vec4(fract(gl_FragCoord.xy / 64.0 + t), 0.5, 1); }`],
    ]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    gl.useProgram(program);
    const t = gl.getUniformLocation(program, 't');
    const pixel = new Uint8Array(4);
    const draw = (i) => {
      gl.uniform1f(t, i / 60);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    };
    const count = async (pause, body) => {
      await pause();
      const began = performance.now();
      let n = 0;
      for (; performance.now() - began < seconds * 1000; n += 1) await body(n);
      return n / ((performance.now() - began) / 1000);
    };
    const frame = () => new Promise(requestAnimationFrame);
    draw(0); // the first draw compiles
    const bare = await count(frame, draw);
    const paced = await count(frame, (i) => { draw(i); return frame(); });
    return { bare, paced };
  },
})
