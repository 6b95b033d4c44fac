import type { Camera } from "../geometry/camera.ts";
import { warpRadiograph } from "../image/warpRadiograph.ts";
import type { PreparedXray } from "./prepareXray.ts";

/** An X-ray on another detector behind the same source: line integrals and live pixels (1, else 0). */
export interface CanonicalXray {
  readonly image: Float32Array;
  readonly weight: Float32Array;
}

/** Half of a pixel must be live for it to count. */
const leastLive = 0.5;

/** The X-ray as the networks' own detector would have seen it; dead pixels do not leak into live ones. */
export function canonicalXray(xray: PreparedXray, from: Camera, to: Camera): CanonicalXray {
  const { lineIntegral, weight, width, height } = xray;
  const warp = (data: Float32Array): Float32Array =>
    warpRadiograph({ data, width, height, kind: "line-integral" }, from, to).radiograph.data;
  const sum = warp(lineIntegral.map((value, p) => value * weight[p]!));
  const share = warp(weight);
  return {
    image: sum.map((value, p) => (share[p]! > 0 ? value / share[p]! : 0)),
    weight: share.map((value) => (value >= leastLive ? 1 : 0)),
  };
}
