import { getContext, setContext } from 'svelte';

import { router } from './router.svelte';

/** Where the state of a view is kept: in the query of the address, or, in an exported report, behind its `#`. */
export interface Navigation {
  /** One value of the state. */
  get(name: string): string | undefined;
  /** Changes values; `undefined` and the empty text remove one. */
  set(changes: Record<string, string | undefined>, how?: { push?: boolean }): void;
  /** The address with other values of the state. */
  with(changes: Record<string, string | undefined>): string;
}

const KEY = Symbol('navigation');

/** The navigation of the present component; call it while the component is being made. */
export function navigation(): Navigation {
  return getContext<Navigation | undefined>(KEY) ?? router;
}

/** Gives the components below another navigation. */
export function provideNavigation(own: Navigation): void {
  setContext(KEY, own);
}
