/**
 * annulus: one-photon calcium-imaging movies in, neurons out (CNMF-E on WebGPU, with a CPU twin).
 *
 * @example Extract the cells of a simulated movie and see how many are right
 * ```ts
 * import { extract, openCompute, resolveParameters, score, simulate } from "./mod.ts";
 * import assert from "node:assert/strict";
 *
 * const { source, truth } = simulate({ width: 64, height: 64, frames: 300, cells: 6, seed: 3 });
 * const compute = await openCompute("cpu");
 * const parameters = resolveParameters({ gSig: 3 }, source.header);
 * const extraction = await extract(source, parameters, { compute, memoryBytes: 500e6 });
 * compute.destroy();
 * const [, at70] = score(extraction, truth).thresholds;
 * assert(at70.recall > 0.6);
 * ```
 *
 * @example Deconvolve one trace
 * ```ts
 * import { deconvolve } from "./mod.ts";
 * import assert from "node:assert/strict";
 *
 * const trace = Float32Array.from({ length: 300 }, (_, t) => 5 + 50 * 0.9 ** (t % 100) + Math.sin(3 * t * t));
 * const { spikes } = deconvolve(trace, { p: 1 });
 * assert(spikes[100] > 20);
 * ```
 *
 * @module
 */
export { AnnulusError, ComputeError, MovieError, ParameterError, ResultsError } from "./src/core/errors.ts";
export type { Edit, LoggedEdit } from "./src/core/edits.ts";
export {
  cellNumbers,
  type Extraction,
  type RingBackground,
  type Seed,
  type SummaryImages,
  type Traces,
} from "./src/core/extraction.ts";
export {
  type CellQuality,
  type FieldQuality,
  type InjectedRecall,
  type MeasureField,
  QUALITY_MEASURES,
  type QualityMeasure,
  type RecallBin,
} from "./src/core/quality.ts";
export type { QualityParameters } from "./src/core/quality_parameters.ts";
export {
  denseFootprint,
  type Footprint,
  footprintOf,
  type Footprints,
  packFootprints,
  unpackFootprints,
} from "./src/core/footprints.ts";
export {
  bytesPerSample,
  type MovieFile,
  type MovieHeader,
  type MovieSource,
  type PixelSize,
  type Recording,
  type SampleArray,
  sampleArray,
  type SampleType,
} from "./src/core/movie.ts";
export type { Parameters } from "./src/core/extraction_parameters.ts";
export type { MotionParameters } from "./src/core/motion_parameters.ts";
export type { ParameterDescription } from "./src/core/parameter_table.ts";
export {
  describeParameters,
  type ParameterStep,
  resolveMotionParameters,
  resolveParameters,
  resolvePreprocessParameters,
  resolveQualityParameters,
} from "./src/core/parameters.ts";
export type { FrameList, PreprocessParameters } from "./src/core/preprocess_parameters.ts";
export type { Preparation, PreparationMotion } from "./src/core/preparation.ts";
export { meanDisplacement } from "./src/core/mean_displacement.ts";
export { displacementAt, type LocalShifts, type Shifts } from "./src/core/shifts.ts";
export type { Border, Motion, MotionQuality, OutlierFrame } from "./src/core/motion.ts";
export {
  rateOfTimestamps,
  secondsOfFrame,
  type TimestampGap,
  type TimestampHealth,
  timestampHealth,
} from "./src/core/timestamps.ts";
export type { Truth } from "./src/core/truth.ts";
export { VERSION } from "./src/core/version.ts";

export type {
  Binding,
  Compute,
  ComputeLimits,
  DeviceBuffer,
  ElementType,
  Program,
  ScalarType,
  Uploadable,
  ViewOf,
  Views,
} from "./src/gpu/compute.ts";
export { type Backend, type ComputeOptions, openCompute } from "./src/gpu/open.ts";

export { checkSession, type Session } from "./src/nwb/session.ts";
export { memoryMovie, type MemoryMovieHeader } from "./src/movie/memory.ts";
export { openMovie, type OpenMovieOptions } from "./src/movie/open.ts";
export type { FormatOptions } from "./src/movie/format.ts";
export type { MovieWriter, MovieWriterOptions } from "./src/movie/movie_writer.ts";
export { movieWriter } from "./src/movie/writer.ts";
export { type TiffWriter, tiffWriter, type TiffWriterOptions } from "./src/movie/tiff/tiff_writer.ts";

export { extract, type ExtractionProgress, type ExtractOptions } from "./src/cnmfe/extract.ts";
export { editCells } from "./src/edit/edit_cells.ts";
export type { EditChange, EditedExtraction, EditOptions } from "./src/edit/options.ts";
export { replayEdits } from "./src/edit/replay.ts";
export { EditSession } from "./src/edit/session.ts";
export { type Neighbours } from "./src/summary/field_statistics.ts";
export {
  type ProjectionName,
  type ProjectionOptions,
  PROJECTIONS,
  type Projections,
  projectMovie,
} from "./src/summary/projections.ts";
export { summarize, type Summary } from "./src/summary/summary.ts";
export { deconvolve, type Deconvolved, type DeconvolveOptions } from "./src/deconvolution/deconvolve.ts";

export { afterMotion, beforeMotion, type Preprocessed } from "./src/preprocess/preprocess.ts";
export type { PreprocessOptions } from "./src/preprocess/pass.ts";
export type { View } from "./src/preprocess/view.ts";

export { correctedMovie, type CorrectedMovieOptions } from "./src/motion/corrected.ts";
export { movieMoves, type Moving } from "./src/motion/movie_moves.ts";
export type { MovingParameters } from "./src/motion/mover.ts";
export { type MotionProgress, registerMovie, type RegisterOptions } from "./src/motion/register.ts";

export { addCells, type AddedCells, type AddedCellsOptions } from "./src/simulation/onto.ts";
export { SIMULATION_PRESETS } from "./src/simulation/presets.ts";
export { simulate, type Simulation, type SimulationOptions } from "./src/simulation/simulate.ts";

export { acceptCells, isMeasured, type JudgedExtraction } from "./src/quality/accept.ts";
export { injectedRecall, type InjectOptions } from "./src/quality/injected_recall.ts";
export { type MeasuredQuality, measureQuality } from "./src/quality/measure.ts";

export { compare, type ComparedPair, type CompareOptions, type Comparison } from "./src/score/compare.ts";
export type { OwnComponent } from "./src/score/own.ts";
export {
  type AcceptedScore,
  type JudgedCells,
  type RocAreas,
  type Separation,
  separation,
} from "./src/score/separation.ts";
export type { Average } from "./src/score/average.ts";
export {
  type Duplicate,
  type FalseComponent,
  type MissedCell,
  type Score,
  score,
  type ScoredCells,
  type ScoredMatch,
  type ScoreOptions,
  type ThresholdScore,
} from "./src/score/score.ts";

export { scoreShifts, type ShiftErrors, type ShiftScore } from "./src/score/shifts.ts";
export { type EventScore, type EventScoreOptions, type EventTimes, scoreEvents } from "./src/score/events.ts";

export { prepareMotion, writeMotion } from "./src/results/motion.ts";
export { reusableMotion, type ReuseOptions, sameMovie } from "./src/results/motion_reuse.ts";
export { prepareProjections, writeProjections, type WriteProjectionsOptions } from "./src/results/projections.ts";
export { loadMotion, loadShifts, saveShifts } from "./src/results/shifts.ts";
export { exportFormat, exportResults, type ExportResultsOptions } from "./src/results/export.ts";
export type { ExportFormat, ExportOptions } from "./src/results/exports/export_format.ts";
export { EXPORT_FORMATS } from "./src/results/exports/export_formats.ts";
export { readSession } from "./src/results/exports/session.ts";
export { prepareOutput, type WriteOptions, writeResults } from "./src/results/directory.ts";
export { loadResults, type SaveOptions, saveResults } from "./src/results/hdf5.ts";
export { prepareSummary, writeSummary } from "./src/results/summary.ts";
export { loadTruth, saveTruth } from "./src/results/truth.ts";

export { MODEL_KINDS, type ModelKind, type ModelKindFacts } from "./src/model/kinds.ts";
export { greyMovie, type PanelContrast, panelContrast } from "./src/model/grey_movie.ts";
export { type ModelMovie, modelMovie, type ModelMovieOptions, type ModelPanel } from "./src/model/model_movie.ts";

export type { BaselineChoice } from "./src/traces/baseline.ts";
export { acceptedCells, chosenCells } from "./src/traces/chosen_cells.ts";
export type { DerivativeChoice } from "./src/traces/derivative_events.ts";
export { type EventRaster, eventRaster, eventRates, recordingSeconds } from "./src/traces/event_rates.ts";
export { type CellEvents, type EventChoice, findEvents } from "./src/traces/events.ts";
export { type TraceOptions, type TraceProducts, traceProducts } from "./src/traces/trace_products.ts";
export { prepareEvents, writeEvents, type WriteEventsOptions } from "./src/results/traces_events.ts";
export {
  prepareTraceProducts,
  type TableFormat,
  type WriteTablesOptions,
  writeTraceProducts,
} from "./src/results/traces_products.ts";

export { bandPass, type BandPassOptions } from "./src/traces/signals/band_pass.ts";
export { dpss } from "./src/traces/signals/dpss.ts";
export { type Analytic, hilbert } from "./src/traces/signals/hilbert.ts";
export { multitaperSpectrogram, type Spectrogram, type SpectrogramOptions } from "./src/traces/signals/spectrogram.ts";

export type { ReportOptions } from "./src/report/options.ts";
export { reportPage } from "./src/report/report.ts";
export type { ReportWarning } from "./src/report/warning.ts";
export { reportWarnings } from "./src/report/warnings.ts";
