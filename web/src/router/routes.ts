import type { Component } from 'svelte';

import type { Role } from '../api/schema';
import { match, type Params } from './match';

type Page = Component<{ params: Params }>;

/** One page: its address, what it is called, and where its code is. */
export interface Route {
  path: string;
  title: string;
  load: () => Promise<{ default: Page }>;
  /** Who may see it; anybody in the workspace when it is left out. */
  least?: Role;
  /** Its sign in the navigation; pages without one are reached from others. */
  section?: 'home' | 'checks' | 'monitors' | 'findings' | 'data' | 'alerts' | 'admin';
}

/** Every page of the dashboard: a new one is a folder and a line here. */
export const ROUTES: readonly Route[] = [
  { path: '/', title: 'What changed?', section: 'home', load: () => import('../pages/home/Page.svelte') },
  { path: '/checks', title: 'Checks', section: 'checks', load: () => import('../pages/checks/Page.svelte') },
  { path: '/checks/:id', title: 'Check', section: 'checks', load: () => import('../pages/check/Page.svelte') },
  {
    path: '/checks/:id/columns/:name',
    title: 'Column',
    section: 'checks',
    load: () => import('../pages/column/Page.svelte'),
  },
  { path: '/monitors', title: 'Monitors', section: 'monitors', load: () => import('../pages/monitors/Page.svelte') },
  { path: '/monitors/:id', title: 'Monitor', section: 'monitors', load: () => import('../pages/monitors/monitor/Page.svelte') },
  { path: '/findings', title: 'Findings', section: 'findings', load: () => import('../pages/findings/Page.svelte') },
  { path: '/data', title: 'Data', section: 'data', load: () => import('../pages/data/Page.svelte') },
  {
    path: '/data/datasets/:id',
    title: 'Dataset',
    section: 'data',
    load: () => import('../pages/data/dataset/Page.svelte'),
  },
  {
    path: '/data/baselines/:name',
    title: 'Baseline',
    section: 'data',
    load: () => import('../pages/data/baseline/Page.svelte'),
  },
  { path: '/alerts', title: 'Alerts', section: 'alerts', load: () => import('../pages/alerts/Page.svelte') },
  { path: '/admin', title: 'Administration', section: 'admin', load: () => import('../pages/admin/Page.svelte') },
  { path: '/account', title: 'Your account', load: () => import('../pages/account/Page.svelte') },
];

/** The page of an address with the parameters in it. */
export function routeOf(path: string): { route: Route; params: Params } | undefined {
  for (const route of ROUTES) {
    const params = match(route.path, path);
    if (params !== undefined) return { route, params };
  }
  return undefined;
}
