import { EVERY_STEP, type ParameterStep } from "../core/parameters.ts";
import { editText } from "../core/edits.ts";
import type { Extraction } from "../core/extraction.ts";
import { againCommand } from "./again.ts";
import type { ReportContext, Section } from "./context.ts";
import { factsList, sentences } from "./lists.ts";
import { type Insert, markup } from "./markup.ts";
import { usedParameters } from "./parameters_used.ts";
import { bytesShown, lasting, percent } from "./numbers.ts";

const STEP_TITLES: Readonly<Record<ParameterStep, string>> = {
  preprocess: "Preprocessing",
  motion: "Motion correction",
  extraction: "Extraction",
  quality: "Quality",
};

/** What was run, with which parameters, on what device, for how long. */
export function runSection({ extraction }: ReportContext): Section {
  const { software, plan, notes, timings } = extraction, command = againCommand(extraction);
  return {
    id: "run",
    title: "Run",
    content: markup`${command && markup`<p>The same again:</p><pre tabindex="0"><code>${command}</code></pre>`}
${factsList(Object.entries(software).map(([name, value]) => [name, value]))}
${notes.length > 0 && sentences(notes)}
${timings.length > 0 && stages(timings)}
${parameters(extraction)}
${Object.keys(plan).length > 0 && markup`<h3>Plan</h3>${planFacts(plan)}`}`,
  };
}

function stages(timings: Extraction["timings"]): Insert {
  const total = timings.reduce((sum, { seconds }) => sum + seconds, 0);
  return markup`<h3>Time</h3><div class="table-frame whole"><table class="stages"><thead><tr><th scope="col" class="text">stage</th>
<th scope="col">time</th><th scope="col">share</th><th scope="col"><span class="hidden">as a bar</span></th></tr></thead><tbody>${
    timings.map(({ stage, seconds }) => {
      const share = total > 0 ? seconds / total : 0;
      return markup`<tr><th scope="row" class="text">${stage}</th><td>${lasting(seconds)}</td><td>${
        percent(share)
      }</td><td class="share"><svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="${
        Math.round(1000 * share) / 10
      }" height="8"/></svg></td></tr>`;
    })
  }</tbody><tfoot><tr><th scope="row" class="text">all</th><td>${
    lasting(total)
  }</td><td></td><td></td></tr></tfoot></table></div>`;
}

/** The parameters of every step as they were used; those that were set stand out. */
function parameters(extraction: Extraction): Insert {
  return EVERY_STEP.map((step) => {
    const all = usedParameters(extraction, step);
    // Steps before the extraction are told where they did something.
    const used = step === "preprocess" ? all.filter(({ isSet }) => isSet) : all;
    if (used.length === 0) return undefined;
    return markup`<h3>${STEP_TITLES[step]}</h3><div class="table-frame whole"><table class="parameters"><thead><tr>
<th scope="col" class="text">parameter</th><th scope="col" class="text">value</th><th scope="col" class="text">default</th>
<th scope="col" class="text">meaning</th></tr></thead><tbody>${
      used.map(({ name, text, usual, unit, meaning, isSet }) =>
        markup`<tr ${
          isSet && markup`class="changed"`
        }><th scope="row" class="text">${name}</th><td class="text">${text}${
          unit && text !== "null" && ` ${unit}`
        }</td><td class="text">${usual}</td><td class="text">${meaning}</td></tr>`
      )
    }</tbody></table></div>`;
  });
}

function planFacts(plan: Readonly<Record<string, number>>): Insert {
  return factsList(
    Object.entries(plan).map(([name, value]) => [
      name.replace(/([A-Z])/g, " $1").replaceAll("_", " ").toLowerCase(),
      /bytes/i.test(name) ? bytesShown(value) : String(value),
    ]),
  );
}

/** The changes that people made, when they made some. */
export function editsSection({ extraction: { edits = [] } }: ReportContext): Section | undefined {
  if (edits.length === 0) return undefined;
  return {
    id: "edits",
    title: "Edits",
    content: markup`<p>Changes made by hand, in order. “annulus edit” takes them as they stand here.</p>
<div class="table-frame"><table><thead><tr><th scope="col">no.</th><th scope="col" class="text">change</th><th scope="col" class="text">outcome</th>
<th scope="col" class="text">when</th></tr></thead><tbody>${
      edits.map((logged, i) =>
        markup`<tr><th scope="row">${i + 1}</th><td class="text">${
          editText(logged.edit)
        }</td><td class="text">${logged.outcome}</td>
<td class="text">${logged.time?.replace("T", " ").replace(/\.\d+Z$/, " UTC")}</td></tr>`
      )
    }</tbody></table></div>`,
  };
}
