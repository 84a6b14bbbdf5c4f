/// <reference lib="dom" />
import { useLayoutEffect, useState } from "./libraries/preact.ts";

/** A state that parts of the page look at and are told of when it changes. */
export class Store<S extends object> {
  #state: S;
  readonly #listeners = new Set<(state: S, before: S) => void>();

  constructor(state: S) {
    this.#state = state;
  }

  /** The state as it is. It is never changed in place. */
  get state(): S {
    return this.#state;
  }

  /** Changes parts of the state and tells everyone, unless nothing is different. */
  set(patch: Partial<S>): void {
    const before = this.#state, keys = Object.keys(patch) as (keyof S)[];
    if (keys.every((key) => Object.is(before[key], patch[key]))) return;
    this.#state = { ...before, ...patch };
    for (const listener of [...this.#listeners]) listener(this.#state, before);
  }

  /** Calls back after every change, until the function that it returns is called. */
  subscribe(listener: (state: S, before: S) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** A part of a store's state in a component, which is drawn again when that part is another one. */
export function useStore<S extends object, R>(store: Store<S>, pick: (state: S) => R): R {
  const [, redraw] = useState(0), picked = pick(store.state);
  useLayoutEffect(() => {
    let last = picked;
    const look = (state: S) => {
      const next = pick(state);
      if (Object.is(next, last)) return;
      last = next;
      redraw((count) => count + 1);
    };
    // It may have changed between drawing and now.
    look(store.state);
    return store.subscribe(look);
  });
  return picked;
}
