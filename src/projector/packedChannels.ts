import { usageError } from "../errors.ts";
import type { Twist } from "../geometry/se3.ts";
import { type ChannelRay, type RayRates, createRates, visitRays } from "./channelRay.ts";
import type { ProjectionGeometry } from "./planeStencil.ts";

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

/** P V of every channel, and its six derivatives. */
export function projectWithJacobian(packed: PackedChannels, geometry: ProjectionGeometry): ChannelView {
  const { channels } = packed;
  const pixels = geometry.camera.width * geometry.camera.height;
  const images = new Float32Array(channels * pixels);
  const jacobian = new Float32Array(6 * channels * pixels);
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
  return { images, jacobian };
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

/** Adds P^T g to `into`; with `direction`, the transpose of the derivative along that twist. */
export function addBackProjection(
  into: PackedChannels,
  images: Float32Array,
  geometry: ProjectionGeometry,
  direction?: Twist,
): void {
  const { channels } = into;
  const pixels = geometry.camera.width * geometry.camera.height;
  checkLength("Images to project back", images, channels * pixels);
  const slopes = new Float64Array(channels);
  const rates = createRates();
  visitRays(sameGrid(into, geometry), (ray) => {
    for (let c = 0; c < channels; c++) slopes[c] = images[c * pixels + ray.pixel]!;
    if (direction) ray.rates(direction, rates);
    else rates.weight = ray.weight;
    scatterRay(into, ray, slopes, rates);
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

function scatterRay(
  { values, channels }: PackedChannels,
  ray: ChannelRay,
  slopes: Float64Array,
  rates: RayRates,
): void {
  const { planes, slopeX, slopeY, strideAlong, weight } = ray;
  const [nextX, nextY] = [ray.strideX * channels, ray.strideY * channels];
  let { x, y, start, depth } = ray;
  for (let m = 0; m < planes; m++) {
    const [i, j] = [Math.floor(x), Math.floor(y)];
    const [fx, fy] = [x - i, y - j];
    const rateX = weight * (rates.shiftX + depth * rates.turnX);
    const rateY = weight * (rates.shiftY + depth * rates.turnY);
    const w00 = rates.weight * (1 - fx) * (1 - fy) - rateX * (1 - fy) - rateY * (1 - fx);
    const w10 = rates.weight * fx * (1 - fy) + rateX * (1 - fy) - rateY * fx;
    const w01 = rates.weight * (1 - fx) * fy + rateY * (1 - fx) - rateX * fy;
    const w11 = rates.weight * fx * fy + rateX * fy + rateY * fx;
    let at = (start + i * ray.strideX + j * ray.strideY) * channels;
    for (let c = 0; c < channels; c++, at++) {
      const slope = slopes[c]!;
      values[at]! += slope * w00;
      values[at + nextX]! += slope * w10;
      values[at + nextY]! += slope * w01;
      values[at + nextX + nextY]! += slope * w11;
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

function checkLength(what: string, values: Float32Array, length: number): void {
  if (values.length === length) return;
  throw usageError({ what, got: `${values.length} numbers`, expected: `${length}` });
}
