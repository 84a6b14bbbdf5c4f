import { correlationCases } from "./correlation.ts";
import { edgeCases } from "./edges.ts";
import { halsCases } from "./hals.ts";
import type { KernelCase } from "./kernel_case.ts";
import { preprocessCases } from "./preprocess.ts";
import { productCases } from "./products.ts";
import { registrationCases } from "./registration.ts";
import { projectionCases } from "./projections.ts";
import { ringCases } from "./ring.ts";
import { seedCases } from "./seeds.ts";
import { stackCases } from "./stacks.ts";
import { statisticsCases } from "./statistics.ts";

/** A case for every kernel: a test fails when one is missing. */
export const kernelCases: readonly KernelCase[] = [
  ...stackCases,
  ...statisticsCases,
  ...productCases,
  ...preprocessCases,
  ...projectionCases,
  ...ringCases,
  ...halsCases,
  ...seedCases,
  ...registrationCases,
  ...correlationCases,
  ...edgeCases,
];
