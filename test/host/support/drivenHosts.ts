import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TagOutcome, Variant } from '../../../src/api';
import { projectFolder } from '../../../scripts/editor/paths';

/** What a window's extension host is told to do by the runner: see race/tagging.driver.ts. */
export type Order =
  | { do: 'create' }
  | ({ do: 'tag' } & TaggingOrder)
  | { do: 'stop' }
  | { do: 'markCurrent'; experimentId: string; variant: Variant }
  | { do: 'look'; experimentId: string };

export interface TaggingOrder {
  experimentId: string;
  variant: Variant;
  /** Names the sessions of this host, and its file of what was acknowledged. */
  name: string;
  /** Names the sessions that both hosts are after. */
  contested: string;
  atOnce: number;
}

/** A line for each answer of a tagging command. */
export interface Acknowledged {
  sessionId: string;
  outcome: TagOutcome;
  /** The variant that was asked for. */
  variant: Variant;
  /** The variant that the session had before. */
  existing?: Variant | undefined;
}

/** What the extension says in a window. */
export interface Seen {
  tags: Record<string, Variant>;
  history: { sessionId: string; action: string; to: Variant | undefined }[];
}

const DEADLINE_MS = 90_000;
const COMPILED = path.join(projectFolder, 'out', 'test', 'host', 'race', 'tagging.driver.js');

/** Puts the driver into an extensions folder. Build the host tests before. */
export async function installDriver(extensionsFolder: string, shared: string): Promise<void> {
  const folder = path.join(extensionsFolder, 'agent-experiments-tests.driver-0.0.1');
  await mkdir(folder, { recursive: true });
  await copyFile(COMPILED, path.join(folder, 'driver.js'));
  await writeFile(path.join(folder, 'place.json'), JSON.stringify({ shared }));
  const manifest = {
    name: 'driver',
    publisher: 'agent-experiments-tests',
    version: '0.0.1',
    engines: { vscode: '^1.100.0' },
    main: './driver.js',
    activationEvents: ['onStartupFinished'],
    // Where the tested one runs.
    extensionKind: ['workspace'],
  };
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(manifest));
}

/** An extension host of a window: a process of its own, and what it is told and answers. */
export class DrivenHost {
  private orders = 0;

  private constructor(
    private readonly shared: string,
    readonly pid: number,
  ) {}

  /** The host that reports next, of those that are not known yet. */
  static async next(shared: string, known: readonly DrivenHost[]): Promise<DrivenHost> {
    const pid = await until(
      () =>
        readdirSync(shared)
          .flatMap((name) => /^host-(\d+)$/.exec(name)?.[1] ?? [])
          .map(Number)
          .find((candidate) => !known.some((host) => host.pid === candidate)),
      'an extension host',
    );
    return new DrivenHost(shared, pid);
  }

  async tell(order: Order): Promise<unknown> {
    const number = this.orders;
    this.orders += 1;
    const file = path.join(this.shared, `order-${this.pid}-${number}`);
    writeFileSync(`${file}.new`, JSON.stringify(order));
    renameSync(`${file}.new`, file);
    const answer = path.join(this.shared, `answer-${this.pid}-${number}`);
    await until(() => existsSync(answer) || undefined, `the answer to “${order.do}” of process ${this.pid}`);
    const { value, error } = JSON.parse(readFileSync(answer, 'utf8')) as { value?: unknown; error?: string };
    if (error !== undefined) throw new Error(`“${order.do}” of process ${this.pid}: ${error}`);
    return value;
  }

  async look(experimentId: string): Promise<Seen> {
    return (await this.tell({ do: 'look', experimentId })) as Seen;
  }
}

/** What a host was answered so far. A last line that its death cut off was not acknowledged. */
export function acknowledged(shared: string, name: string): Acknowledged[] {
  const file = path.join(shared, `acknowledged-${name}`);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Acknowledged);
}

/** Asks until there is a value. */
export async function until<T>(ask: () => T | undefined | Promise<T | undefined>, what: string): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const value = await ask();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`${what} did not come within ${DEADLINE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
