import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import type { Check } from '../../src/api/schema';
import type { TestService } from './service';

const SAMPLES = resolve(import.meta.dirname, '../../../samples');
/** How long a check may take, in milliseconds. */
const CHECK_MS = 60_000;

/** Two tables, each its name and its bytes. */
export type Side = readonly [name: string, content: string | Uint8Array];

/** The API of the service under test, as a program with a token uses it. */
export class TestApi {
  private constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  static async of(service: TestService, role = 'editor'): Promise<TestApi> {
    const said = await service.run('token', 'create', `tests ${role}`, '--role', role);
    const token = /\bdl_\w+/.exec(said)?.[0];
    if (token === undefined) throw new Error(`no token in: ${said}`);
    return new TestApi(service.url, token);
  }

  /** Asks for something and gives the body of the answer; `type` is that of a body that is neither JSON nor a file. */
  async ask<T>(method: string, path: string, body?: unknown, type?: string): Promise<T> {
    const isJson = body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array);
    const response = await fetch(this.url + path, {
      method,
      headers: {
        Authorization: `Bearer ${this.token}`,
        ...(body !== undefined && { 'Content-Type': type ?? (isJson ? 'application/json' : 'application/octet-stream') }),
      },
      ...(body !== undefined && { body: (isJson ? JSON.stringify(body) : body) as BodyInit }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** Follows a stream of events until it is told to stop; each event as it came, its lines together. */
  async follow(path: string, event: (text: string) => void, signal: AbortSignal): Promise<void> {
    const response = await fetch(this.url + path, { headers: { Authorization: `Bearer ${this.token}` }, signal });
    if (!response.ok || response.body === null) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    const decoder = new TextDecoder();
    let waiting = '';
    for await (const part of response.body) {
      const texts = (waiting + decoder.decode(part, { stream: true })).split('\n\n');
      waiting = texts.pop() ?? '';
      texts.forEach(event);
    }
  }

  /** Uploads a table; answers its id. */
  async upload([name, content]: Side): Promise<string> {
    const made = await this.ask<{ id: string }>('POST', `/api/v1/datasets?name=${encodeURIComponent(name)}`, content);
    return made.id;
  }

  /** Starts a check of uploaded tables; answers its id. */
  async start(current: string, reference: string, settings?: object): Promise<string> {
    const body = { current: { dataset: current }, reference: { dataset: reference }, ...(settings && { settings }) };
    return (await this.ask<Check>('POST', '/api/v1/checks', body)).id;
  }

  /** Waits until a check has ended. */
  async ended(id: string): Promise<Check> {
    const deadline = Date.now() + CHECK_MS;
    for (;;) {
      const check = await this.ask<Check>('GET', `/api/v1/checks/${id}`);
      if (check.state !== 'queued' && check.state !== 'running') return check;
      if (Date.now() > deadline) throw new Error(`the check ${id} is still ${check.state}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  /** Uploads two tables and compares them; answers the id of the check, which has ended. */
  async compare(current: Side, reference: Side, settings?: object): Promise<string> {
    const [now, before] = [await this.upload(current), await this.upload(reference)];
    const id = await this.start(now, before, settings);
    await this.ended(id);
    return id;
  }
}

/** A file of the samples that come with the program. */
export async function sample(name: string): Promise<Side> {
  return [name.split('/').at(-1) ?? name, await readFile(resolve(SAMPLES, name))];
}
