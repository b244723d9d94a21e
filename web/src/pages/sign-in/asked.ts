/** The page that somebody was on the way to when they were asked to sign in. */
const STORED = 'driftline.asked';
/** How long it is worth going back to, in milliseconds. A link that signs in may take a while to come by post. */
const KEPT_MS = 3_600_000;

interface Asked {
  path: string;
  ms: number;
}

/** Remembers the page, also for the window that a link from a mail opens. */
export function keepAsked(path: string, nowMs = Date.now()): void {
  const [place = ''] = path.split(/[?#]/);
  if (place === '/' || !path.startsWith('/') || path.startsWith('//')) return;
  try {
    localStorage.setItem(STORED, JSON.stringify({ path, ms: nowMs } satisfies Asked));
  } catch {
    // Without a storage one begins at the start.
  }
}

/** The page to go to, once. */
export function takeAsked(nowMs = Date.now()): string | undefined {
  try {
    const stored = localStorage.getItem(STORED);
    localStorage.removeItem(STORED);
    if (stored === null) return undefined;
    const { path, ms } = JSON.parse(stored) as Asked;
    const isOurs = typeof path === 'string' && path.startsWith('/') && !path.startsWith('//');
    return isOurs && nowMs - ms < KEPT_MS ? path : undefined;
  } catch {
    return undefined;
  }
}
