import { describe, expect, it } from "vitest";
import { createGraph } from "../tensor/graph.ts";
import type { Tensor } from "../tensor/primitive.ts";
import { type Scope, createScope } from "../tensor/scope.ts";
import type { Shape } from "../tensor/shape.ts";
import { cascadeFusion } from "./cascadeFusion.ts";
import { compositeEncoder, paperCompositeEncoder } from "./compositeEncoder.ts";
import { compactDeepReg, deepRegSimilarity, fixedFeatures, movingFeatures } from "./deepReg.ts";
import { networkDiagram } from "./diagram.ts";
import { focalBlock } from "./focalBlock.ts";
import { paperPlainEncoder, plainEncoder } from "./prostEncoder.ts";
import { paperProstVolumeNet, prostVolumeNet } from "./prostVolumeNet.ts";
import { paperRtpi, rtpi } from "./rtpi.ts";
import { splitAttention } from "./splitAttention.ts";

interface Picture {
  readonly title: string;
  readonly text: string;
  readonly inputs: Readonly<Record<string, Shape>>;
  readonly build: (scope: Scope, inputs: Tensor[]) => Record<string, Tensor>;
}

const pictures: readonly Picture[] = [
  {
    title: "Pose initialiser (RTPI)",
    text: "Section 2.2, Fig. 2. Paper-sized, one volume and one X-ray; `src/networks/rtpi.ts`.",
    inputs: { "X-ray": [1, 1, 256, 256], volume: [1, 1, 128, 128, 128] },
    build: (s, [image, volume]) => ({ pose: rtpi(s, image!, volume!, paperRtpi) }),
  },
  {
    title: "Composite encoder",
    text: "Section 2.3, Fig. 3. Paper-sized; `src/networks/compositeEncoder.ts`.",
    inputs: { image: [1, 1, 256, 256] },
    build: (s, [image]) => {
      const [fine, finer, middle] = compositeEncoder(paperCompositeEncoder)(s, image!);
      return { "feature 1": fine!, "feature 2": finer!, "feature 3": middle! };
    },
  },
  {
    title: "Cascade fusion block",
    text: "Section 2.3; `src/networks/cascadeFusion.ts`.",
    inputs: { features: [1, 64, 32, 32] },
    build: (s, [x]) => ({ ...cascadeFusion(s, x!, [64, 128, 256]) }),
  },
  {
    title: "Split attention",
    text: "Radix 2; `src/networks/splitAttention.ts`.",
    inputs: { features: [1, 64, 32, 32] },
    build: (s, [x]) => ({ attended: splitAttention(s, x!, { filters: 64 }) }),
  },
  {
    title: "Focal block",
    text: "`src/networks/focalBlock.ts`.",
    inputs: { features: [1, 256, 8, 8] },
    build: (s, [x]) => ({ out: focalBlock(s, x!) }),
  },
  {
    title: "Plain encoder of ProST",
    text: "The ablation's encoder and the 2D part of `deep-reg`; `src/networks/prostEncoder.ts`.",
    inputs: { image: [1, 1, 256, 256] },
    build: (s, [image]) => ({ feature: plainEncoder(paperPlainEncoder)(s, image!)[0]! }),
  },
  {
    title: "Volume network of ProST",
    text: "The 3D part of `deep-reg`; `src/networks/prostVolumeNet.ts`.",
    inputs: { volume: [1, 1, 128, 128, 128] },
    build: (s, [volume]) => ({ channels: prostVolumeNet(s, volume!, paperProstVolumeNet) }),
  },
  {
    title: "Network similarity of ProST",
    text: "What `deep-reg` descends on, as shipped: the volume network's channels, projected, against the X-ray; `src/networks/deepReg.ts`.",
    inputs: { "X-ray": [1, 1, 64, 64], "projected channels": [1, 3, 64, 64] },
    build: (s, [image, projection]) => {
      const fixed = fixedFeatures(s, image!, compactDeepReg);
      const moving = movingFeatures(s, projection!, compactDeepReg);
      return { similarity: deepRegSimilarity(moving, fixed, compactDeepReg) };
    },
  },
];

function draw({ inputs, build }: Picture): string {
  const scope = createScope(createGraph());
  const tensors = Object.entries(inputs).map(([name, shape]) => scope.graph.input(name, shape));
  return networkDiagram(build(scope, tensors));
}

describe("docs/networks.md", () => {
  it("shows the networks as they are (vitest -u redraws it)", async () => {
    const parts = pictures.map((picture) =>
      [`## ${picture.title}`, "", picture.text, "", "```mermaid", `${draw(picture)}\`\`\``, ""].join("\n"),
    );
    const intro =
      "Drawn from the graphs themselves: boxes are layers, arrows carry shapes [batch, channels, ...space].";
    const page = ["# The networks", "", intro, "", ...parts].join("\n");
    await expect(page).toMatchFileSnapshot("../../docs/networks.md");
  });

  it("draws every box once and connects every box", () => {
    for (const picture of pictures) {
      const lines = draw(picture).split("\n");
      const boxes = lines.flatMap((line) => /^ {2}(n\d+)[[(]/.exec(line)?.[1] ?? []);
      const ends = lines.flatMap((line) => /^ {2}(n\d+) -->\|[\d x]*\| (n\d+)$/.exec(line)?.slice(1) ?? []);
      expect(new Set(boxes).size).toBe(boxes.length);
      expect(new Set(ends)).toEqual(new Set(boxes));
    }
  });
});
