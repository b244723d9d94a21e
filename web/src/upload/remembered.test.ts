import { beforeEach, describe, expect, it } from 'vitest';

import { fingerprint, Remembered } from './remembered';

const DAY_MS = 24 * 3_600_000;
let stored: string | null;
let nowMs: number;
const storage = { getItem: () => stored, setItem: (_: string, value: string) => (stored = value) };
const remembered = new Remembered(storage, () => nowMs);
const file = { name: 'a b.csv', size: 7, lastModified: 5 };

function upload(url: string) {
  const metadata = { filename: file.name };
  return { size: 7, metadata, creationTime: '', urlStorageKey: '', uploadUrl: url, parallelUploadUrls: null };
}

beforeEach(() => {
  stored = null;
  nowMs = 1_000_000_000;
});

describe('unfinished uploads', () => {
  it('are found again by their file, in their workspace only', async () => {
    await remembered.addUpload(fingerprint(file, 'w1'), upload('/api/v1/uploads/1'));
    await remembered.addUpload(fingerprint(file, 'w2'), upload('/api/v1/uploads/2'));
    const found = await remembered.findUploadsByFingerprint(fingerprint(file, 'w1'));
    expect(found.map(({ uploadUrl }) => uploadUrl)).toEqual(['/api/v1/uploads/1']);
    expect(remembered.of('w2')).toMatchObject([{ name: 'a b.csv', sizeBytes: 7, url: '/api/v1/uploads/2' }]);
    expect(await remembered.findUploadsByFingerprint(fingerprint({ ...file, lastModified: 6 }, 'w1'))).toEqual([]);
  });

  it('are forgotten when they are done, and after a day', async () => {
    await remembered.addUpload(fingerprint(file, 'w'), upload('/1'));
    await remembered.addUpload(fingerprint(file, 'w'), upload('/2'));
    await remembered.removeUpload('/1');
    expect(remembered.of('w').map(({ url }) => url)).toEqual(['/2']);
    nowMs += DAY_MS;
    expect(remembered.of('w')).toEqual([]);
  });

  it('do not fall over what somebody else has stored', () => {
    stored = '{broken';
    expect(remembered.of('w')).toEqual([]);
    stored = '{"no": "list"}';
    expect(remembered.of('w')).toEqual([]);
  });
});
