import * as view from "../src/projector/viewLayout";

/** Adding 2^23 leaves the integer part of a float in its low bits. */
const MAGIC: f32 = 8388608;

let planeB: v128 = f32x4.splat(0);
let planeC: v128 = f32x4.splat(0);
let sum: v128 = f32x4.splat(0);
let sumB: v128 = f32x4.splat(0);
let sumC: v128 = f32x4.splat(0);
let momentB: v128 = f32x4.splat(0);
let momentC: v128 = f32x4.splat(0);

/** Renders pixels [u, u + 4) of row v. */
export function renderGroup(block: usize, u: i32, v: i32): void {
  const jacobian = load<u32>(block, view.JACOBIAN) != 0;
  // Ray directions of the four pixels in double precision: the far source would cost single precision its digits.
  const y = <f64>v * load<f64>(block, view.SLOPE_V) + load<f64>(block, view.OFFSET_V);
  const first = load<i32>(block, view.FIRST_PLANE);
  const last = load<i32>(block, view.LAST_PLANE);
  const middle = (first + last) >> 1;
  const depth = <f64>middle - load<f64>(block, view.SOURCE);
  const end = load<i32>(block, view.U1) - 1;
  let slopeB = f32x4.splat(0);
  let slopeC = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let c0 = f32x4.splat(0);
  let along = f32x4.splat(0);
  let length = f32x4.splat(0);
  let rx = f32x4.splat(0);
  for (let lane = 0; lane < 4; lane++) {
    const x = <f64>min(u + lane, end) * load<f64>(block, view.SLOPE_U) + load<f64>(block, view.OFFSET_U);
    const da = row(block, 0, x, y);
    const mb = row(block, 24, x, y) / da;
    const mc = row(block, 48, x, y) / da;
    slopeB = rotateIn(slopeB, <f32>mb);
    slopeC = rotateIn(slopeC, <f32>mc);
    b0 = rotateIn(b0, <f32>(load<f64>(block, view.SOURCE + 8) + depth * mb + <f64>view.PADDING));
    c0 = rotateIn(c0, <f32>(load<f64>(block, view.SOURCE + 16) + depth * mc + <f64>view.PADDING));
    along = rotateIn(along, <f32>da);
    length = rotateIn(length, <f32>Math.sqrt(x * x + y * y + 1));
    rx = rotateIn(rx, <f32>x);
  }
  sum = sumB = sumC = momentB = momentC = f32x4.splat(0);
  const sizeB = <f32>load<i32>(block, view.SIZE_B);
  const sizeC = <f32>load<i32>(block, view.SIZE_C);
  // Planes (relative to `middle`) where a lane may see the grid, and where all lanes read inside the padding.
  const any = f32x4.splat(1);
  const all = f32x4.splat(0.25);
  const anyEnter = f32x4.max(enter(b0, slopeB, any, sizeB), enter(c0, slopeC, any, sizeC));
  const anyLeave = f32x4.min(leave(b0, slopeB, any, sizeB), leave(c0, slopeC, any, sizeC));
  const allEnter = f32x4.max(enter(b0, slopeB, all, sizeB), enter(c0, slopeC, all, sizeC));
  const allLeave = f32x4.min(leave(b0, slopeB, all, sizeB), leave(c0, slopeC, all, sizeC));
  let k0 = max(first, middle + <i32>Mathf.floor(lowest(anyEnter)));
  const k3 = min(last, middle + <i32>Mathf.ceil(highest(anyLeave)));
  if (k0 <= k3) {
    let k1 = max(k0, middle + <i32>Mathf.ceil(highest(allEnter)));
    let k2 = min(k3, middle + <i32>Mathf.floor(lowest(allLeave)));
    if (k1 > k2) {
      k1 = k3 + 1;
      k2 = k3;
    }
    const start = f32x4.splat(<f32>(k0 - middle));
    planeB = f32x4.add(b0, f32x4.mul(start, slopeB));
    planeC = f32x4.add(c0, f32x4.mul(start, slopeC));
    if (jacobian) {
      spanJacobian(block, slopeB, slopeC, k0, k1 - 1, middle, true);
      spanJacobian(block, slopeB, slopeC, k1, k2, middle, false);
      spanJacobian(block, slopeB, slopeC, k2 + 1, k3, middle, true);
    } else {
      span(block, slopeB, slopeC, k0, k1 - 1, true);
      span(block, slopeB, slopeC, k1, k2, false);
      span(block, slopeB, slopeC, k2 + 1, k3, true);
    }
  }
  write(block, u, v, along, length, slopeB, slopeC, rx, <f32>y, <f32>depth, jacobian);
}

// @ts-ignore: decorator
@inline
function row(block: usize, offset: usize, x: f64, y: f64): f64 {
  const at = block + offset;
  return (
    load<f64>(at, view.LINEAR) * x + load<f64>(at, view.LINEAR + 8) * y + load<f64>(at, view.LINEAR + 16)
  );
}

/** Shifts lanes down and puts the value into lane 3: four calls fill lanes 0 to 3 in order. */
// @ts-ignore: decorator
@inline
function rotateIn(lanes: v128, value: f32): v128 {
  return f32x4.replace_lane(i32x4.shuffle(lanes, lanes, 1, 2, 3, 3), 3, value);
}

/** Slopes kept away from zero so that crossings stay ordered numbers. */
// @ts-ignore: decorator
@inline
function inverse(slope: v128): v128 {
  const tiny = f32x4.splat(1e-9);
  const safe = v128.bitselect(tiny, slope, f32x4.lt(f32x4.abs(slope), tiny));
  return f32x4.div(f32x4.splat(1), safe);
}

// @ts-ignore: decorator
@inline
function clampPlane(k: v128): v128 {
  return f32x4.min(f32x4.max(k, f32x4.splat(-1e6)), f32x4.splat(1e6));
}

/** First plane offset at which p = start + k slope lies in [margin, size + 3 - margin] of the padded axis. */
// @ts-ignore: decorator
@inline
function enter(start: v128, slope: v128, margin: v128, size: f32): v128 {
  const scale = inverse(slope);
  const low = f32x4.mul(f32x4.sub(margin, start), scale);
  const high = f32x4.mul(f32x4.sub(f32x4.sub(f32x4.splat(size + 3), margin), start), scale);
  return clampPlane(f32x4.min(low, high));
}

// @ts-ignore: decorator
@inline
function leave(start: v128, slope: v128, margin: v128, size: f32): v128 {
  const scale = inverse(slope);
  const low = f32x4.mul(f32x4.sub(margin, start), scale);
  const high = f32x4.mul(f32x4.sub(f32x4.sub(f32x4.splat(size + 3), margin), start), scale);
  return clampPlane(f32x4.max(low, high));
}

// @ts-ignore: decorator
@inline
function lowest(x: v128): f32 {
  const y = f32x4.min(x, i32x4.shuffle(x, x, 2, 3, 2, 3));
  return min(f32x4.extract_lane(y, 0), f32x4.extract_lane(y, 1));
}

// @ts-ignore: decorator
@inline
function highest(x: v128): f32 {
  const y = f32x4.max(x, i32x4.shuffle(x, x, 2, 3, 2, 3));
  return max(f32x4.extract_lane(y, 0), f32x4.extract_lane(y, 1));
}

/** Two neighbours along b for each of two rays. */
// @ts-ignore: decorator
@inline
function pair(first: usize, second: usize): v128 {
  return v128.load_lane<u64>(second, v128.load64_zero(first), 1);
}

// @ts-ignore: decorator
@inline
function span(block: usize, slopeB: v128, slopeC: v128, from: i32, to: i32, clamped: bool): void {
  if (from > to) return;
  const strideC = load<u32>(block, view.STRIDE_C);
  const strideA = load<u32>(block, view.STRIDE_A);
  let base = load<u32>(block, view.BASE) + from * strideA;
  const bias = reinterpret<i32>(MAGIC);
  let b = planeB;
  let c = planeC;
  let total = sum;
  const stride = i32x4.splat(strideC);
  const limitB = f32x4.splat(<f32>load<i32>(block, view.SIZE_B) + 2.5);
  const limitC = f32x4.splat(<f32>load<i32>(block, view.SIZE_C) + 2.5);
  for (let k = from; k <= to; k++) {
    let x = b;
    let y = c;
    if (clamped) {
      x = f32x4.min(f32x4.max(x, f32x4.splat(0.5)), limitB);
      y = f32x4.min(f32x4.max(y, f32x4.splat(0.5)), limitC);
    }
    const floorB = f32x4.floor(x);
    const floorC = f32x4.floor(y);
    const indexB = f32x4.add(floorB, f32x4.splat(MAGIC));
    const indexC = i32x4.sub(f32x4.add(floorC, f32x4.splat(MAGIC)), i32x4.splat(bias));
    const at = i32x4.add(
      i32x4.add(i32x4.shl(indexB, 2), i32x4.splat(base - (bias << 2))),
      i32x4.mul(indexC, stride),
    );
    const a0 = <usize>i32x4.extract_lane(at, 0);
    const a1 = <usize>i32x4.extract_lane(at, 1);
    const a2 = <usize>i32x4.extract_lane(at, 2);
    const a3 = <usize>i32x4.extract_lane(at, 3);
    const near01 = pair(a0, a1);
    const near23 = pair(a2, a3);
    const far01 = pair(a0 + strideC, a1 + strideC);
    const far23 = pair(a2 + strideC, a3 + strideC);
    const fractionB = f32x4.sub(x, floorB);
    const fractionC = f32x4.sub(y, floorC);
    // Along c first: it works on the pairs as loaded, so only one shuffle pair is needed.
    const near0 = i32x4.shuffle(near01, near23, 0, 2, 4, 6);
    const near1 = i32x4.shuffle(near01, near23, 1, 3, 5, 7);
    const far0 = i32x4.shuffle(far01, far23, 0, 2, 4, 6);
    const far1 = i32x4.shuffle(far01, far23, 1, 3, 5, 7);
    const near = f32x4.add(near0, f32x4.mul(fractionB, f32x4.sub(near1, near0)));
    const far = f32x4.add(far0, f32x4.mul(fractionB, f32x4.sub(far1, far0)));
    total = f32x4.add(total, f32x4.add(near, f32x4.mul(fractionC, f32x4.sub(far, near))));
    b = f32x4.add(b, slopeB);
    c = f32x4.add(c, slopeC);
    base += strideA;
  }
  planeB = b;
  planeC = c;
  sum = total;
}

// @ts-ignore: decorator
@inline
function spanJacobian(
  block: usize,
  slopeB: v128,
  slopeC: v128,
  from: i32,
  to: i32,
  middle: i32,
  clamped: bool,
): void {
  if (from > to) return;
  const strideC = load<u32>(block, view.STRIDE_C);
  const strideA = load<u32>(block, view.STRIDE_A);
  let base = load<u32>(block, view.BASE) + from * strideA;
  const bias = reinterpret<i32>(MAGIC);
  let b = planeB;
  let c = planeC;
  let total = sum;
  let totalB = sumB;
  let totalC = sumC;
  let turnB = momentB;
  let turnC = momentC;
  let arm = f32x4.splat(<f32>(from - middle));
  const stride = i32x4.splat(strideC);
  const limitB = f32x4.splat(<f32>load<i32>(block, view.SIZE_B) + 2.5);
  const limitC = f32x4.splat(<f32>load<i32>(block, view.SIZE_C) + 2.5);
  for (let k = from; k <= to; k++) {
    let x = b;
    let y = c;
    if (clamped) {
      x = f32x4.min(f32x4.max(x, f32x4.splat(0.5)), limitB);
      y = f32x4.min(f32x4.max(y, f32x4.splat(0.5)), limitC);
    }
    const floorB = f32x4.floor(x);
    const floorC = f32x4.floor(y);
    const indexB = f32x4.add(floorB, f32x4.splat(MAGIC));
    const indexC = i32x4.sub(f32x4.add(floorC, f32x4.splat(MAGIC)), i32x4.splat(bias));
    const at = i32x4.add(
      i32x4.add(i32x4.shl(indexB, 2), i32x4.splat(base - (bias << 2))),
      i32x4.mul(indexC, stride),
    );
    const a0 = <usize>i32x4.extract_lane(at, 0);
    const a1 = <usize>i32x4.extract_lane(at, 1);
    const a2 = <usize>i32x4.extract_lane(at, 2);
    const a3 = <usize>i32x4.extract_lane(at, 3);
    const near01 = pair(a0, a1);
    const near23 = pair(a2, a3);
    const far01 = pair(a0 + strideC, a1 + strideC);
    const far23 = pair(a2 + strideC, a3 + strideC);
    const fractionB = f32x4.sub(x, floorB);
    const fractionC = f32x4.sub(y, floorC);
    const near0 = i32x4.shuffle(near01, near23, 0, 2, 4, 6);
    const near1 = i32x4.shuffle(near01, near23, 1, 3, 5, 7);
    const far0 = i32x4.shuffle(far01, far23, 0, 2, 4, 6);
    const far1 = i32x4.shuffle(far01, far23, 1, 3, 5, 7);
    const riseNear = f32x4.sub(near1, near0);
    const riseFar = f32x4.sub(far1, far0);
    const near = f32x4.add(near0, f32x4.mul(fractionB, riseNear));
    const far = f32x4.add(far0, f32x4.mul(fractionB, riseFar));
    const byC = f32x4.sub(far, near);
    const byB = f32x4.add(riseNear, f32x4.mul(fractionC, f32x4.sub(riseFar, riseNear)));
    total = f32x4.add(total, f32x4.add(near, f32x4.mul(fractionC, byC)));
    totalB = f32x4.add(totalB, byB);
    totalC = f32x4.add(totalC, byC);
    turnB = f32x4.add(turnB, f32x4.mul(arm, byB));
    turnC = f32x4.add(turnC, f32x4.mul(arm, byC));
    arm = f32x4.add(arm, f32x4.splat(1));
    b = f32x4.add(b, slopeB);
    c = f32x4.add(c, slopeC);
    base += strideA;
  }
  planeB = b;
  planeC = c;
  sum = total;
  sumB = totalB;
  sumC = totalC;
  momentB = turnB;
  momentC = turnC;
}

/** I = w sum V, and the six twist derivatives from the five sums. */
// @ts-ignore: decorator
@inline
function write(
  block: usize,
  u: i32,
  v: i32,
  along: v128,
  length: v128,
  slopeB: v128,
  slopeC: v128,
  rx: v128,
  ry: f32,
  depth: f32,
  jacobian: bool,
): void {
  const width = load<i32>(block, view.WIDTH);
  const pixel = <usize>(v * width + u) << 2;
  const count = min(4, load<i32>(block, view.U1) - u);
  const weight = f32x4.div(length, f32x4.abs(along));
  const value = f32x4.mul(weight, sum);
  put(<usize>load<u32>(block, view.IMAGE) + pixel, value, count);
  if (!jacobian) return;
  const inverseAlong = f32x4.div(f32x4.splat(1), along);
  const mean = f32x4.splat(depth);
  const sourceB = f32x4.mul(weight, sumB);
  const sourceC = f32x4.mul(weight, sumC);
  const sourceA = f32x4.neg(f32x4.add(f32x4.mul(sourceB, slopeB), f32x4.mul(sourceC, slopeC)));
  const turn = f32x4.mul(weight, inverseAlong);
  const directionB = f32x4.mul(turn, f32x4.add(momentB, f32x4.mul(mean, sumB)));
  const directionC = f32x4.mul(turn, f32x4.add(momentC, f32x4.mul(mean, sumC)));
  const directionA = f32x4.neg(
    f32x4.add(
      f32x4.mul(value, inverseAlong),
      f32x4.add(f32x4.mul(directionB, slopeB), f32x4.mul(directionC, slopeC)),
    ),
  );
  const hx = pull(block, 0, directionA, directionB, directionC);
  const hy = pull(block, 8, directionA, directionB, directionC);
  const hz = pull(block, 16, directionA, directionB, directionC);
  const yy = f32x4.splat(ry);
  const plane = (<usize>(width * load<i32>(block, view.HEIGHT))) << 2;
  const out = <usize>load<u32>(block, view.JACOBIAN) + pixel;
  put(out, f32x4.sub(hy, f32x4.mul(hz, yy)), count);
  put(out + plane, f32x4.sub(f32x4.mul(hz, rx), hx), count);
  put(out + 2 * plane, f32x4.sub(f32x4.mul(hx, yy), f32x4.mul(hy, rx)), count);
  put(out + 3 * plane, f32x4.neg(pull(block, 0, sourceA, sourceB, sourceC)), count);
  put(out + 4 * plane, f32x4.neg(pull(block, 8, sourceA, sourceB, sourceC)), count);
  put(out + 5 * plane, f32x4.neg(pull(block, 16, sourceA, sourceB, sourceC)), count);
}

/** One row of linear^T g. */
// @ts-ignore: decorator
@inline
function pull(block: usize, column: usize, a: v128, b: v128, c: v128): v128 {
  const at = block + column;
  const la = f32x4.splat(<f32>load<f64>(at, view.LINEAR));
  const lb = f32x4.splat(<f32>load<f64>(at, view.LINEAR + 24));
  const lc = f32x4.splat(<f32>load<f64>(at, view.LINEAR + 48));
  return f32x4.add(f32x4.mul(la, a), f32x4.add(f32x4.mul(lb, b), f32x4.mul(lc, c)));
}

// @ts-ignore: decorator
@inline
function put(at: usize, value: v128, count: i32): void {
  if (count == 4) {
    v128.store(at, value);
    return;
  }
  store<f32>(at, f32x4.extract_lane(value, 0));
  if (count > 1) store<f32>(at + 4, f32x4.extract_lane(value, 1));
  if (count > 2) store<f32>(at + 8, f32x4.extract_lane(value, 2));
}

/** Renders the pixels [u0, u1) x [v0, v1) of the block's image, rows of four. */
export function renderTile(block: usize, u0: i32, v0: i32, u1: i32, v1: i32): void {
  for (let v = v0; v < v1; v++) {
    for (let u = u0; u < u1; u += 4) renderGroup(block, u, v);
  }
}
