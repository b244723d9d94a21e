import { describe, expect, it } from 'vitest';

import { device } from './view-model';

describe('a device', () => {
  it('is named by browser and system', () => {
    const chrome =
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
    expect(device(chrome)).toBe('Chrome on Linux');
    expect(device(`${chrome} Edg/140.0`)).toBe('Edge on Linux');
    expect(device('Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0')).toBe('Firefox on Windows');
    expect(
      device('Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile Safari/604.1'),
    ).toBe('Safari on an iPhone');
    expect(device('curl/8.5.0')).toBe('curl');
    expect(device('')).toBe('An unknown program');
  });
});
