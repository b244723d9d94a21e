/** Where we are: the path and what stands behind `?`. The whole state of a page's view lives here. */
class Router {
  path = $state(location.pathname);
  query = $state.raw(new URLSearchParams(location.search));

  /** One value of the query. */
  get(name: string): string | undefined {
    return this.query.get(name) ?? undefined;
  }

  /** Goes to an address of the dashboard. */
  go(href: string, how: { replace?: boolean; keepScroll?: boolean } = {}): void {
    const url = new URL(href, location.href);
    if (how.replace === true) history.replaceState(null, '', url);
    else history.pushState(null, '', url);
    const isOtherPage = url.pathname !== this.path;
    this.#read();
    if (isOtherPage && how.keepScroll !== true) scrollTo(0, 0);
  }

  /**
   * Changes values of the query and leaves the others; `undefined` and the empty text remove one. Replaces the
   * entry of the history unless told otherwise, so that "back" goes to the page before and not through every key.
   */
  set(changes: Record<string, string | undefined>, how: { push?: boolean } = {}): void {
    this.go(this.with(changes), { replace: how.push !== true, keepScroll: true });
  }

  /** The address of this page with other values of the query. */
  with(changes: Record<string, string | undefined>): string {
    const query = new URLSearchParams(this.query);
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined || value === '') query.delete(name);
      else query.set(name, value);
    }
    const text = query.toString();
    return text === '' ? this.path : `${this.path}?${text}`;
  }

  /** Makes links of the page go here instead of loading anew. */
  listen(): void {
    addEventListener('popstate', () => this.#read());
    document.addEventListener('click', (event) => {
      if (event.defaultPrevented || event.button !== 0) return;
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const link = (event.target as Element | null)?.closest('a');
      if (!link || link.origin !== location.origin || link.target !== '' || link.hasAttribute('download')) return;
      if (link.pathname.startsWith('/api/') || link.getAttribute('href')?.startsWith('#')) return;
      event.preventDefault();
      this.go(link.href);
    });
  }

  #read(): void {
    this.path = location.pathname;
    this.query = new URLSearchParams(location.search);
  }
}

export const router = new Router();
