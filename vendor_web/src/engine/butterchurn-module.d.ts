/**
 * What butterchurn 3.0.0-beta.5 offers of itself to us; it ships no declarations. The file is not `butterchurn.d.ts`
 * because the compiler would take that for what `butterchurn.ts` declares, and pass it over.
 */
declare module "butterchurn" {
  export type ButterchurnPreset = import("../milk/preset").ButterchurnPreset;

  /** What the visualizer has made of a preset: functions instead of equations. */
  export interface CompiledPreset {
    readonly warp: string;
    readonly comp: string;
  }

  export interface AudioLevels {
    val: Float32Array;
    imm: Float32Array;
    att: Float32Array;
    avg: Float32Array;
    longAvg: Float32Array;
  }

  export interface StageShader {
    readonly shaderProgram: WebGLProgram;
  }

  export interface BlurShader {
    readonly blurHorizontalFrameBuffer: WebGLFramebuffer;
    readonly blurVerticalFrameBuffer: WebGLFramebuffer;
    readonly blurHorizontalTexture: WebGLTexture;
    readonly blurVerticalTexture: WebGLTexture;
  }

  export interface ImageTextures {
    readonly clouds2Image: HTMLImageElement;
    readonly emptyImage: HTMLImageElement;
    /** By name, as soon as the image behind it has loaded. */
    readonly samplers: Record<string, WebGLTexture | undefined>;
  }

  export interface Renderer {
    frameNum: number;
    fps: number;
    /** Seconds, as presets see them. */
    time: number;
    presetTime: number;
    blending: boolean;
    preset: CompiledPreset;
    prevPreset: CompiledPreset;
    readonly blankPreset: CompiledPreset;
    readonly audioLevels: AudioLevels;
    readonly image: ImageTextures;

    // The two of each pair change places at every preset.
    readonly warpShader: StageShader;
    readonly compShader: StageShader;
    readonly prevWarpShader: StageShader;
    readonly prevCompShader: StageShader;
    readonly blurShader1: BlurShader;
    readonly blurShader2: BlurShader;
    readonly blurShader3: BlurShader;

    readonly prevFrameBuffer: WebGLFramebuffer;
    readonly targetFrameBuffer: WebGLFramebuffer;
    readonly compFrameBuffer: WebGLFramebuffer;
    readonly prevTexture: WebGLTexture;
    readonly targetTexture: WebGLTexture;
    readonly compTexture: WebGLTexture;

    calcTimeAndFPS: (elapsedSeconds?: number) => void;
    /** Spelled so. Without a framebuffer it means the canvas. */
    bindFrambufferAndSetViewport: (framebuffer: WebGLFramebuffer | null, width: number, height: number) => void;
    loadPreset: (preset: CompiledPreset, blendSeconds: number) => void;
    setRendererSize: (width: number, height: number, options: RendererOptions) => void;
  }

  export interface RendererOptions {
    meshWidth?: number;
    meshHeight?: number;
    pixelRatio?: number;
    textureRatio?: number;
    outputFXAA?: boolean;
  }

  export interface VisualizerOptions extends RendererOptions {
    /** Where to draw, in place of a canvas of its own: `engine-mends.ts` lets it be given. */
    canvas?: HTMLCanvasElement | OffscreenCanvas;
    width?: number;
    height?: number;
    deterministic?: boolean;
    testMode?: boolean;
    seed?: number;
    onlyUseWASM?: boolean;
  }

  /** Unsigned bytes around 128, as an AnalyserNode gives them. */
  export interface AudioBytes {
    timeByteArray: Uint8Array;
    timeByteArrayL: Uint8Array;
    timeByteArrayR: Uint8Array;
  }

  export interface Visualizer {
    readonly renderer: Renderer;
    loadPreset(preset: ButterchurnPreset, blendSeconds?: number): Promise<void>;
    render(options?: { audioLevels?: AudioBytes; elapsedTime?: number }): unknown;
    setRendererSize(width: number, height: number, options?: RendererOptions): void;
    connectAudio(node: AudioNode): void;
    disconnectAudio(node: AudioNode): void;
  }

  const butterchurn: {
    createVisualizer(audio: AudioContext | null, canvas: HTMLCanvasElement, options: VisualizerOptions): Visualizer;
  };
  export default butterchurn;
}
