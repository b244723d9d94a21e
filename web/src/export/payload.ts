import type { Report } from '../api/schema';

/** What a file says, and whether it still says what was written into it. */
export interface Payload {
  report: Report;
  /** SHA-256 of the report as it was written, in hexadecimal digits. */
  checksum: string;
  /** Whether the report in the file has this checksum; unknown where the browser does not compute it for files. */
  isIntact: boolean | undefined;
}

/** Reads the report in the page: JSON, deflated, in base64. */
export async function payloadOf(element: HTMLElement): Promise<Payload> {
  const text = atob(element.textContent.trim());
  const packed = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const unpacking = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const bytes = await new Response(unpacking).arrayBuffer();
  const checksum = element.dataset.sha256 ?? '';
  const computed = await sha256(bytes);
  return {
    report: JSON.parse(new TextDecoder().decode(bytes)) as Report,
    checksum,
    isIntact: computed === undefined ? undefined : computed === checksum,
  };
}

async function sha256(bytes: ArrayBuffer): Promise<string | undefined> {
  if (globalThis.crypto?.subtle === undefined) return undefined;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
