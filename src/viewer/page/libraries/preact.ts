/// <reference lib="dom" />
/**
 * The page's one way to preact. On the server it gives the types, and the package's own modules as text; to the browser the server
 * sends those texts, under the names in `PREACT_FILES`, this module's own among them.
 */
import core from "npm:preact@11.2.0" with { type: "text" };
import hooks from "npm:preact@11.2.0/hooks" with { type: "text" };

export { type ComponentChildren, createRef, Fragment, h, render, type VNode } from "npm:preact@11.2.0";
export { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "npm:preact@11.2.0/hooks";

/** Text of each module the browser loads, by its name in this folder. */
export const PREACT_FILES: Readonly<Record<string, string>> = {
  "preact.ts": 'export * from "./preact_core.js";\nexport * from "./preact_hooks.js";\n',
  "preact_core.js": withoutMap(core),
  // The package names itself; the browser knows it by its place.
  "preact_hooks.js": withoutMap(hooks).replace(/from\s*"preact"/g, 'from"./preact_core.js"'),
};

function withoutMap(text: string): string {
  return text.replace(/^\/\/# sourceMappingURL=.*$/gm, "");
}
