import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../..');
const TARGET = process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target');
/** The program under test: the one that is named, or the one that was built last for tests. */
export const PROGRAM = process.env.DRIFTLINE ?? join(TARGET, 'debug/driftline');
/** How long the service may take to start, in milliseconds. */
const START_MS = 20_000;

/** A real service on a free port, with a data folder of its own. */
export class TestService {
  private constructor(
    readonly url: string,
    /** Signs the owner in, once. */
    readonly link: string,
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {}

  /** Starts the service; `command` is `serve` or `demo`, `settings` are variables of the environment. */
  static async start(command: 'serve' | 'demo' = 'serve', settings: Record<string, string> = {}): Promise<TestService> {
    if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is not there: run \`make browser\`, which builds it`);
    const folder = await mkdtemp(join(tmpdir(), 'driftline-browser-'));
    const child = spawn(PROGRAM, [command, '--data', folder, '--listen', '127.0.0.1:0'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, DRIFTLINE_SERVER__LOG_LEVEL: 'warn', ...settings },
    });
    const said = await heard(child, /\/sign-in\?secret=\S+/);
    const link = /http:\S+\/sign-in\?secret=\S+/.exec(said)?.[0] ?? '';
    return new TestService(new URL(link).origin, link, child, folder);
  }

  /** Runs the program with the same data folder, as somebody beside the service would. */
  async run(...args: string[]): Promise<string> {
    const child = spawn(PROGRAM, [...args, '--data', this.folder], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stdout?.on('data', (text) => (said += String(text)));
    child.stderr?.on('data', (text) => (said += String(text)));
    const code = await new Promise((done) => child.on('exit', done));
    if (code !== 0) throw new Error(`driftline ${args.join(' ')}: ${said}`);
    return said;
  }

  /** Memory that the service holds now, in bytes. */
  async memory(): Promise<number> {
    const status = await readFile(`/proc/${this.process.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) * 1024;
  }

  async stop(): Promise<void> {
    const gone = new Promise((done) => this.process.once('exit', done));
    this.process.kill('SIGTERM');
    await gone;
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Waits until the program has said what is looked for. */
function heard(child: ChildProcess, wanted: RegExp): Promise<string> {
  return new Promise((done, failed) => {
    let said = '';
    const timer = setTimeout(() => failed(new Error(`the service did not start: ${said}`)), START_MS);
    child.on('exit', () => failed(new Error(`the service ended: ${said}`)));
    child.stderr?.on('data', (text) => (said += String(text)));
    child.stdout?.on('data', (text) => {
      said += String(text);
      if (!wanted.test(said)) return;
      clearTimeout(timer);
      done(said);
    });
  });
}
