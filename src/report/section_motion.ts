import type { Motion } from "../core/motion.ts";
import type { PreparationMotion } from "../core/preparation.ts";
import type { ReportContext, Section } from "./context.ts";
import { factsList, sentences } from "./lists.ts";
import { type Insert, markup } from "./markup.ts";
import { percent, shown } from "./numbers.ts";
import { curvePath, place, type Places, plotted, spanOf } from "./plot.ts";

/** How the movie was registered, when it was. */
export function motionSection({ extraction, motion }: ReportContext): Section {
  const { preparation, movie, frameRate } = extraction;
  const known = preparation?.motion ?? (motion && factsOf(motion));
  if (!known) {
    return {
      id: "motion",
      title: "Motion",
      content: markup`<p>${
        preparation
          ? "The motion of this movie was not corrected: it lay still, or that was asked for (--motion off)."
          : "The results do not tell whether the motion of this movie was corrected."
      }</p>`,
    };
  }
  const { border, outliers, notes } = known;
  return {
    id: "motion",
    title: "Motion",
    content: markup`${
      factsList([
        ["Largest displacement", `${shown(known.largest)} pixels`],
        ["Way", known.parameters.pw_rigid === true ? "piecewise" : "whole frames"],
        [
          "Correlation with the template",
          `${known.correlation.before.toFixed(3)} before, ${known.correlation.after.toFixed(3)} after`,
        ],
        [
          "Crispness of the mean",
          `${shown(known.crispness.before)} before, ${shown(known.crispness.after)} after`,
        ],
        [
          "Frames not registered well",
          outliers.length === 0 ? "none" : `${outliers.length} (${percent(outliers.length / movie.frames)})`,
        ],
        [
          "Left out at the border",
          `left ${border.left}, top ${border.top}, right ${border.right}, bottom ${border.bottom} pixels`,
        ],
      ])
    }
${
      motion
        ? curves(motion, frameRate)
        : markup`<p class="note">The displacements of the frames are in shifts.h5, which was not at hand.</p>`
    }
${notes.length > 0 && sentences(notes)}`,
  };
}

/** What results tell of a registration, from the registration itself. */
function factsOf({ shifts: { rigid, local }, quality, parameters, notes }: Motion): PreparationMotion {
  const all = local?.values ?? rigid,
    mean = (values: Float32Array) => values.reduce((a, b) => a + b, 0) / values.length;
  let largest = 0;
  for (let i = 0; i < all.length; i += 2) largest = Math.max(largest, Math.hypot(all[i], all[i + 1]));
  return {
    parameters: { ...parameters },
    largest,
    correlation: { before: mean(quality.correlationBefore), after: mean(quality.correlationAfter) },
    crispness: { before: quality.crispnessBefore, after: quality.crispnessAfter },
    border: quality.border,
    outliers: quality.outliers,
    notes,
  };
}

function curves({ shifts: { rigid, frames }, quality }: Motion, rate: number): Insert {
  const x = Float32Array.from({ length: frames }, (_, t) => rigid[2 * t]);
  const y = Float32Array.from({ length: frames }, (_, t) => rigid[2 * t + 1]);
  const span = spanOf(rigid, -0.5, 0.5), room = 0.06 * (span.high - span.low);
  const { correlationBefore: before, correlationAfter: after } = quality;
  const likeness = spanOf(after, ...Object.values(spanOf(before)) as [number, number]);
  const seconds = { label: "time, s", low: 0, high: Math.max(1, frames - 1) / rate, ticks: 10 };
  const marks = ({ x, top }: Places) =>
    quality.outliers.length > 0 &&
    markup`<path class="outliers" d="${
      [...new Set(quality.outliers.map(({ frame }) => place(x(frame / rate))))].map((at) => `M${at} ${top}v7`).join("")
    }"/>`;
  return markup`<figure><div class="wide">${
    plotted({
      width: 1000,
      height: 210,
      alt: "Displacement of every frame along x and y over time",
      x: seconds,
      y: { label: "displacement, pixels", low: span.low - room, high: span.high + room },
      draw: (places) => [
        markup`<path class="curve kept" d="${curvePath(x, (t) => places.x(t / rate), places.y)}"/>`,
        markup`<path class="curve second" d="${curvePath(y, (t) => places.x(t / rate), places.y)}"/>`,
        marks(places),
      ],
    })
  }</div><figcaption><span><span class="key line kept"></span> x (to the right) <span class="key line second"></span> y (down)${
    quality.outliers.length > 0 && ". Ticks at the top are frames that were not registered well"
  }.</span></figcaption></figure>
<figure><div class="wide">${
    plotted({
      width: 1000,
      height: 190,
      alt: "Correlation of every frame with the template before and after the correction",
      x: seconds,
      y: { label: "correlation", ...likeness, ticks: 4 },
      draw: (places) => [
        markup`<path class="curve raw" d="${curvePath(before, (t) => places.x(t / rate), places.y)}"/>`,
        markup`<path class="curve kept" d="${curvePath(after, (t) => places.x(t / rate), places.y)}"/>`,
        marks(places),
      ],
    })
  }</div><figcaption><span>Correlation of each frame with the template <span class="key line raw"></span> before and
<span class="key line kept"></span> after the correction. Dips are frames that look unlike the others.</span></figcaption></figure>`;
}
