/** What the page says of each cell. */
import assert from "node:assert/strict";
import { cellFacts } from "../src/report/cell_facts.ts";
import { eventRates, recordingSeconds } from "../src/traces/event_rates.ts";
import { findEvents } from "../src/traces/events.ts";
import { traceProducts } from "../src/traces/trace_products.ts";
import { fakeExtraction } from "./fake_extraction.ts";

for (const units of ["dF", "dF over noise"] as const) {
  Deno.test(`events a minute are those of annulus events, of traces in ${units}`, async () => {
    const extraction = { ...fakeExtraction({ frames: 600, cells: 5 }), units };
    const events = findEvents(await traceProducts(extraction), extraction);
    const rates = eventRates(events, recordingSeconds(extraction));
    assert(rates.some((rate) => rate > 0), "there are events");
    const told = cellFacts(extraction).map(({ eventRate }) => eventRate);
    told.forEach((rate, k) =>
      assert(Math.abs(rate - 60 * rates[k]) < 1e-9, `cell ${k}: ${rate}, not ${60 * rates[k]}`)
    );
  });
}

Deno.test("without deconvolution there are no events to count", () => {
  const facts = cellFacts(fakeExtraction({ arOrder: 0 }));
  assert(facts.length > 0 && facts.every(({ eventRate }) => Number.isNaN(eventRate)));
});
