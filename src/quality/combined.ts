/** SNR at which its factor is one half: CaImAn's usual threshold. */
const HALF_SNR = 2.5;

/**
 * One number from the measures, to rank cells by:
 *
 *     combined = SNR/(SNR + 2.5) · max(0, r) · (1 − max(0, cosine · correlation)),
 *
 * with SNR and r-value of the cell, and the likeness of footprint and trace to the cell it most looks like a second copy of. 0..1;
 * 0 where SNR or r-value is not known.
 */
export function combinedQuality(snr: number, rValue: number, cosine: number, correlation: number): number {
  if (!(snr > 0 && rValue > 0)) return 0;
  return snr / (snr + HALF_SNR) * Math.min(1, rValue) * (1 - Math.min(1, Math.max(0, cosine * correlation)));
}
