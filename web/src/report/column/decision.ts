import type { ColumnReport, Report } from '../../api/schema';
import { count, number, percent, plural, probability } from '../../text/figures';
import { shortMethodName, testName } from '../words';

/** One step on the way to the verdict. */
export interface Step {
  question: string;
  answer: string;
  /** Whether the step speaks for a change; nothing where it decides nothing. */
  speaksForChange: boolean | undefined;
}

const ORIGINS: Record<string, string> = {
  'chance at this size': 'what chance gives in one stable column of a thousand of this size',
  'natural movement': 'how much the column moves by itself in the reference',
  'least mass that matters': 'the least share of rows moved that matters',
  'other evidence decided': 'set to the score, because other evidence decided',
  'change below the bar': 'set above the score, because the change is too small to matter',
};

/** How the verdict on a column was reached, step by step; empty when it was not judged. */
export function decisionSteps(report: Report, column: ColumnReport): Step[] {
  return [effectStep(column), evidenceStep(report, column), naturalStep(column), reachStep(column), scoreStep(column)].filter(
    (step) => step !== undefined,
  );
}

function effectStep({ effect, verdict }: ColumnReport): Step | undefined {
  if (effect == null) return undefined;
  const isLarge = effect.mass_moved >= effect.threshold;
  const moved = `${percent(effect.mass_moved)} of the rows would have to change place; from ${percent(effect.threshold)} on it counts.`;
  const part = ' One part of the values changed enough by itself: the test below says which.';
  return {
    question: 'Is it large enough to matter?',
    answer: verdict === 'drifted' && !isLarge ? moved + part : moved,
    speaksForChange: isLarge || verdict === 'drifted',
  };
}

function evidenceStep(report: Report, { evidence }: ColumnReport): Step | undefined {
  if (evidence == null) return undefined;
  const accepted = report.settings.drift.false_discovery_rate;
  const isReal = evidence.q_value <= accepted;
  return {
    question: 'Could it be chance?',
    answer:
      `${isReal ? 'Hardly' : 'Yes'}: ${testName(evidence.test)} gives p ${equal(probability(evidence.p_value))}, ` +
      `and q ${equal(probability(evidence.q_value))} with all columns considered; up to ${number(accepted)} it is taken as real.`,
    speaksForChange: isReal,
  };
}

function naturalStep({ natural_movement: natural, effect }: ColumnReport): Step | undefined {
  if (natural == null) return undefined;
  const isBar = effect != null && natural.mass_moved >= effect.threshold * 0.999;
  return {
    question: 'Does it move like this by itself?',
    answer:
      natural.mass_moved === 0
        ? `No: ${plural(natural.blocks, 'block')} of the reference do not differ from the rest of it by more than chance.`
        : `${plural(natural.blocks, 'block')} of the reference differ from the rest of it by up to ${percent(natural.mass_moved)}.` +
          (isBar ? ' That is more than the setting asks for, so it is the threshold.' : ''),
    speaksForChange: effect == null ? undefined : effect.mass_moved > natural.mass_moved,
  };
}

function reachStep({ effect, n }: ColumnReport): Step | undefined {
  if (effect == null) return undefined;
  return {
    question: 'What could have been seen?',
    answer:
      `With ${count(n[0])} values in the reference and ${count(n[1])} in the current data, a change of ` +
      `${percent(effect.smallest_detectable)} of the rows is found as often as not. Smaller ones may stay unseen.`,
    speaksForChange: undefined,
  };
}

function scoreStep({ score }: ColumnReport): Step | undefined {
  if (score == null) return undefined;
  return {
    question: 'How does the score say it?',
    answer:
      `${shortMethodName(score.metric)} is ${number(score.value)}, its threshold ${number(score.threshold)} ` +
      `(${ORIGINS[score.threshold_origin] ?? score.threshold_origin}).`,
    speaksForChange: score.value >= score.threshold,
  };
}

function equal(text: string): string {
  return text.startsWith('<') ? text : `= ${text}`;
}

/** The end of the scale that effect, thresholds and natural movement are drawn on. */
export function effectScaleEnd({ effect, natural_movement: natural }: ColumnReport): number {
  const greatest = Math.max(effect?.mass_moved ?? 0, (effect?.threshold ?? 0) * 1.6, (natural?.mass_moved ?? 0) * 1.2);
  return Math.min(1, greatest * 1.15) || 1;
}
