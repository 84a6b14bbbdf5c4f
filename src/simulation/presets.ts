import type { SimulationOptions } from "./simulate.ts";

/**
 * Movies that accuracy is measured on; `gSig` 3 and `gSiz` 13 suit all of them.
 * - `small`: 60 cells in 128×128×1000.
 * - `standard`: 200 cells in 256×256×3000, median peak SNR 9.
 * - `hard`: 220 cells crowded into 192×208×2000, median peak SNR 6.7, and a brighter, livelier background.
 * - `close`: 90 cells in 160×160×2000, 30 % of them with a neighbour nearer than 0.6 diameters.
 * - `moving`: like `standard`, and the whole frame moves by 2.5 pixels s.d.
 * - `warping`: 86 cells in 160×176×800, as dense and bright as in `standard`; the frame moves by 2 pixels s.d., and tissue in it by 1.5.
 */
export const SIMULATION_PRESETS: {
  readonly small: SimulationOptions;
  readonly standard: SimulationOptions;
  readonly hard: SimulationOptions;
  readonly close: SimulationOptions;
  readonly moving: SimulationOptions;
  readonly warping: SimulationOptions;
} = {
  small: { width: 128, height: 128, frames: 1000, cells: 60, snr: 8, seed: 1 },
  standard: { width: 256, height: 256, frames: 3000, cells: 200, snr: 9, seed: 2 },
  hard: {
    width: 208,
    height: 192,
    frames: 2000,
    cells: 220,
    snr: 6.7,
    baseline: 1000,
    background_level: 1200,
    background_amplitude: 130,
    seed: 3,
  },
  close: { width: 160, height: 160, frames: 2000, cells: 90, snr: 9, fraction_close: 0.3, seed: 4 },
  moving: { width: 256, height: 256, frames: 3000, cells: 200, snr: 9, motion_rigid: 2.5, seed: 2 },
  warping: { width: 176, height: 160, frames: 800, cells: 86, snr: 9, motion_rigid: 2, motion_local: 1.5, seed: 5 },
};
