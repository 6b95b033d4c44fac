import { defaultDevice, grad, init, lax, nn, numpy as np } from "@jax-js/jax";
import { beforeAll, describe, it } from "vitest";
import { gradient } from "./gradient.ts";
import { createGraph } from "./graph.ts";
import { interpret } from "./interpreter.ts";
import { expectClose, randomArray } from "./opCheck.testkit.ts";
import * as t from "./ops/index.ts";
import type { Tensor } from "./primitive.ts";
import { sizeOf } from "./shape.ts";

/*
 * A second opinion on whole networks: jax-js, another automatic differentiation in JavaScript (single
 * precision). Its arrays are consumed by use, hence the many `.ref`; its `grad` stops derivatives through
 * all arguments but the first, hence the closures.
 */

type JaxArray = np.Array;
type Shapes = Readonly<Record<string, readonly number[]>>;

interface Network {
  readonly name: string;
  /** The input x, a direction for double backward t of the same shape, and weights. */
  readonly shapes: Shapes;
  readonly ours: (x: Tensor, w: Readonly<Record<string, Tensor>>) => Tensor;
  readonly jax: (x: JaxArray, w: Readonly<Record<string, JaxArray>>) => JaxArray;
}

/** Group normalisation in jax-js; consumes x. */
function jaxGroupNorm(x: JaxArray, groups: number): JaxArray {
  const [batch = 1, channels = 1, ...space] = x.shape;
  const grouped = x.reshape([batch, groups, (channels / groups) * sizeOf(space)]);
  const centred = grouped.ref.sub(np.mean(grouped, 2, { keepdims: true }));
  const variance = np.mean(centred.ref.mul(centred.ref), 2, { keepdims: true });
  return centred.div(np.sqrt(variance.add(1e-2))).reshape([batch, channels, ...space]);
}

const networks: readonly Network[] = [
  {
    name: "a 2D encoder: strided, depthwise dilated and grouped convolutions",
    shapes: { x: [2, 1, 10, 10], a: [4, 1, 3, 3], b: [4, 1, 3, 3], c: [4, 2, 1, 1], d: [3, 4] },
    ours: (x, { a, b, c, d }) => {
      const stem = t.silu(t.groupNorm(t.conv2d(x, a!, { stride: 2, padding: 1 }), 2, { epsilon: 1e-2 }));
      const focal = t.gelu(t.conv2d(stem, b!, { groups: 4, dilation: 2, padding: 2 }));
      const mixed = t.add(stem, t.conv2d(focal, c!, { groups: 2 }));
      const logits = t.matmul(t.globalAvgPool(mixed), d!, { transposeB: true });
      return t.mean(t.square(t.softmax(logits)));
    },
    jax: (x, { a, b, c, d }) => {
      const conv = lax.convGeneralDilated;
      const pads = (n: number): [number, number][] => [
        [n, n],
        [n, n],
      ];
      const stem = nn.silu(jaxGroupNorm(conv(x, a!.ref, [2, 2], pads(1)), 2));
      const options = { rhsDilation: [2, 2], featureGroupCount: 4 };
      const pre = conv(stem.ref, b!.ref, [1, 1], pads(2), options);
      const focal = pre.ref.mul(0.5).mul(lax.erf(pre.mul(Math.SQRT1_2)).add(1));
      const mixed = stem.add(conv(focal, c!.ref, [1, 1], pads(0), { featureGroupCount: 2 }));
      const pooled = np.mean(mixed, [2, 3]);
      const probabilities = nn.softmax(np.matmul(pooled, np.transpose(d!.ref)), -1);
      return np.mean(probabilities.ref.mul(probabilities));
    },
  },
  {
    name: "a 3D network flattened to 2D",
    shapes: { x: [1, 1, 4, 5, 6], a: [3, 1, 3, 3, 3], b: [4, 6, 3, 3] },
    ours: (x, { a, b }) => {
      const volume = t.tanh(t.conv3d(x, a!, { stride: [2, 1, 2], padding: 1 }));
      const flat = t.reshape(volume, [1, 6, 5, 3]);
      return t.mean(t.square(t.sigmoid(t.conv2d(flat, b!, { padding: 1 }))));
    },
    jax: (x, { a, b }) => {
      const ones: [number, number][] = [
        [1, 1],
        [1, 1],
        [1, 1],
      ];
      const volume = np.tanh(lax.convGeneralDilated(x, a!.ref, [2, 1, 2], ones));
      const flat = volume.reshape([1, 6, 5, 3]);
      const out = nn.sigmoid(lax.convGeneralDilated(flat, b!.ref, [1, 1], ones.slice(1)));
      return np.mean(out.ref.mul(out));
    },
  },
];

describe.each(networks)("jax-js agrees on $name", ({ name, shapes, ours, jax }) => {
  beforeAll(async () => {
    await init("cpu");
    defaultDevice("cpu");
  });

  const feeds = Object.fromEntries(
    Object.entries({ ...shapes, t: shapes["x"]! }).map(([key, shape]) => {
      return [key, Float32Array.from(randomArray(`${name} ${key}`, sizeOf(shape), [-1.5, 1.5]))];
    }),
  );
  const weightNames = Object.keys(shapes).filter((key) => key !== "x");
  const array = (key: string): JaxArray =>
    np.array(feeds[key]!, { shape: [...(shapes[key] ?? shapes["x"]!)] });
  const weights = (): Record<string, JaxArray> =>
    Object.fromEntries(weightNames.map((key) => [key, array(key)]));

  const graph = createGraph();
  const x = graph.input("x", shapes["x"]!);
  const w = Object.fromEntries(weightNames.map((key) => [key, graph.parameter(key, shapes[key]!)]));
  const loss = ours(x, w);
  const [dx] = gradient(loss, [x]);
  const along = t.sum(t.mul(dx!, graph.input("t", x.shape)));
  const parameters = weightNames.map((key) => w[key]!);

  it("in the value and the gradient of the input", async () => {
    const [value, gradients] = interpret([loss, dx!], feeds);
    const theirs = await jax(array("x"), weights()).data();
    const theirGradient = await grad((z: JaxArray) => jax(z, weights()))(array("x")).data();
    expectClose(theirs, value!, 1e-5, "value");
    expectClose(theirGradient, gradients!, 1e-4, "gradient");
  });

  it.each(weightNames)("in the gradient and the double backward of weights %s", async (key) => {
    const index = weightNames.indexOf(key);
    const [first, second] = interpret(
      [gradient(loss, parameters)[index]!, gradient(along, parameters)[index]!],
      feeds,
    );
    const withWeight = (value: JaxArray): Record<string, JaxArray> => ({ ...weights(), [key]: value });
    const single = await grad((v: JaxArray) => jax(array("x"), withWeight(v)))(array(key)).data();
    const double = await grad((v: JaxArray) => {
      const inner = grad((z: JaxArray) => jax(z, withWeight(v.ref)))(array("x"));
      return np.sum(inner.mul(array("t")));
    })(array(key)).data();
    expectClose(single, first!, 1e-4, "gradient");
    expectClose(double, second!, 1e-4, "double backward");
  });
});
