/** A fragment shader that runs at every pixel of its target. */

const VERTEX_SHADER = `#version 300 es
out vec2 v_place;
// Corners (-1,-1), (3,-1), (-1,3): one triangle covers the screen, without a buffer.
void main() {
  vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
  v_place = 0.5 + 0.5 * corner;
  gl_Position = vec4(corner, 0.0, 1.0);
}`;

export interface Program {
  readonly program: WebGLProgram;
  uniform(name: string): WebGLUniformLocation | null;
  /** Draws; program, target and uniforms are set before. */
  draw(): void;
}

/** Our own shaders are right, so a failure here can only be a lost context, which its event reports. */
export function fullScreenProgram(gl: WebGL2RenderingContext, fragmentShader: string): Program {
  const program = gl.createProgram();
  attach(gl, program, gl.VERTEX_SHADER, VERTEX_SHADER);
  attach(gl, program, gl.FRAGMENT_SHADER, fragmentShader);
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(`A shader of the page's own does not link: ${gl.getProgramInfoLog(program)}`);
  }
  const empty = gl.createVertexArray();
  const locations = new Map<string, WebGLUniformLocation | null>();
  return {
    program,
    uniform(name) {
      if (!locations.has(name)) locations.set(name, gl.getUniformLocation(program, name));
      return locations.get(name) ?? null;
    },
    draw() {
      gl.bindVertexArray(empty);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
      gl.bindVertexArray(null);
    },
  };
}

function attach(gl: WebGL2RenderingContext, program: WebGLProgram, kind: GLenum, source: string): void {
  const shader = gl.createShader(kind);
  if (shader === null) return; // only of a lost context
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  gl.attachShader(program, shader);
  gl.deleteShader(shader); // it lives on in the program
}

/** Gives a texture so many pixels, to be drawn into and read between. */
export function allotTexture(gl: WebGL2RenderingContext, texture: WebGLTexture, width: number, height: number): void {
  gl.activeTexture(gl.TEXTURE0);
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, null);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
}

export function bindTexture(gl: WebGL2RenderingContext, unit: number, texture: WebGLTexture): void {
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.bindSampler(unit, null); // engines leave samplers of their own behind, which would win over the texture's
}
