import { usageError } from "../errors.ts";
import type { Twist } from "../geometry/se3.ts";
import { checkLength } from "./arguments.ts";
import { type ChannelRay, type RayRates, createRates, visitRays } from "./channelRay.ts";
import type { ProjectionGeometry } from "./projectionGeometry.ts";

/*
 * The operators of channelProjection.ts, fast: a voxel's channels lie side by side with an empty voxel around the
 * grid, so that all channels share one walk along the ray and no corner needs a test.
 */

/** Channels of a volume, [z + 2][y + 2][x + 2][channel]. */
export interface PackedChannels {
  readonly values: Float32Array;
  readonly channels: number;
  readonly size: readonly [number, number, number];
}

/** Room for channels of a grid, all zero. */
export function createPacked(channels: number, size: readonly [number, number, number]): PackedChannels {
  const voxels = (size[0] + 2) * (size[1] + 2) * (size[2] + 2);
  return { values: new Float32Array(voxels * channels), channels, size };
}

/** Copies channels x nz x ny x nx into the packed layout. */
export function packChannels(
  volumes: Float32Array,
  channels: number,
  size: readonly [number, number, number],
): PackedChannels {
  checkLength("Volumes to project", volumes, channels * size[0] * size[1] * size[2]);
  const packed = createPacked(channels, size);
  const { values } = packed;
  const [nx] = size;
  eachRow(packed, (plain, first) => {
    for (let i = 0, at = first; i < nx; i++, at += channels) values[at] = volumes[plain + i]!;
  });
  return packed;
}

/** The packed values as channels x nz x ny x nx. */
export function unpackChannels(packed: PackedChannels): Float32Array {
  const { values, channels } = packed;
  const [nx, ny, nz] = packed.size;
  const out = new Float32Array(channels * nx * ny * nz);
  eachRow(packed, (plain, first) => {
    for (let i = 0, at = first; i < nx; i++, at += channels) out[plain + i] = values[at]!;
  });
  return out;
}

function eachRow(
  { channels, size: [nx, ny, nz] }: PackedChannels,
  visit: (plain: number, packed: number) => void,
): void {
  for (let c = 0, plain = 0; c < channels; c++) {
    for (let k = 0; k < nz; k++) {
      for (let j = 0; j < ny; j++, plain += nx) {
        visit(plain, (((k + 1) * (ny + 2) + j + 1) * (nx + 2) + 1) * channels + c);
      }
    }
  }
}

/** A view of channels and how it changes when the camera moves. */
export interface ChannelView {
  /** [channels][pixels]: line integrals, value x mm. */
  readonly images: Float32Array;
  /** [6][channels][pixels]: derivatives by the camera's left twist, three per radian, three per mm. */
  readonly jacobian: Float32Array;
}

/** P V of every channel, and its six derivatives; into `out` where it is given. */
export function projectWithJacobian(
  packed: PackedChannels,
  geometry: ProjectionGeometry,
  out: ChannelView = createView(packed.channels, geometry),
): ChannelView {
  const { channels } = packed;
  const { images, jacobian } = out;
  const pixels = geometry.camera.width * geometry.camera.height;
  checkLength("Images of a projection", images, channels * pixels);
  checkLength("Jacobian of a projection", jacobian, 6 * channels * pixels);
  images.fill(0);
  jacobian.fill(0);
  const sums = new Float64Array(channels * moments);
  const rates = createRates();
  visitRays(sameGrid(packed, geometry), (ray) => {
    sampleRay(packed, ray, sums);
    const { pixel, weight } = ray;
    for (let c = 0; c < channels; c++) images[c * pixels + pixel] = weight * sums[c * moments]!;
    for (let q = 0; q < 6; q++) {
      ray.rates(unitTwists[q]!, rates);
      for (let c = 0; c < channels; c++) {
        jacobian[(q * channels + c) * pixels + pixel] = derivative(sums, c * moments, weight, rates);
      }
    }
  });
  return out;
}

function createView(channels: number, { camera }: ProjectionGeometry): ChannelView {
  const pixels = camera.width * camera.height;
  return {
    images: new Float32Array(channels * pixels),
    jacobian: new Float32Array(6 * channels * pixels),
  };
}

/** P V of every channel. */
export function projectPacked(packed: PackedChannels, geometry: ProjectionGeometry): Float32Array {
  const pixels = geometry.camera.width * geometry.camera.height;
  const images = new Float32Array(packed.channels * pixels);
  const sums = new Float64Array(packed.channels * moments);
  visitRays(sameGrid(packed, geometry), (ray) => {
    sampleRay(packed, ray, sums);
    for (let c = 0; c < packed.channels; c++) {
      images[c * pixels + ray.pixel] = ray.weight * sums[c * moments]!;
    }
  });
  return images;
}

/** The gradient by the camera's twist of a loss whose gradient to the projection is `images`. */
export function packedTwistGradient(
  packed: PackedChannels,
  images: Float32Array,
  geometry: ProjectionGeometry,
): number[] {
  const { channels } = packed;
  const pixels = geometry.camera.width * geometry.camera.height;
  checkLength("Images to project back", images, channels * pixels);
  const sums = new Float64Array(channels * moments);
  const total = new Float64Array(moments);
  const rates = createRates();
  const out = [0, 0, 0, 0, 0, 0];
  visitRays(sameGrid(packed, geometry), (ray) => {
    sampleRay(packed, ray, sums);
    total.fill(0);
    for (let c = 0; c < channels; c++) {
      const slope = images[c * pixels + ray.pixel]!;
      for (let m = 0; m < moments; m++) total[m]! += slope * sums[c * moments + m]!;
    }
    for (let q = 0; q < 6; q++) {
      out[q]! += derivative(total, 0, ray.weight, ray.rates(unitTwists[q]!, rates));
    }
  });
  return out;
}

/** What is projected back: gradients of a loss to the projection, and to its derivative along a twist. */
export interface BackProjected {
  /** [channels][pixels]; P^T of them is added. */
  readonly images?: Float32Array;
  /** The transpose of d/dt P(exp(t direction) pose) of these images is added. */
  readonly moved?: { readonly images: Float32Array; readonly direction: Twist };
}

/** Adds P^T images + D(direction)^T moved to `into`, in one walk. */
export function addBackProjection(
  into: PackedChannels,
  geometry: ProjectionGeometry,
  { images, moved }: BackProjected,
): void {
  const { channels } = into;
  const pixels = geometry.camera.width * geometry.camera.height;
  for (const given of [images, moved?.images]) {
    if (given) checkLength("Images to project back", given, channels * pixels);
  }
  const values = new Float64Array(channels);
  const slopes = new Float64Array(channels);
  const rates = createRates();
  visitRays(sameGrid(into, geometry), (ray) => {
    const { pixel, weight } = ray;
    if (moved) ray.rates(moved.direction, rates);
    for (let c = 0; c < channels; c++) {
      const slope = moved ? moved.images[c * pixels + pixel]! : 0;
      const value = images ? images[c * pixels + pixel]! : 0;
      values[c] = value * weight + slope * rates.weight;
      slopes[c] = slope * weight;
    }
    scatterRay(into, ray, values, slopes, rates);
  });
}

const unitTwists: readonly Twist[] = [
  [1, 0, 0, 0, 0, 0],
  [0, 1, 0, 0, 0, 0],
  [0, 0, 1, 0, 0, 0],
  [0, 0, 0, 1, 0, 0],
  [0, 0, 0, 0, 1, 0],
  [0, 0, 0, 0, 0, 1],
];

/** Sums along a ray: values, d/dx, depth x d/dx, d/dy, depth x d/dy. */
const moments = 5;

function sampleRay({ values, channels }: PackedChannels, ray: ChannelRay, sums: Float64Array): void {
  sums.fill(0);
  const { planes, slopeX, slopeY, strideAlong } = ray;
  const [nextX, nextY] = [ray.strideX * channels, ray.strideY * channels];
  let { x, y, start, depth } = ray;
  for (let m = 0; m < planes; m++) {
    const [i, j] = [Math.floor(x), Math.floor(y)];
    const [fx, fy] = [x - i, y - j];
    let at = (start + i * ray.strideX + j * ray.strideY) * channels;
    for (let c = 0, s = 0; c < channels; c++, s += moments, at++) {
      const v00 = values[at]!;
      const v01 = values[at + nextY]!;
      const slope0 = values[at + nextX]! - v00;
      const slope1 = values[at + nextX + nextY]! - v01;
      const a = v00 + fx * slope0;
      const dy = v01 + fx * slope1 - a;
      const dx = slope0 + fy * (slope1 - slope0);
      sums[s]! += a + fy * dy;
      sums[s + 1]! += dx;
      sums[s + 2]! += depth * dx;
      sums[s + 3]! += dy;
      sums[s + 4]! += depth * dy;
    }
    x += slopeX;
    y += slopeY;
    start += strideAlong;
    depth++;
  }
}

function derivative(sums: Float64Array, at: number, weight: number, rates: RayRates): number {
  const moved =
    rates.shiftX * sums[at + 1]! +
    rates.turnX * sums[at + 2]! +
    rates.shiftY * sums[at + 3]! +
    rates.turnY * sums[at + 4]!;
  return rates.weight * sums[at]! + weight * moved;
}

/** The transpose of `sampleRay`: `values` goes where the value came from, `slopes` where its movement did. */
function scatterRay(
  { values: voxels, channels }: PackedChannels,
  ray: ChannelRay,
  values: Float64Array,
  slopes: Float64Array,
  { shiftX, shiftY, turnX, turnY }: RayRates,
): void {
  const { planes, slopeX, slopeY, strideAlong } = ray;
  const [nextX, nextY] = [ray.strideX * channels, ray.strideY * channels];
  let { x, y, start, depth } = ray;
  for (let m = 0; m < planes; m++) {
    const [i, j] = [Math.floor(x), Math.floor(y)];
    const [fx, fy] = [x - i, y - j];
    const [gx, gy] = [1 - fx, 1 - fy];
    const [rateX, rateY] = [shiftX + depth * turnX, shiftY + depth * turnY];
    const [v00, v10, v01, v11] = [gx * gy, fx * gy, gx * fy, fx * fy];
    const s00 = -rateX * gy - rateY * gx;
    const s10 = rateX * gy - rateY * fx;
    const s01 = rateY * gx - rateX * fy;
    const s11 = rateX * fy + rateY * fx;
    let at = (start + i * ray.strideX + j * ray.strideY) * channels;
    for (let c = 0; c < channels; c++, at++) {
      const [value, slope] = [values[c]!, slopes[c]!];
      voxels[at]! += value * v00 + slope * s00;
      voxels[at + nextX]! += value * v10 + slope * s10;
      voxels[at + nextY]! += value * v01 + slope * s01;
      voxels[at + nextX + nextY]! += value * v11 + slope * s11;
    }
    x += slopeX;
    y += slopeY;
    start += strideAlong;
    depth++;
  }
}

function sameGrid({ size }: PackedChannels, geometry: ProjectionGeometry): ProjectionGeometry {
  if (size.every((n, axis) => n === geometry.size[axis])) return geometry;
  throw usageError({
    what: "Channels to project",
    got: `${size.join(" x ")} voxels`,
    expected: `the geometry's ${geometry.size.join(" x ")}`,
  });
}
