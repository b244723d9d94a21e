/** The device of a session, as far as its program tells: `Firefox on Linux`. */
export function device(agent: string): string {
  const browser = first(agent, [
    [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
    [/\b(?:OPR|Opera)\//, 'Opera'],
    [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
    [/\b(?:Chrome|CriOS|HeadlessChrome|Chromium)\//, 'Chrome'],
    [/\bVersion\/.*Safari\//, 'Safari'],
  ]);
  const system = first(agent, [
    [/iPhone/, 'an iPhone'],
    [/iPad/, 'an iPad'],
    [/Android/, 'Android'],
    [/Windows/, 'Windows'],
    [/CrOS/, 'ChromeOS'],
    [/Mac OS X|Macintosh/, 'a Mac'],
    [/Linux|X11/, 'Linux'],
  ]);
  if (browser !== undefined && system !== undefined) return `${browser} on ${system}`;
  if (browser !== undefined) return browser;
  // Other programs name themselves in their first word.
  const [word = ''] = agent.trim().split(/[\s/]/);
  return word === '' ? 'An unknown program' : word;
}

function first(text: string, known: readonly (readonly [RegExp, string])[]): string | undefined {
  return known.find(([pattern]) => pattern.test(text))?.[1];
}
