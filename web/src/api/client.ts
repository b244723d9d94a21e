import createClient, { type Middleware } from 'openapi-fetch';

import { save } from '../browser/save';
import { problemFrom } from './problem';
import type { paths } from './generated';

/** What every request carries; set when somebody signs in or goes to another workspace. */
export const identity: { csrfToken: string | undefined; workspaceId: string | undefined } = {
  csrfToken: undefined,
  workspaceId: undefined,
};

/** The headers that say who asks, and where. */
export function identityHeaders(): Record<string, string> {
  return {
    ...(identity.csrfToken !== undefined && { 'X-Csrf-Token': identity.csrfToken }),
    ...(identity.workspaceId !== undefined && { 'X-Workspace': identity.workspaceId }),
  };
}

const carriesIdentity: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(identityHeaders())) request.headers.set(name, value);
    return request;
  },
};

/** The API, typed by its description. Its answers go through [`answer`]. */
export const api = createClient<paths>({ baseUrl: '/' });
api.use(carriesIdentity);

/** The body of an answer, or the problem thrown. */
export async function answer<T>(asked: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await asked;
  if (!response.ok) throw problemFrom(response.status, error);
  return data as T;
}

/** Fetches a file of the API and lets the browser save it under the name that the service gives. */
export async function download(path: string, fallbackName: string): Promise<void> {
  const response = await fetch(path, { headers: identityHeaders() });
  if (!response.ok) throw problemFrom(response.status, await response.json().catch(() => undefined));
  const disposition = response.headers.get('content-disposition') ?? '';
  const name = /filename="([^"]+)"/.exec(disposition)?.[1] ?? fallbackName;
  save(await response.blob(), name);
}
