/** Names under which metrics are registered, recorded in result.json. */
export type SimilarityName = "ncc" | "local-ncc" | "nccl" | "gc" | "gradient-difference" | "ngi" | "mi";

/**
 * How well a moving image explains a fixed one; higher is better for every metric. The fixed image is
 * prepared once; calls allocate nothing. Images are row-major float32, width x height.
 */
export interface Similarity {
  readonly name: SimilarityName;
  readonly width: number;
  readonly height: number;
  value(moving: Float32Array): number;
  /** The value; dValue/dmoving is written into `gradient` (width x height). */
  valueAndGradient(moving: Float32Array, gradient: Float32Array): number;
  /**
   * Gauss-Newton normal equations of a loss whose minimum is this metric's maximum, for moving
   * images that vary with n parameters: `jacobian` holds n images dmoving/dp. Writes -dValue/dp into
   * `gradient` (n) and a positive semi-definite approximation of -d2Value/dp2 into `hessian` (n x n).
   */
  normalEquations?(
    moving: Float32Array,
    jacobian: Float32Array,
    gradient: Float64Array,
    hessian: Float64Array,
  ): number;
}

export interface SimilarityOptions {
  /** Weight of each pixel, >= 0; absent = 1 everywhere. Pixels of weight 0 never influence the value. */
  readonly weight?: Float32Array;
}

/** Prepares a metric for one fixed image. */
export type SimilarityFactory<O extends SimilarityOptions = SimilarityOptions> = (
  fixed: Float32Array,
  width: number,
  height: number,
  options?: O,
) => Similarity;
