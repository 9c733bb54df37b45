/** Ways for a measurement to wait, which is asked whether it lives meanwhile. */

/** Between two looks at the GPU. Looking without a pause cost a core, and 93 KiB of garbage a visit. */
const LOOK_MS = 1;

/** Waits until the GPU has come to a fence, or its context is lost. */
export async function passed(gl: WebGL2RenderingContext, fence: WebGLSync): Promise<void> {
  while (gl.clientWaitSync(fence, 0, 0) === gl.TIMEOUT_EXPIRED) await moment();
  gl.deleteSync(fence);
}

/** Waits until the GPU has drawn everything it was given. */
export async function finished(gl: WebGL2RenderingContext): Promise<void> {
  const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
  if (fence === null) return; // of a lost context
  gl.flush();
  await passed(gl, fence);
}

/** Lets the page do what is waiting; unlike a timer it is not slowed down in a hidden page. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** A timer leaves the processor to whoever draws. */
function moment(): Promise<void> {
  return document.hidden ? nextTask() : new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
