import type { Volume } from "./volume.ts";

/** Connected regions of a mask: a label per voxel (0 = background, 1 = largest) and their sizes in voxels. */
export interface Components {
  readonly labels: Uint32Array;
  /** sizes[n - 1] = voxels of region n, descending. */
  readonly sizes: readonly number[];
}

/** Neighbours by faces (6) or by faces, edges and corners (26). */
export type Connectivity = 6 | 26;

/** Connected regions of the non-zero voxels (union-find in two passes), largest first. */
export function connectedComponents(
  mask: Pick<Volume, "data" | "size">,
  connectivity: Connectivity = 26,
): Components {
  const { data, size } = mask;
  const [nx, ny, nz] = size;
  const labels = new Uint32Array(data.length);
  const parent: number[] = [0];
  const find = (label: number): number => {
    let root = label;
    while (parent[root] !== root) root = parent[root]!;
    for (let l = label; l !== root;) [l, parent[l]] = [parent[l]!, root];
    return root;
  };
  const near = earlierNeighbours(connectivity);
  const steps = Int32Array.from(near, ([di, dj, dk]) => di + nx * (dj + ny * dk));
  let p = 0;
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++, p++) {
        if (!data[p]) continue;
        const inner = i > 0 && i < nx - 1 && j > 0 && j < ny - 1 && k > 0;
        let label = 0;
        for (let n = 0; n < steps.length; n++) {
          if (!inner && leaves(near[n]!, i, j, k, size)) continue;
          const neighbour = labels[p + steps[n]!]!;
          if (neighbour === 0 || neighbour === label) continue;
          const root = find(neighbour);
          if (label === 0) label = root;
          else if (root !== label) {
            parent[Math.max(root, label)] = Math.min(root, label);
            label = Math.min(root, label);
          }
        }
        if (label === 0) label = parent.push(parent.length) - 1;
        labels[p] = label;
      }
    }
  }
  return renumbered(
    labels,
    parent.map((_, label) => find(label)),
  );
}

function leaves([di, dj, dk]: Offset, i: number, j: number, k: number, [nx, ny]: Volume["size"]): boolean {
  return i + di < 0 || i + di >= nx || j + dj < 0 || j + dj >= ny || k + dk < 0;
}

type Offset = readonly [number, number, number];

/** Neighbours that come earlier in memory order. */
function earlierNeighbours(connectivity: Connectivity): Offset[] {
  const steps = [-1, 0, 1];
  const all = steps.flatMap((dk) => steps.flatMap((dj) => steps.map((di): Offset => [di, dj, dk])));
  const earlier = all.slice(0, 13);
  return connectivity === 26 ? earlier : earlier.filter(([di, dj, dk]) => di * di + dj * dj + dk * dk === 1);
}

/** Replaces provisional labels by 1.. in order of falling size. */
function renumbered(labels: Uint32Array, roots: readonly number[]): Components {
  const counts = new Float64Array(roots.length);
  for (let i = 0; i < labels.length; i++) if (labels[i] !== 0) counts[roots[labels[i]!]!]!++;
  const order = [...counts.keys()].filter((root) => counts[root]! > 0);
  order.sort((a, b) => counts[b]! - counts[a]! || a - b);
  const rank = new Uint32Array(roots.length);
  order.forEach((root, n) => (rank[root] = n + 1));
  for (let i = 0; i < labels.length; i++) if (labels[i] !== 0) labels[i] = rank[roots[labels[i]!]!]!;
  return { labels, sizes: order.map((root) => counts[root]!) };
}

/** Mask of the largest connected region; an empty mask stays empty. */
export function largestComponent(mask: Volume, connectivity: Connectivity = 26): Volume {
  const { labels } = connectedComponents(mask, connectivity);
  return { ...mask, data: Uint8Array.from(labels, (label) => (label === 1 ? 1 : 0)), quantity: "label" };
}

/** Mask with every enclosed cavity filled: background that is not connected (by faces) to the volume's border. */
export function fillHoles(mask: Volume): Volume {
  const background = new Uint8Array(mask.data.length);
  for (let i = 0; i < background.length; i++) background[i] = mask.data[i] ? 0 : 1;
  const { labels, sizes } = connectedComponents({ data: background, size: mask.size }, 6);
  const [nx, ny, nz] = mask.size;
  const open = new Uint8Array(sizes.length + 1);
  let p = 0;
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const edge = j === 0 || j === ny - 1 || k === 0 || k === nz - 1;
      for (let i = 0; i < nx; i++, p++) if (edge || i === 0 || i === nx - 1) open[labels[p]!] = 1;
    }
  }
  open[0] = 0;
  for (let i = 0; i < background.length; i++) background[i] = open[labels[i]!] ? 0 : 1;
  return { ...mask, data: background, quantity: "label" };
}
