// Finds rules in the text of a contract, so that a button can change one of them and not a sign of the rest. Whether
// the text is a contract is for the service to say: what is not understood here is left alone.

/** A part of the text and what stands there instead. */
export interface Edit {
  from: number;
  to: number;
  insert: string;
}

/** A rule in the text: its braces. */
export interface RulePlace {
  /** Id of the rule; empty when it cannot be read. */
  id: string;
  /** The column of its section; nothing for the table. */
  column: string | undefined;
  start: number;
  end: number;
  /** From 1. */
  line: number;
}

/** A section `[table]` or `[[column]]`. */
export interface Section {
  kind: 'table' | 'column';
  column: string | undefined;
  start: number;
  /** Behind its header. */
  body: number;
  end: number;
  list: RuleList | undefined;
}

interface RuleList {
  open: number;
  close: number;
  rules: RulePlace[];
  /** Behind the last rule, before its comma. */
  last: number;
  endsWithComma: boolean;
}

/** Behind the string that begins here. */
function afterString(text: string, at: number): number {
  const quote = text[at] ?? '"';
  const triple = quote.repeat(3);
  const isLong = text.startsWith(triple, at);
  const end = isLong ? triple : quote;
  for (let here = at + end.length; here < text.length; here += 1) {
    if (quote === '"' && text[here] === '\\') here += 1;
    else if (!isLong && text[here] === '\n') return here;
    else if (text.startsWith(end, here)) return here + end.length;
  }
  return text.length;
}

function lineEnd(text: string, at: number): number {
  const found = text.indexOf('\n', at);
  return found === -1 ? text.length : found;
}

/** Behind one piece: a string, a remark, or a sign. */
function after(text: string, at: number): number {
  if (text[at] === '"' || text[at] === "'") return afterString(text, at);
  return text[at] === '#' ? lineEnd(text, at) : at + 1;
}

/** Behind the bracket that closes the one here. */
function afterNested(text: string, at: number): number {
  let depth = 0;
  while (at < text.length) {
    if ('[{'.includes(text[at] ?? '')) depth += 1;
    if (']}'.includes(text[at] ?? '')) depth -= 1;
    at = after(text, at);
    if (depth === 0) return at;
  }
  return at;
}

/** Where the value that begins here ends: before a comma, the closing brace or, outside of braces, the line's end. */
function valueEnd(text: string, at: number, ends: string): number {
  while (at < text.length && !ends.includes(text[at] ?? '')) {
    at = '[{'.includes(text[at] ?? '') ? afterNested(text, at) : after(text, at);
  }
  return at;
}

/** A plain string; nothing for what needs more than a look. */
function plain(value: string): string | undefined {
  if (/^'[^']*'$/.test(value)) return value.slice(1, -1);
  try {
    const read: unknown = JSON.parse(value);
    return typeof read === 'string' ? read : undefined;
  } catch {
    return undefined;
  }
}

interface Field {
  key: string;
  start: number;
  end: number;
}

/** The fields between the braces of a rule: where their values stand. */
function fields(text: string, { start, end }: Pick<RulePlace, 'start' | 'end'>): Field[] {
  const found: Field[] = [];
  let at = start + 1;
  while (at < end - 1) {
    const equals = valueEnd(text, at, '=}');
    if (equals >= end - 1) break;
    const stop = Math.min(valueEnd(text, equals + 1, ',}'), end - 1);
    const value = text.slice(equals + 1, stop);
    const from = equals + 1 + (value.length - value.trimStart().length);
    found.push({ key: text.slice(at, equals).trim(), start: from, end: from + value.trim().length });
    at = stop + 1;
  }
  return found;
}

function lineAt(text: string, at: number): number {
  let line = 1;
  for (let here = text.indexOf('\n'); here !== -1 && here < at; here = text.indexOf('\n', here + 1)) line += 1;
  return line;
}

function ruleList(text: string, open: number, column: string | undefined): RuleList {
  const list: RuleList = { open, close: open, rules: [], last: open + 1, endsWithComma: true };
  let at = open + 1;
  while (at < text.length && text[at] !== ']') {
    if (text[at] === '{') {
      const end = afterNested(text, at);
      const place = { id: '', column, start: at, end, line: lineAt(text, at) };
      const id = fields(text, place).find(({ key }) => key === 'rule');
      place.id = id === undefined ? '' : (plain(text.slice(id.start, id.end)) ?? '');
      list.rules.push(place);
      list.last = end;
      list.endsWithComma = false;
      at = end;
    } else {
      if (text[at] === ',') list.endsWithComma = true;
      at = after(text, at);
    }
  }
  list.close = at;
  return list;
}

/** The sections of a contract with the rules in them. */
export function sections(text: string): Section[] {
  const found: Section[] = [];
  let at = 0;
  while (at < text.length) {
    const section = found.at(-1);
    if (/[\s#]/.test(text[at] ?? '')) {
      at = after(text, at);
    } else if (text[at] === '[') {
      const end = lineEnd(text, at);
      const header = text.slice(at, end);
      if (section) section.end = at;
      const kind = /^\[\[\s*column\s*\]\]/.test(header) ? 'column' : 'table';
      found.push({ kind, column: undefined, start: at, body: end, end: text.length, list: undefined });
      at = end;
    } else {
      const equals = valueEnd(text, at, '=\n');
      const key = text.slice(at, equals).trim();
      let value = equals + 1;
      while (text[value] === ' ' || text[value] === '\t') value += 1;
      const end = valueEnd(text, value, '\n#');
      if (section && key === 'name') section.column = plain(text.slice(value, end).trim());
      if (section && key === 'rules' && text[value] === '[') section.list = ruleList(text, value, section.column);
      at = Math.max(end, at + 1);
    }
  }
  // A name may stand below its rules.
  for (const { column, list } of found) list?.rules.forEach((rule) => (rule.column = column));
  return found;
}

/**
 * Where each rule stands in the text; nothing for the promise that a column is there, which its section makes. When
 * text and rules do not fit together, nothing at all.
 */
export function placesOf(
  text: string,
  rules: readonly { rule: string; column?: string | null | undefined }[],
): (RulePlace | undefined)[] | undefined {
  const written = sections(text).flatMap(({ list }) => list?.rules ?? []);
  let next = 0;
  const places = rules.map(({ rule, column }) => {
    const here = written[next];
    if (here === undefined || here.id !== rule || here.column !== (column ?? undefined)) return undefined;
    next += 1;
    return here;
  });
  const areFound = rules.every(({ rule }, index) => places[index] !== undefined || rule === 'column_present');
  return areFound && next === written.length ? places : undefined;
}

/** Gives a rule another severity. */
export function withSeverity(text: string, place: RulePlace, severity: string): Edit {
  const all = fields(text, place);
  const own = all.find(({ key }) => key === 'severity');
  if (own) return { from: own.start, to: own.end, insert: `"${severity}"` };
  const end = all.at(-1)?.end ?? place.start + 1;
  return { from: end, to: end, insert: `, severity = "${severity}"` };
}

/** Takes a rule out, with the remark above it that says what it was inferred from. */
export function withoutRule(text: string, { start, end }: RulePlace): Edit {
  const rest = /^[ \t]*,?[ \t]*/.exec(text.slice(end, lineEnd(text, end)))?.[0].length ?? 0;
  const [from, to] = [start, end + rest];
  const lineStart = text.lastIndexOf('\n', from - 1) + 1;
  const isAlone = text.slice(lineStart, from).trim() === '' && (to >= text.length || text[to] === '\n');
  if (!isAlone) return { from, to, insert: '' };
  const remark = /(?:^|\n)([ \t]*# seen: [^\n]*\n)$/.exec(text.slice(0, lineStart))?.[1] ?? '';
  return { from: lineStart - remark.length, to: Math.min(to + 1, text.length), insert: '' };
}

/** A text as TOML writes it. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
}

/** Puts a rule at the end of the rules of a column, or of the table. */
export function withRule(text: string, column: string | undefined, rule: string): Edit {
  const line = `    ${rule},\n`;
  const kind = column === undefined ? 'table' : 'column';
  const section = sections(text).find((one) => one.kind === kind && one.column === column);
  if (section?.list) {
    const { last, close, endsWithComma } = section.list;
    const between = text.slice(last, close).replace(/[ \t\n]+$/, '');
    return { from: last, to: close, insert: `${endsWithComma ? '' : ','}${between}\n${line}` };
  }
  if (section) {
    const at = section.body + bodyLength(text, section);
    return { from: at, to: at, insert: `\nrules = [\n${line}]` };
  }
  const gap = text.trim() === '' ? '' : text.endsWith('\n\n') ? '' : text.endsWith('\n') ? '\n' : '\n\n';
  const header = column === undefined ? '[table]' : `[[column]]\nname = ${quoted(column)}`;
  return { from: text.length, to: text.length, insert: `${gap}${header}\nrules = [\n${line}]\n` };
}

/** How long a section is behind its header, blank lines at its end not counted. */
function bodyLength(text: string, { body, end }: Section): number {
  return text.slice(body, end).trimEnd().length;
}

export function edited(text: string, { from, to, insert }: Edit): string {
  return text.slice(0, from) + insert + text.slice(to);
}

/** The proposed text without the rules that were left out; a section without a rule goes as a whole. */
export function withoutRules(text: string, places: readonly RulePlace[]): string {
  const left = new Set(places.map(({ start }) => start));
  const edits = sections(text).flatMap((section): Edit[] => {
    const own = section.list?.rules ?? [];
    const out = own.filter(({ start }) => left.has(start));
    if (own.length > 0 && out.length === own.length) return [{ from: section.start, to: section.end, insert: '' }];
    return out.map((rule) => withoutRule(text, rule));
  });
  return edits.sort((a, b) => b.from - a.from).reduce(edited, text);
}
