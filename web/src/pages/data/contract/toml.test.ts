import { describe, expect, it } from 'vitest';

import { edited, placesOf, sections, withRule, withSeverity, withoutRule, withoutRules } from './toml';

const TEXT = `# Flights # [[column]]
version = 1

[table]
rules = [
    # seen: 10 rows
    { rule = "row_count_between", min = 5 }, # enough
    { rule = "determines", columns = ["a", "b"], target = "c", severity = "low" }
]

[[column]]
name = "a } ] # b"
rules = [
    # ours
    { rule = "matches", pattern = '^[A-F]{1,2}"#$' },
    # seen: no missing value
    { rule = "not_null" },
]
`;
const COLUMN = 'a } ] # b';
const RULES = [
  { rule: 'row_count_between' },
  { rule: 'determines', column: null },
  { rule: 'column_present', column: COLUMN },
  { rule: 'matches', column: COLUMN },
  { rule: 'not_null', column: COLUMN },
];

describe('the text of a contract', () => {
  const places = placesOf(TEXT, RULES);

  function place(index: number) {
    const found = places?.[index];
    if (found === undefined) throw new Error(`rule ${index} is not found`);
    return found;
  }

  it('shows where each rule stands', () => {
    expect(places?.map((one) => one?.line)).toEqual([7, 8, undefined, 15, 17]);
    expect(placesOf(TEXT, RULES.slice(1))).toBeUndefined();
    expect(placesOf(TEXT, RULES.map((one) => ({ ...one, column: 'other' })))).toBeUndefined();
  });

  it('does not fall over what is no contract', () => {
    for (const broken of ['', '[', '[[column', 'rules = [ {', 'a = "\\', "x = '''", '[table]\nrules = [ { rule = ', '= = =', '{}]']) {
      expect(Array.isArray(sections(broken))).toBe(true);
    }
  });

  it('takes another severity and leaves the rest', () => {
    const first = edited(TEXT, withSeverity(TEXT, place(0), 'high'));
    expect(first).toBe(TEXT.replace('min = 5 }', 'min = 5, severity = "high" }'));
    expect(edited(TEXT, withSeverity(TEXT, place(1), 'high'))).toBe(TEXT.replace('"low"', '"high"'));
    expect(edited(TEXT, withSeverity(TEXT, place(3), 'low'))).toContain(`"#$', severity = "low" },`);
  });

  it('loses a rule with what it was inferred from, and no other remark', () => {
    expect(edited(TEXT, withoutRule(TEXT, place(4)))).toBe(
      TEXT.replace('    # seen: no missing value\n    { rule = "not_null" },\n', ''),
    );
    expect(edited(TEXT, withoutRule(TEXT, place(0)))).toContain('# enough');
    expect(edited(TEXT, withoutRule(TEXT, place(3)))).toContain('# ours\n    # seen');
    expect(withoutRules(TEXT, [place(3), place(4)])).not.toContain('[[column]]\nname');
    expect(withoutRules(TEXT, [place(4)])).toContain('matches');
  });

  it('takes one rule more at the end of its section', () => {
    const rule = '{ rule = "unique" }';
    expect(edited(TEXT, withRule(TEXT, COLUMN, rule))).toContain('{ rule = "not_null" },\n    { rule = "unique" },\n]');
    expect(edited(TEXT, withRule(TEXT, undefined, rule))).toContain('severity = "low" },\n    { rule = "unique" },\n]');
    expect(edited(TEXT, withRule(TEXT, 'new', rule))).toBe(
      `${TEXT}\n[[column]]\nname = "new"\nrules = [\n    { rule = "unique" },\n]\n`,
    );
    const bare = 'version = 1\n\n[[column]]\nname = "x"\n\n[table]\nrules = []\n';
    expect(edited(bare, withRule(bare, 'x', rule))).toContain('name = "x"\nrules = [\n    { rule = "unique" },\n]\n\n[table]');
    expect(edited(bare, withRule(bare, undefined, rule))).toContain('rules = [\n    { rule = "unique" },\n]\n');
    expect(edited('', withRule('', undefined, rule))).toBe('[table]\nrules = [\n    { rule = "unique" },\n]\n');
  });
});
