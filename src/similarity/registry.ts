import { type GradientCorrelationOptions, gradientCorrelation } from "./gradientCorrelation.ts";
import { type GradientDifferenceOptions, gradientDifference } from "./gradientDifference.ts";
import { type LocalNccOptions, localNcc } from "./localNcc.ts";
import { type MutualInformationOptions, mutualInformation } from "./mutualInformation.ts";
import { ncc } from "./ncc.ts";
import { type NcclOptions, nccl } from "./nccl.ts";
import {
  type GradientInformationOptions,
  normalisedGradientInformation,
} from "./normalisedGradientInformation.ts";
import type { SimilarityFactory, SimilarityName, SimilarityOptions } from "./similarity.ts";

/** The options each metric takes beside the weights. */
export interface SimilarityOptionsByName {
  readonly ncc: SimilarityOptions;
  readonly "local-ncc": LocalNccOptions;
  readonly nccl: NcclOptions;
  readonly gc: GradientCorrelationOptions;
  readonly "gradient-difference": GradientDifferenceOptions;
  readonly ngi: GradientInformationOptions;
  readonly mi: MutualInformationOptions;
}

/** Every metric under its name. */
export const similarities: { readonly [N in SimilarityName]: SimilarityFactory<SimilarityOptionsByName[N]> } =
  {
    ncc,
    "local-ncc": localNcc,
    nccl,
    gc: gradientCorrelation,
    "gradient-difference": gradientDifference,
    ngi: normalisedGradientInformation,
    mi: mutualInformation,
  };

export const similarityNames: readonly SimilarityName[] = Object.keys(similarities) as SimilarityName[];
