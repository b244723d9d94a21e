import type { Check, Report } from '../../api/schema';
import { contractName } from '../../report/validation/rules';

/** Where the contract of a report is: beside the dataset when it is the one of its name, else in the list. */
export function contractHref({ current, names }: Check, { contract }: Report): string | undefined {
  if (contract == null) return undefined;
  const name = contractName(contract);
  if ('dataset' in current && names[0] === name) return `/data/datasets/${current.dataset}?tab=contract`;
  return `/data?tab=contracts&q=${encodeURIComponent(name)}`;
}
