import * as view from "../src/projector/viewLayout";
import { sumRuns } from "./forward";
import * as group from "./group";
import { put, sum, sumRunsWithDerivatives, writeDerivatives } from "./jacobian";
import { findRuns, runsInside } from "./runs";

/** Renders the pixels [u0, u1) x [v0, v1) of the block's image; `scratch` belongs to the calling thread. */
export function renderTile(block: usize, scratch: usize, u0: i32, v0: i32, u1: i32, v1: i32): void {
  const runList = scratch + 128;
  group.useScratch(scratch);
  const runs = findRuns(block, runList, u0, v0, u1, v1);
  const inside = runsInside;
  const width = load<i32>(block, view.WIDTH);
  const image = <usize>load<u32>(block, view.IMAGE);
  const jacobian = load<u32>(block, view.JACOBIAN) != 0;
  for (let v = v0; v < v1; v++) {
    const y = <f32>(<f64>v * load<f64>(block, view.SLOPE_V) + load<f64>(block, view.OFFSET_V));
    for (let u = u0; u < u1; u += 4) {
      const pixel = (<usize>(v * width + u)) << 2;
      const count = min(4, u1 - u);
      if (runs == 0) {
        clear(block, pixel, count, jacobian);
        continue;
      }
      group.aimRow(block, u, v);
      const x = columnSlopes(block, u);
      const length = f32x4.sqrt(
        f32x4.add(f32x4.mul(x, x), f32x4.splat(y * y + 1)),
      );
      const weight = f32x4.div(length, f32x4.abs(group.along));
      if (jacobian) {
        sumRunsWithDerivatives(block, runList, runs, inside);
        put(image + pixel, f32x4.mul(weight, sum), count);
        writeDerivatives(block, pixel, weight, x, f32x4.splat(y), count);
      } else {
        put(image + pixel, f32x4.mul(weight, sumRuns(block, runList, runs, inside)), count);
      }
    }
  }
}

/** x of the camera-frame directions of columns u to u + 3. */
// @ts-ignore: decorator
@inline
function columnSlopes(block: usize, u: i32): v128 {
  const slope = load<f64>(block, view.SLOPE_U);
  const first = <f32>(<f64>u * slope + load<f64>(block, view.OFFSET_U));
  return f32x4.add(f32x4.splat(first), f32x4.mul(f32x4(0, 1, 2, 3), f32x4.splat(<f32>slope)));
}

function clear(block: usize, pixel: usize, count: i32, jacobian: bool): void {
  const zero = f32x4.splat(0);
  put(<usize>load<u32>(block, view.IMAGE) + pixel, zero, count);
  if (!jacobian) return;
  const plane = (<usize>(load<i32>(block, view.WIDTH) * load<i32>(block, view.HEIGHT))) << 2;
  for (let q: usize = 0; q < 6; q++) {
    put(<usize>load<u32>(block, view.JACOBIAN) + q * plane + pixel, zero, count);
  }
}
