/** The worker: bytes of a `.milk` file in, a preset or a reason out. */

import { convert, decode } from "../milk";
import type { Delivery, Order } from "./conversion";

addEventListener("message", ({ data }: MessageEvent<Order>) => {
  postMessage({ id: data.id, conversion: convert(decode(data.bytes)) } satisfies Delivery);
});
