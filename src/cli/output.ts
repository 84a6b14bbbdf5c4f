/** How a command talks: lines for people, or one JSON object per line for machines. */
export class Output {
  /** Whether standard error is a terminal that can redraw a line. */
  readonly isTerminal: boolean;
  #lineIsOpen = false;

  constructor(readonly options: { readonly json: boolean; readonly verbose: boolean }) {
    this.isTerminal = Deno.stderr.isTerminal();
  }

  /** A result: text on standard output, or with `--json` the record instead. */
  result(record: Readonly<Record<string, unknown>>, text: string): void {
    this.#closeLine();
    if (this.options.json) this.#record("result", record);
    else if (text !== "") write(Deno.stdout, `${printable(text)}\n`);
  }

  /** Something worth knowing that is not the result: a line on standard error, or with `--json` a record. */
  notice(message: string): void {
    this.#closeLine();
    if (this.options.json) this.#record("notice", { message });
    else write(Deno.stderr, `${printable(message)}\n`);
  }

  /** Like `notice`, only with `--verbose`. */
  detail(message: string): void {
    if (this.options.verbose) this.notice(message);
  }

  /** Why the command failed: on standard error for people, and with `--json` also a record for machines. */
  failure(message: string, code: number): void {
    this.#closeLine();
    if (this.options.json) this.#record("error", { message, code });
    write(Deno.stderr, `annulus: ${printable(message)}\n`);
  }

  /** A record of an event, only with `--json`. */
  event(name: string, record: Readonly<Record<string, unknown>>): void {
    if (this.options.json) this.#record(name, record);
  }

  /** A plain line on standard error. */
  line(text: string): void {
    this.#closeLine();
    write(Deno.stderr, `${text}\n`);
  }

  /** Redraws the one line a terminal shows while something runs. */
  redraw(text: string): void {
    const width = terminalWidth();
    write(Deno.stderr, `\r\x1b[K${text.length < width ? text : `${text.slice(0, width - 2)}…`}`);
    this.#lineIsOpen = true;
  }

  #record(event: string, record: Readonly<Record<string, unknown>>): void {
    write(Deno.stdout, `${JSON.stringify({ event, ...record })}\n`);
  }

  #closeLine(): void {
    if (this.#lineIsOpen) write(Deno.stderr, "\r\x1b[K");
    this.#lineIsOpen = false;
  }
}

/** Text without characters that would command the terminal: a damaged or hostile file may have put some into a name or its metadata. */
function printable(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}/gu, "\ufffd");
}

function terminalWidth(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80;
  }
}

/** Writes all of a text; a reader that went away (a closed pipe) is no error. */
function write(stream: { writeSync(data: Uint8Array): number }, text: string): void {
  let bytes = new TextEncoder().encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
