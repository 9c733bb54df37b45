/** butterchurn 3 as an engine: drawn into a texture of a context it shares, on a clock that is ours. */

import butterchurn from "butterchurn";
import type { ButterchurnPreset, Renderer, Visualizer } from "butterchurn";
import type { AudioFrame } from "../audio/frame";
import { allotTexture } from "../compose/program";
import { type Engine, EngineError, type LoadedPreset, type ReadyPreset, type SharedCanvas, type StartEngine } from "./engine";

export interface Mesh {
  readonly width: number;
  readonly height: number;
}

/** The mesh of butterchurn's own player. */
export const FULL_MESH: Mesh = { width: 48, height: 36 };

/** Makes what an engine can load of a preset's bytes; throws EngineError with the reason if there is no way. */
export type Convert = (preset: LoadedPreset) => Promise<ButterchurnPreset>;

export class ButterchurnEngine implements Engine {
  readonly name = "butterchurn";
  readonly texture: WebGLTexture;
  readonly #gl: WebGL2RenderingContext;
  readonly #framebuffer: WebGLFramebuffer;
  readonly #visualizer: Visualizer;
  readonly #convert: Convert;
  #seconds = 1 / 60;

  private constructor(gl: WebGL2RenderingContext, visualizer: Visualizer, convert: Convert) {
    this.#gl = gl;
    this.#visualizer = visualizer;
    this.#convert = convert;
    this.texture = gl.createTexture();
    this.#framebuffer = gl.createFramebuffer();
    allotTexture(gl, this.texture, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#framebuffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.texture, 0);
    this.#redirect(visualizer.renderer);
  }

  /** Starts on a canvas that may carry other engines too. */
  static starter(mesh: Mesh, convert: Convert): StartEngine {
    return (canvas, gl) => ButterchurnEngine.#start(canvas, gl, mesh, convert);
  }

  static async #start(canvas: SharedCanvas, gl: WebGL2RenderingContext, mesh: Mesh, convert: Convert): Promise<Engine> {
    const visualizer = butterchurn.createVisualizer(null, NO_OUTPUT, {
      canvas,
      width: canvas.width,
      height: canvas.height,
      meshWidth: mesh.width,
      meshHeight: mesh.height,
      pixelRatio: 1,
      outputFXAA: false,
    });
    await imagesReady(visualizer.renderer);
    return new ButterchurnEngine(gl, visualizer, convert);
  }

  async prepare(preset: LoadedPreset): Promise<ReadyPreset> {
    const converted = await this.#convert(preset);
    return { show: await this.#compile(converted) };
  }

  clear(seconds: number): void {
    const renderer = this.#visualizer.renderer;
    this.#seconds = seconds;
    renderer.time = 0;
    renderer.presetTime = 0;
    renderer.frameNum = 0;
    renderer.fps = 1 / seconds;
    renderer.blending = false;
    renderer.preset = renderer.blankPreset;
    renderer.prevPreset = renderer.blankPreset;
    const { val, imm, att, avg, longAvg } = renderer.audioLevels;
    for (const silent of [val, imm]) silent.fill(0);
    for (const average of [att, avg, longAvg]) average.fill(1);
    this.#blacken();
  }

  draw(seconds: number, audio: AudioFrame): void {
    this.#seconds = seconds;
    this.#visualizer.render({
      audioLevels: { timeByteArray: audio.mono, timeByteArrayL: audio.left, timeByteArrayR: audio.right },
      elapsedTime: seconds,
    });
  }

  resize(width: number, height: number): void {
    const renderer = this.#visualizer.renderer;
    const replaced = renderer.targetTexture;
    allotTexture(this.#gl, this.texture, width, height);
    renderer.setRendererSize(width, height, {});
    this.#gl.deleteTexture(replaced); // butterchurn forgets it
  }

  /** Compiles the equations now, so that nothing but shaders is left to do when the preset is shown. */
  async #compile(converted: ButterchurnPreset): Promise<() => void> {
    const renderer = this.#visualizer.renderer;
    let show: (() => void) | null = null;
    const loadNow = renderer.loadPreset;
    // The visualizer compiles and then loads in one go; the second half is kept for later.
    renderer.loadPreset = (preset, blendSeconds) => {
      show = () => this.#load(() => loadNow.call(renderer, preset, blendSeconds));
    };
    try {
      await this.#visualizer.loadPreset(converted, 0);
    } catch (error) {
      throw new EngineError(`Its equations do not compile: ${firstLine(error)}.`);
    } finally {
      renderer.loadPreset = loadNow;
    }
    if (show === null) throw new EngineError("The engine did not take it.");
    return show;
  }

  #load(load: () => void): void {
    const renderer = this.#visualizer.renderer;
    const replaced = [renderer.prevWarpShader, renderer.prevCompShader].map((shader) => shader.shaderProgram);
    load();
    for (const program of replaced) this.#dispose(program);
    this.#refuseUnlinked("warp", renderer.warpShader.shaderProgram);
    this.#refuseUnlinked("comp", renderer.compShader.shaderProgram);
  }

  /** butterchurn never deletes a program: 2,000 presets would be 4,000 of them. */
  #dispose(program: WebGLProgram): void {
    for (const shader of this.#gl.getAttachedShaders(program) ?? []) this.#gl.deleteShader(shader);
    this.#gl.deleteProgram(program);
  }

  #refuseUnlinked(stage: string, program: WebGLProgram): void {
    const gl = this.#gl;
    if (gl.getProgramParameter(program, gl.LINK_STATUS) || gl.isContextLost()) return;
    const logs = (gl.getAttachedShaders(program) ?? []).map((shader) => gl.getShaderInfoLog(shader) ?? "");
    const log = [...logs, gl.getProgramInfoLog(program) ?? ""].find((text) => text.trim() !== "");
    // A compiler always gives a reason. None comes from a GPU that died a moment ago, before the context knows it.
    if (log === undefined) throw new Error("The WebGL context was lost.");
    throw new EngineError(`Its ${stage} shader does not compile: ${firstLine(log)}.`);
  }

  #redirect(renderer: Renderer): void {
    const gl = this.#gl;
    renderer.bindFrambufferAndSetViewport = (framebuffer, width, height) => {
      gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer ?? this.#framebuffer);
      gl.viewport(0, 0, width, height);
    };
    renderer.calcTimeAndFPS = () => {
      renderer.time += this.#seconds;
      renderer.fps = 1 / this.#seconds;
      renderer.blending = false;
    };
  }

  /** Wipes every picture that a preset could see of the one before. */
  #blacken(): void {
    const gl = this.#gl;
    const r = this.#visualizer.renderer;
    const blurs = [r.blurShader1, r.blurShader2, r.blurShader3];
    const framebuffers = [
      this.#framebuffer,
      r.prevFrameBuffer,
      r.targetFrameBuffer,
      r.compFrameBuffer,
      ...blurs.flatMap((blur) => [blur.blurHorizontalFrameBuffer, blur.blurVerticalFrameBuffer]),
    ];
    const mipmapped = [
      r.prevTexture,
      r.targetTexture,
      r.compTexture,
      ...blurs.flatMap((blur) => [blur.blurHorizontalTexture, blur.blurVerticalTexture]),
    ];
    gl.clearColor(0, 0, 0, 1);
    for (const framebuffer of framebuffers) {
      gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
      gl.clear(gl.COLOR_BUFFER_BIT);
    }
    gl.activeTexture(gl.TEXTURE0);
    for (const texture of mipmapped) {
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.generateMipmap(gl.TEXTURE_2D);
    }
  }
}

/** butterchurn copies each frame to a second canvas unless that has no context. */
const NO_OUTPUT = { getContext: () => null } as unknown as HTMLCanvasElement;

/** Two pictures inside butterchurn load by themselves; presets drawn before they are there look different. */
async function imagesReady(renderer: Renderer): Promise<void> {
  const { clouds2Image, emptyImage } = renderer.image;
  await Promise.all([clouds2Image.decode(), emptyImage.decode()]);
  // Their onload handlers, which make textures of them, run before a task queued from here.
  while (!(renderer.image.samplers["clouds2"] && renderer.image.samplers["empty"])) {
    await new Promise((resolve) => setTimeout(resolve));
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split("\n", 1)[0] ?? "").trim().replace(/\.$/, "");
}
