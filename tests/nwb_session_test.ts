import assert from "node:assert/strict";
import { join } from "node:path";
import { ParameterError } from "../src/core/errors.ts";
import { knownSession } from "../src/nwb/known_session.ts";
import { checkSession } from "../src/nwb/session.ts";
import { readSession } from "../src/results/exports/session.ts";
import { inTemporary } from "./results_setting.ts";

const YAML = `# A session
session_description: Linear track
session_start_time: 2024-05-06T07:08:09+02:00
experimenter: Curie, Marie
keywords: [calcium imaging, hippocampus]
lab:
subject:
  subject_id: m17
  species: Mus musculus
  sex: F
  age: P12W/P14W
  weight: 23.5 g
  date_of_birth: 2024-02-03
imaging_plane:
  indicator: GCaMP6f
  excitation_lambda: 470
optical_channel: {emission_lambda: 525.5}
`;

const SESSION = {
  session_description: "Linear track",
  session_start_time: "2024-05-06T07:08:09+02:00",
  experimenter: ["Curie, Marie"],
  keywords: ["calcium imaging", "hippocampus"],
  subject: {
    subject_id: "m17",
    species: "Mus musculus",
    sex: "F",
    age: "P12W/P14W",
    weight: "23.5 g",
    date_of_birth: "2024-02-03",
  },
  imaging_plane: { indicator: "GCaMP6f", excitation_lambda: 470 },
  optical_channel: { emission_lambda: 525.5 },
};

/** The sentence of the `ParameterError` that work has to end in. */
async function refusal(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    assert.ok(error instanceof ParameterError, `${error} is not a ParameterError`);
    assert.ok(!error.message.includes("\n"), error.message);
    return error.message;
  }
  assert.fail("it was accepted");
}

Deno.test("a session is read from YAML and from JSON alike, whatever the file is called", async () => {
  await inTemporary(async (directory) => {
    const yaml = join(directory, "session.yaml"), json = join(directory, "session.txt");
    await Deno.writeTextFile(yaml, YAML);
    await Deno.writeTextFile(json, JSON.stringify(SESSION, undefined, 1));
    assert.deepEqual(await readSession(yaml), SESSION);
    assert.deepEqual(await readSession(json), SESSION);
    await Deno.writeTextFile(yaml, "");
    assert.deepEqual(await readSession(yaml), {});
  });
});

Deno.test("wrong entries of a session get one sentence: where, what, what would be right", async () => {
  const cases: [unknown, RegExp][] = [
    [{ sesion_id: "a" }, /^The session: there is no entry sesion_id; did you mean session_id\?$/],
    [{ subject: { speces: "Mus" } }, /no entry subject\.speces; did you mean subject\.species\?$/],
    [
      { imaging_plane: { emission_lambda: 525 } },
      /no entry imaging_plane\.emission_lambda; emission_lambda belongs into/,
    ],
    [{ indicator: "GCaMP" }, /no entry indicator; indicator belongs into imaging_plane$/],
    [{ device: { institution: "x" } }, /no entry device\.institution; institution belongs outside, beside device$/],
    [{ qqqqqqqqqqqq: 1 }, /no entry qqqqqqqqqqqq; it may hold session_description, .*optical_channel$/],
    [{ toString: "x" }, /no entry toString/],
    [{ subject: { subject_id: 7 } }, /subject\.subject_id is 7, but it has to be a text .* \(in quotes\)$/],
    [{ subject: { subject_id: "a/b" } }, /subject_id is "a\/b", but it has to be a text without slashes/],
    [
      { subject: { age: "12 weeks" } },
      /subject\.age is "12 weeks", but it has to be an ISO 8601 duration such as "P90D"/,
    ],
    [{ subject: { age: "P" } }, /subject\.age is "P"/],
    [{ subject: { age: "/" } }, /subject\.age is "\/"/],
    [{ subject: { sex: "female" } }, /subject\.sex is "female", but it has to be "M", "F"/],
    [{ subject: { weight: "23.5" } }, /subject\.weight is "23\.5", but it has to be a number and a unit/],
    [{ subject: { date_of_birth: "2024-02-30" } }, /date_of_birth is "2024-02-30", but it has to be a date/],
    [{ subject: "m17" }, /subject is "m17", but it has to hold entries such as subject_id$/],
    [{ subject: ["m17"] }, /subject is a list of 1, but/],
    [{ session_start_time: "yesterday" }, /session_start_time is "yesterday", but it has to be a date and time/],
    [{ session_start_time: "2024-05-06T25:00:00Z" }, /session_start_time is/],
    [{ keywords: ["a", 1] }, /keywords is a list of 2, but it has to be a text or a list of texts/],
    [{ keywords: [] }, /keywords is a list of 0/],
    [{ lab: " " }, /lab is " ", but it has to be a text/],
    [
      { imaging_plane: { excitation_lambda: "470" } },
      /excitation_lambda is "470", but it has to be a wavelength in nm/,
    ],
    [{ imaging_plane: { excitation_lambda: 4.7e-7 } }, /excitation_lambda is 4\.7e-7, but/],
    [["a"], /^The session has to hold entries such as session_description, not a list of 1$/],
    [null, /not null$/],
  ];
  for (const [record, right] of cases) assert.match(await refusal(() => checkSession(record)), right);
});

Deno.test("entries that are null count as absent", () => {
  assert.deepEqual(checkSession({ lab: null, subject: { age: null, sex: "M" } }), { subject: { sex: "M" } });
});

Deno.test("files that are no description of a session get one sentence", async () => {
  await inTemporary(async (directory) => {
    const path = join(directory, "session.yaml");
    const write = async (text: string | Uint8Array) => {
      await Deno.writeFile(path, typeof text === "string" ? new TextEncoder().encode(text) : text);
      return await refusal(() => readSession(path));
    };
    assert.match(
      await refusal(() => readSession(path)),
      /^There is no file .*session\.yaml with a session's description$/,
    );
    assert.match(await refusal(() => readSession(directory)), /is not a file/);
    assert.match(await write("a: [1, 2\n"), /is neither JSON nor YAML: line 2: /);
    assert.match(await write("lab: a\nlab: b\n"), /line 2: Map keys must be unique/);
    assert.match(await write("just a sentence"), /session\.yaml has to hold entries .* not "just a sentence"$/);
    assert.match(await write(Uint8Array.of(0x89, 0x48, 0xff, 0xfe)), /is not a text in UTF-8/);
    assert.match(await write(" ".repeat((1 << 20) + 1)), /has 1048577 bytes/);
    assert.match(await write("lab: &x {y: *x}\n"), /lab is a group of entries, but/);
    const bomb = ["a: &a [x, x, x, x, x, x, x, x, x]"];
    for (const [name, last] of ["ba", "cb", "dc", "ed", "fe", "gf", "hg", "ih"]) {
      bomb.push(`${name}: &${name} [${Array(9).fill(`*${last}`).join(", ")}]`);
    }
    assert.match(await write(bomb.join("\n")), /cannot be read as YAML/);
  });
});

Deno.test("a session is what the movie's NWB file says, unless the user says otherwise", () => {
  const metadata = {
    neurodata_type: "OnePhotonSeries",
    identifier: "another file",
    session_description: "Track",
    experimenter: ["Curie, Marie"],
    lab: 7,
    subject: { subject_id: "m17", sex: "female", age: "P90D" },
    device: { description: "V4" },
    imaging_plane: { indicator: "GCaMP6f", OpticalChannel: { emission_lambda: 525, description: "green" } },
  };
  assert.deepEqual(knownSession({ lab: "Curie Lab", subject: { age: "P91D" } }, metadata), {
    session_description: "Track",
    experimenter: ["Curie, Marie"],
    lab: "Curie Lab",
    subject: { subject_id: "m17", age: "P91D" },
    device: { description: "V4" },
    imaging_plane: { indicator: "GCaMP6f" },
    optical_channel: { description: "green", emission_lambda: 525 },
  });
  assert.deepEqual(knownSession(undefined, { ...metadata, neurodata_type: undefined }), {});
});
