import type { Projector } from "../projector/projector.ts";

/** Counts the DRRs of one registration, whoever renders them; one with its Jacobian is one. */
export interface ProjectionCounter {
  count(): number;
  /** For projections that go past the projector: `deep-reg` projects several channels at once. */
  add(projections: number): void;
  /** The same projector, counted. */
  counted(projector: Projector): Projector;
}

export function createProjectionCounter(): ProjectionCounter {
  let count = 0;
  const add = (projections: number): void => void (count += projections);
  return {
    ...{ count: () => count, add },
    counted: (projector) => ({
      backend: projector.backend,
      load: (volume) => projector.load(volume),
      drr(volume, camera, pose, out) {
        add(1);
        return projector.drr(volume, camera, pose, out);
      },
      drrWithJacobian(volume, camera, pose, out) {
        add(1);
        return projector.drrWithJacobian(volume, camera, pose, out);
      },
      drrBatch(volume, camera, poses, out) {
        add(poses.length);
        return projector.drrBatch(volume, camera, poses, out);
      },
      dispose: () => projector.dispose(),
    }),
  };
}
