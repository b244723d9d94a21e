/** The colours of the tokens as a canvas takes them, in the theme that is on. */
class Inks {
  /** Counts changes of the theme and of the fonts: whoever draws by them draws anew. */
  version = $state(0);
  readonly #known = new Map<string, string>();
  #probe: HTMLElement | undefined;

  /** The colour of a token, such as `--line`. */
  of(token: string): string {
    const known = this.#known.get(token);
    if (known !== undefined) return known;
    const probe = (this.#probe ??= this.#begin());
    probe.style.color = `var(${token})`;
    const color = getComputedStyle(probe).color;
    this.#known.set(token, color);
    return color;
  }

  #begin(): HTMLElement {
    const probe = document.createElement('span');
    probe.hidden = true;
    document.body.append(probe);
    const forget = (): void => {
      this.#known.clear();
      this.version += 1;
    };
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', forget);
    new MutationObserver(forget).observe(document.documentElement, { attributeFilter: ['data-theme'] });
    void document.fonts.ready.then(forget);
    return probe;
  }
}

export const inks = new Inks();
