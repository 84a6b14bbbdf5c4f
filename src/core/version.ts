import configuration from "../../deno.json" with { type: "json" };

/** Version of annulus, as in `deno.json`. */
export const VERSION: string = configuration.version;
