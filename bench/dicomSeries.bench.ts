import { cpus, loadavg } from "node:os";
import { describe } from "vitest";
import { readDicomVolume } from "../src/io/dicom/index.ts";
import { ctSlice, pixelModule } from "../src/io/dicom/series.testkit.ts";
import { writeDicom } from "../src/io/dicom/dicomWriter.testkit.ts";
import { createRandom } from "../src/random.ts";
import { keptMeasurement } from "./keptMeasurement.ts";

/*
 * A series of 300 slices of 512 x 512, uncompressed, in random order: time to a volume, and the most memory held at any
 * slice (files, volume and whatever is not collected yet) as a multiple of the volume's own size.
 */

const [columns, rows, slices] = [512, 512, 300];
const runs = 3;

function makeSeries(): { name: string; bytes: Uint8Array }[] {
  const random = createRandom(5);
  const pixels = Array.from({ length: columns * rows }, (_, p) => (p * 37) % 3000);
  const template = writeDicom({
    ...ctSlice(0),
    ...pixelModule(columns, rows),
    "0020,0032": ["DS", "-100\\-100\\0000.0"],
    "7FE0,0010": ["OW", pixels],
  });
  const text = new TextDecoder("latin1").decode(template.subarray(0, 4096));
  const at = text.indexOf("-100\\-100\\0000.0") + "-100\\-100\\".length;
  const files = Array.from({ length: slices }, (_, k) => {
    const bytes = template.slice();
    bytes.set(new TextEncoder().encode((k * 0.5).toFixed(1).padStart(6, "0")), at);
    return { name: `${k}.dcm`, bytes, order: random.next() };
  });
  return files.sort((a, b) => a.order - b.order);
}

async function measure(): Promise<object> {
  const files = makeSeries();
  const size = columns * rows * slices * 2;
  const times: number[] = [];
  let peak = 0;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    // Later runs still hold the volumes of earlier ones, so memory is looked at in the first alone.
    const onSlice = (): void => {
      if (run > 0) return;
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      peak = Math.max(peak, heapUsed + arrayBuffers);
    };
    const { volume } = await readDicomVolume(files, { onSlice });
    times.push(performance.now() - start);
    if (volume.size[2] !== slices) throw new Error("the series was not read whole");
  }
  const [fastest = Number.NaN, middle = Number.NaN] = times.toSorted((a, b) => a - b);
  return {
    voxels: [columns, rows, slices],
    runs,
    minMs: Math.round(fastest),
    medianMs: Math.round(middle),
    peakMemoryPerVolume: Number((peak / size).toFixed(2)),
    machine: { cpu: cpus()[0]?.model, cores: cpus().length, load: loadavg()[0], node: process.version },
  };
}

describe("a DICOM series", () => {
  keptMeasurement(`${columns} x ${rows} x ${slices}`, "dicomSeries", measure);
});
