/** newliveweb's figures of each layer: mean luma and colour of 8 by 8 points, every half second. */

import { bindTexture } from "../compose/program";
import { LAYERS, type PerLayer, type Stage } from "../stage";

export const SIZE = 8;
export const INTERVAL_MS = 500;

export interface LayerFigures {
  readonly avgLuma: number;
  readonly avgColorR: number;
  readonly avgColorG: number;
  readonly avgColorB: number;
}

/** Reads what the layers show now; stalls the GPU for a moment. */
export function lookAtLayers(stage: Stage): PerLayer<LayerFigures> {
  const { gl } = stage;
  const small = gl.createTexture();
  bindTexture(gl, 0, small);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, SIZE, SIZE);
  const read = gl.createFramebuffer();
  const draw = gl.createFramebuffer();
  gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, draw);
  gl.framebufferTexture2D(gl.DRAW_FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, small, 0);
  const [width, height] = stage.size;
  const figures = LAYERS.map((layer) => {
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, read);
    gl.framebufferTexture2D(gl.READ_FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, stage.engines[layer].texture, 0);
    gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, draw);
    gl.blitFramebuffer(0, 0, width, height, 0, 0, SIZE, SIZE, gl.COLOR_BUFFER_BIT, gl.LINEAR);
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, draw);
    const pixels = new Uint8Array(SIZE * SIZE * 4);
    gl.readPixels(0, 0, SIZE, SIZE, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    return [layer, meansOf(pixels)] as const;
  });
  gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  gl.deleteFramebuffer(read);
  gl.deleteFramebuffer(draw);
  gl.deleteTexture(small);
  return Object.fromEntries(figures) as PerLayer<LayerFigures>;
}

function meansOf(pixels: Uint8Array): LayerFigures {
  const mean = (channel: number): number => {
    let sum = 0;
    for (let at = channel; at < pixels.length; at += 4) sum += pixels[at] ?? 0;
    return sum / (SIZE * SIZE * 255);
  };
  const [avgColorR, avgColorG, avgColorB] = [mean(0), mean(1), mean(2)];
  return { avgLuma: 0.2126 * avgColorR + 0.7152 * avgColorG + 0.0722 * avgColorB, avgColorR, avgColorG, avgColorB };
}
