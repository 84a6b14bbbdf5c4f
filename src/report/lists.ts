import { type Insert, type Markup, markup } from "./markup.ts";

/** Names and what they stand for, without those that stand for nothing. */
export function factsList(facts: readonly (readonly [name: string, value: Insert])[]): Markup {
  return markup`<dl class="facts">${
    facts.map(([name, value]) =>
      value !== undefined && value !== false && value !== "" &&
      markup`<div><dt>${name}</dt><dd><bdi>${value}</bdi></dd></div>`
    )
  }</dl>`;
}

/** Sentences below each other. */
export function sentences(all: readonly string[]): Markup {
  return markup`<ul class="sentences">${all.map((one) => markup`<li>${one}</li>`)}</ul>`;
}
