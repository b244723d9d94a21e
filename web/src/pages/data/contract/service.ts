// What the pages of contracts ask of the service.

import { answer, api } from '../../../api/client';
import { Problem } from '../../../api/problem';
import type { ContractDetails, ContractReport, ContractSummary, ProposedContract } from '../../../api/schema';

export function contracts(): Promise<ContractSummary[]> {
  return answer(api.GET('/api/v1/contracts'));
}

/** The contract of a name; `null` when there is none. */
export async function contractOf(name: string): Promise<ContractDetails | null> {
  try {
    return await answer(api.GET('/api/v1/contracts/{name}', { params: { path: { name } } }));
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.status === 404) return null;
    throw thrown;
  }
}

export function propose(dataset: string): Promise<ProposedContract> {
  return answer(api.POST('/api/v1/contracts/infer', { body: { dataset } }));
}

export function tryContract(toml: string, dataset: string, signal: AbortSignal): Promise<ContractReport> {
  return answer(api.POST('/api/v1/contracts/try', { body: { toml, dataset }, signal }));
}

/** Sets a contract; `version` is the one that the text was made from, 0 for a new one. */
export function saveContract(name: string, version: number, toml: string): Promise<ContractDetails> {
  return answer(api.PUT('/api/v1/contracts/{name}', { params: { path: { name } }, body: { version, toml } }));
}

export async function deleteContract(name: string): Promise<void> {
  await answer(api.DELETE('/api/v1/contracts/{name}', { params: { path: { name } } }));
}
