// Names that people know for the ids in a report. An id that is not known here is shown as it is.

import type { ColumnReport, ColumnRole, Kind } from '../api/schema';

const METHODS: Record<string, string> = {
  kl: 'Kullback-Leibler divergence',
  psi: 'Population stability index',
  jensen_shannon: 'Jensen-Shannon distance',
  hellinger: 'Hellinger distance',
  total_variation: 'Total variation distance',
  l_infinity: 'L-infinity distance',
  wasserstein: 'Wasserstein distance',
  energy: 'Energy distance',
  ks: 'Kolmogorov-Smirnov test',
  cramer_von_mises: 'Cramér-von Mises test',
  anderson_darling: 'Anderson-Darling test',
  epps_singleton: 'Epps-Singleton test',
  mann_whitney: 'Mann-Whitney test',
  welch_t: "Welch's t test",
  chi_square: 'Chi-square test',
  g_test: 'G test',
  fisher_exact: "Fisher's exact test",
  two_proportion_z: 'Two-proportion z test',
  zscore: 'Z-score',
  robust_z: 'Robust z-score',
  iqr: 'Inter-quartile fences',
  rarity: 'Rarity',
  isolation_forest: 'Isolation forest',
  nearest_neighbours: 'Nearest neighbours',
  rank_neighbours: 'Nearest neighbours on ranks',
  histogram: 'Histograms',
  tails: 'Tails',
  ensemble: 'Ensemble',
  none: 'None',
};

/** What the tests of evidence look at; several have no name of their own in the literature. */
const TESTS: Record<string, string> = {
  chi_square: 'the chi-square test (the shares of all bins)',
  mann_whitney: 'the Mann-Whitney test (whether values are larger)',
  smooth: "Neyman's smooth test (the shape as a whole)",
  mood: "Mood's test (the spread)",
  klotz: "Klotz's test (the spread, above all of the tails)",
  van_der_waerden: "van der Waerden's test (whether values are larger, above all in the tails)",
  two_proportions: 'the two-proportion test (one share)',
  single_class: 'the test of single classes (the one whose share changed most)',
  new_class: 'the test of new classes (one value that was not there)',
  new_classes: 'the test of new classes (all values that were not there)',
  vanished_class: 'the test of vanished classes (one value that is gone)',
  vanished_classes: 'the test of vanished classes (all values that are gone)',
  frequency_order: 'the test of frequencies (whether rare values became frequent)',
  point_mass: 'the test of single values (one value that repeats)',
  lower_tail: 'the test of the lower tail (very small values)',
  upper_tail: 'the test of the upper tail (very large values)',
  lower_savage: "Savage's test of the lower end",
  upper_savage: "Savage's test of the upper end",
  lower_outliers: 'the test of far values at the lower end',
  upper_outliers: 'the test of far values at the upper end',
};

const SHORT_METHODS: Record<string, string> = { kl: 'KL', psi: 'PSI', ks: 'KS' };

const ROLES: Record<ColumnRole, string> = {
  feature: 'feature',
  identifier: 'identifier',
  clock: 'clock',
  excluded: 'excluded',
};

/** Name of a method. */
export function methodName(id: string): string {
  return METHODS[id] ?? id;
}

/** Name of a method where there is little room. */
export function shortMethodName(id: string): string {
  return SHORT_METHODS[id] ?? METHODS[id]?.replace(/ (test|distance|divergence)$/, '') ?? id;
}

const TOOLS: Record<string, string> = {
  evidently: 'Evidently',
  'great-expectations': 'Great Expectations',
  nannyml: 'NannyML',
};

/** Name of a tool whose scores are computed as it does. */
export function toolName(id: string): string {
  return TOOLS[id] ?? id;
}

/** What a test of evidence is called and looks at, as part of a sentence. */
export function testName(id: string): string {
  return TESTS[id] ?? METHODS[id] ?? id;
}

/** What a column is: its kind, with the role where that is not the usual one. */
export function kindAndRole(column: ColumnReport): string {
  return column.role === 'feature' || column.role === (column.kind as string)
    ? column.kind
    : `${column.kind}, ${ROLES[column.role]}`;
}

/** Whether the values of a kind lie on an axis of numbers. */
export function isNumeric(kind: Kind): boolean {
  return kind === 'numeric' || kind === 'integer' || kind === 'datetime';
}

/** A part of a sentence: words, or a name or value of the data, which sentences put between backticks. */
export interface Part {
  text: string;
  isName: boolean;
  /** The whole of a name that was cut off. */
  whole?: string;
}

/** Longest name or value, in characters, that is shown whole within a sentence. */
const LONGEST_NAME = 64;

/** Takes a sentence of a report apart into words and names, which are cut off beyond a length. */
export function marked(sentence: string, longest = LONGEST_NAME): Part[] {
  const parts = sentence.split('`');
  // An odd backtick belongs to a name; the sentence is then shown as it is.
  if (parts.length % 2 === 0) return [{ text: sentence, isName: false }];
  // A figure and its unit stay on one line.
  return parts
    .map((text, index) => (index % 2 === 1 ? name(text, longest) : { text: text.replaceAll(' %', '\u00a0%'), isName: false }))
    .filter((part) => part.text !== '');
}

function name(whole: string, longest: number): Part {
  if (whole.length <= longest) return { text: whole, isName: true };
  // By characters, so that none is cut in two.
  const characters = [...whole.slice(0, longest * 4)].slice(0, longest - 1);
  return { text: `${characters.join('')}…`, isName: true, whole };
}
