/// <reference lib="dom" />
/** Elements of the page, by a function shorter than preact's and with events that are typed. */
import { type ComponentChildren, h } from "./libraries/preact.ts";

/** Attributes and events of an element. */
export interface Properties {
  readonly [name: string]: unknown;
  readonly onClick?: (event: MouseEvent) => void;
  readonly onInput?: (event: Event) => void;
  readonly onChange?: (event: Event) => void;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
  readonly onScroll?: (event: Event) => void;
  readonly onPointerDown?: (event: PointerEvent) => void;
}

/** An element. */
export function el(tag: string, properties: Properties | null, ...children: ComponentChildren[]): ComponentChildren {
  return h(tag, properties as never, ...children);
}

/** The text of the field an event came from. */
export function textOf(event: Event): string {
  return (event.currentTarget as HTMLInputElement).value;
}

/** Whether the box an event came from is ticked. */
export function isTicked(event: Event): boolean {
  return (event.currentTarget as HTMLInputElement).checked;
}

/** A button; its key, when it has one, is told and shown. */
export function button(
  label: string,
  act: () => void,
  { key, title, isOff = false, kind = "", pressed }: {
    readonly key?: string;
    readonly title?: string;
    readonly isOff?: boolean;
    readonly kind?: string;
    readonly pressed?: boolean;
  } = {},
): ComponentChildren {
  return el(
    "button",
    {
      type: "button",
      class: `button ${kind}`,
      onClick: act,
      disabled: isOff,
      ...(title === undefined ? {} : { title }),
      ...(key === undefined ? {} : { "aria-keyshortcuts": key }),
      ...(pressed === undefined ? {} : { "aria-pressed": `${pressed}` }),
    },
    label,
    key === undefined ? null : el("kbd", { "aria-hidden": "true" }, key),
  );
}

/** A choice among several, with a label. */
export function choice(
  label: string,
  value: string,
  options: readonly (readonly [value: string, text: string])[],
  choose: (value: string) => void,
): ComponentChildren {
  return el(
    "label",
    { class: "choice" },
    el("span", null, label),
    el(
      "select",
      { value, onChange: (event) => choose(textOf(event)) },
      ...options.map(([one, text]) => el("option", { value: one, key: one, selected: one === value }, text)),
    ),
  );
}

/** A box to tick, with a label. */
export function tick(label: string, isOn: boolean, set: (isOn: boolean) => void, title?: string): ComponentChildren {
  return el(
    "label",
    { class: "tick", ...(title === undefined ? {} : { title }) },
    el("input", { type: "checkbox", checked: isOn, onChange: (event) => set(isTicked(event)) }),
    el("span", null, label),
  );
}
