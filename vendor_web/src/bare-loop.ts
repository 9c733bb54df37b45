/** The bare WebGL2 loop: one full-screen triangle a frame, the least that a renderer can do. */

export type LoopState =
  | { kind: "unsupported" }
  | { kind: "lost" }
  | { kind: "running"; renderer: string; isSoftware: boolean; framesPerSecond: number | "measuring" };

const RATE_WINDOW_MS = 1000;
const SOFTWARE_RENDERERS = /swiftshader|llvmpipe|softpipe|lavapipe|basic render|software/i;

const VERTEX_SHADER = `#version 300 es
// Corners (-1,-1), (3,-1), (-1,3): one triangle covers the screen, without a buffer.
void main() {
  vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
  gl_Position = vec4(corner, 0.0, 1.0);
}`;

const FRAGMENT_SHADER = `#version 300 es
precision highp float;
uniform vec2 u_size;
uniform float u_seconds;
out vec4 colour;

const vec3 NIGHT = vec3(0.055, 0.066, 0.140);
const vec3 INDIGO = vec3(0.250, 0.180, 0.560);
const vec3 TEAL = vec3(0.100, 0.520, 0.560);
const vec3 AMBER = vec3(0.960, 0.640, 0.360);

float glow(vec2 point, vec2 centre, float radius) {
  vec2 away = (point - centre) / radius;
  return exp(-dot(away, away));
}

// Breaks up the bands that eight bits a channel show in a slow gradient.
float dither(vec2 pixel) {
  return fract(sin(dot(pixel, vec2(12.9898, 78.233))) * 43758.5453) / 255.0;
}

void main() {
  vec2 point = (2.0 * gl_FragCoord.xy - u_size) / min(u_size.x, u_size.y);
  float t = u_seconds * 0.25;
  vec3 mixed = NIGHT;
  mixed = mix(mixed, INDIGO, glow(point, vec2(0.9 * cos(t), -0.5 * sin(t * 0.7)), 1.5));
  mixed = mix(mixed, TEAL, glow(point, vec2(-1.1 * sin(t * 0.8), 0.6 * cos(t * 0.6)), 1.1));
  mixed = mix(mixed, AMBER, 0.8 * glow(point, vec2(1.2 * sin(t * 0.5 + 1.0), 0.7 * sin(t * 0.9)), 0.7));
  colour = vec4(mixed + dither(gl_FragCoord.xy), 1.0);
}`;

/**
 * Draws on the canvas for as long as the page lives. Reports "running" once the first frame is on screen and every
 * second from then on; a lost context is reported at once, and drawing goes on when it is restored.
 */
export function startBareLoop(canvas: HTMLCanvasElement, report: (state: LoopState) => void): void {
  const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false });
  if (gl === null) {
    report({ kind: "unsupported" });
    return;
  }

  let stop = runFrames(gl, report);
  canvas.addEventListener("webglcontextlost", (event) => {
    event.preventDefault(); // without this the browser never restores the context
    stop();
    report({ kind: "lost" });
  });
  canvas.addEventListener("webglcontextrestored", () => {
    stop = runFrames(gl, report);
  });
}

function runFrames(gl: WebGL2RenderingContext, report: (state: LoopState) => void): () => void {
  const draw = createGradient(gl);
  const about = describeRenderer(gl);
  let windowStart: number | null = null;
  let frames = 0;

  const openWindow = (now: number, framesPerSecond: number | "measuring") => {
    report({ kind: "running", ...about, framesPerSecond });
    windowStart = now;
    frames = 0;
  };
  const onFrame = (now: number) => {
    if (windowStart === null) {
      // The callback after a frame's own is the first proof that the frame went to the screen.
      if (frames > 0) openWindow(now, "measuring");
    } else if (now - windowStart >= RATE_WINDOW_MS) {
      openWindow(now, (frames * 1000) / (now - windowStart));
    }
    draw(now / 1000);
    frames += 1;
    request = requestAnimationFrame(onFrame);
  };
  let request = requestAnimationFrame(onFrame);
  return () => cancelAnimationFrame(request);
}

function describeRenderer(gl: WebGL2RenderingContext): { renderer: string; isSoftware: boolean } {
  const unmasked = gl.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL;
  const renderer = String(gl.getParameter(unmasked ?? gl.RENDERER));
  return { renderer, isSoftware: SOFTWARE_RENDERERS.test(renderer) };
}

function createGradient(gl: WebGL2RenderingContext): (seconds: number) => void {
  const program = gl.createProgram();
  attachShader(gl, program, gl.VERTEX_SHADER, VERTEX_SHADER);
  attachShader(gl, program, gl.FRAGMENT_SHADER, FRAGMENT_SHADER);
  gl.linkProgram(program);
  gl.useProgram(program);
  const size = gl.getUniformLocation(program, "u_size");
  const time = gl.getUniformLocation(program, "u_seconds");

  return (seconds) => {
    const [width, height] = fitToElement(gl);
    gl.viewport(0, 0, width, height);
    gl.uniform2f(size, width, height);
    gl.uniform1f(time, seconds);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  };
}

function attachShader(gl: WebGL2RenderingContext, program: WebGLProgram, kind: GLenum, source: string): void {
  const shader = gl.createShader(kind);
  if (shader === null) return; // only of a lost context, which its event reports
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  gl.attachShader(program, shader);
}

function fitToElement({ canvas }: WebGL2RenderingContext): [width: number, height: number] {
  if (canvas instanceof HTMLCanvasElement) {
    const width = Math.round(canvas.clientWidth * devicePixelRatio);
    const height = Math.round(canvas.clientHeight * devicePixelRatio);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
  }
  return [canvas.width, canvas.height];
}
