/**
 * A small extension of the tests' own, in the extension host of every window beside the extension that is tested. It tells the
 * runner which process it is, and carries out orders that come as files: see support/drivenHosts.ts. What was acknowledged goes
 * to a file with a flush after each line, so that it outlives the process however that ends.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { AgentExperimentsApi, Experiment, ExperimentInput, TagResult, Variant } from '../../../src/api';
import type { HistoryEntry } from '../../../src/domain/tags';
import type { Acknowledged, Order, Seen, TaggingOrder } from '../support/drivenHosts';
import { EXTENSION_ID } from '../support/environment';

const LOOK_MS = 10;
const commands: Record<Variant, string> = {
  Control: 'tagControl',
  Treatment: 'tagTreatment',
  Excluded: 'tagExcluded',
};

const { shared } = JSON.parse(readFileSync(path.join(__dirname, 'place.json'), 'utf8')) as { shared: string };
const run = <T>(command: string, argument: unknown): Promise<T> =>
  Promise.resolve(vscode.commands.executeCommand<T>(`agentExperiments.${command}`, argument));

export async function activate(): Promise<void> {
  const extension = vscode.extensions.getExtension<AgentExperimentsApi>(EXTENSION_ID);
  if (extension === undefined) throw new Error(`${EXTENSION_ID} is not installed`);
  const driver = new Driver(await extension.activate());
  put(`host-${process.pid}`, process.pid);
  void driver.serve();
}

class Driver {
  private tagging: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(private readonly api: AgentExperimentsApi) {}

  async serve(): Promise<void> {
    for (let next = 0; ; next += 1) {
      const file = path.join(shared, `order-${process.pid}-${next}`);
      while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      const order = JSON.parse(readFileSync(file, 'utf8')) as Order;
      const answer = await this.carryOut(order).then(
        (value) => ({ value }),
        (error: unknown) => ({ error: String(error) }),
      );
      put(`answer-${process.pid}-${next}`, answer);
    }
  }

  private async carryOut(order: Order): Promise<unknown> {
    switch (order.do) {
      case 'create':
        return this.create();
      case 'tag':
        this.stopped = false;
        this.tagging = this.tag(order);
        return undefined;
      case 'stop':
        this.stopped = true;
        return this.tagging;
      case 'markCurrent':
        return this.markCurrent(order.experimentId, order.variant);
      case 'look':
        return this.look(order.experimentId);
    }
  }

  private async create(): Promise<string> {
    const input: ExperimentInput = {
      name: 'Race',
      hypothesis: 'None is lost',
      changeDescription: 'One of two windows dies',
      metric: 'TokensPerSession',
      durationDays: 14,
      binding: { kind: 'ManualTag' },
      successCriterion: { kind: 'Delta', direction: 'Decrease', targetPct: -15 },
    };
    const { id } = await run<Experiment>('newExperiment', input);
    await run('startExperiment', { experimentId: id });
    return id;
  }

  /** Several calls are always on their way. Every tenth session is one that the other window is after, too. */
  private async tag({ experimentId, variant, name, contested, atOnce }: TaggingOrder): Promise<void> {
    const log = openSync(path.join(shared, `acknowledged-${name}`), 'a');
    let next = 0;
    const one = async (): Promise<void> => {
      while (!this.stopped) {
        const number = next;
        next += 1;
        const sessionId = number % 10 === 9 ? `${contested}-${number}` : `${name}-${number}`;
        const result = await run<TagResult>(commands[variant], { experimentId, sessionId });
        const line: Acknowledged = { sessionId, outcome: result.outcome, variant, existing: result.existing };
        writeSync(log, `${JSON.stringify(line)}\n`);
        fsyncSync(log);
      }
    };
    try {
      await Promise.all(Array.from({ length: atOnce }, one));
    } finally {
      closeSync(log);
    }
  }

  private async markCurrent(experimentId: string, variant: Variant): Promise<string> {
    const session = await this.api.currentSession();
    if (session === undefined) throw new Error('no session is current');
    const before = (await this.api.tags(experimentId))[session.id];
    const result =
      before === undefined
        ? await run<TagResult>(commands[variant], { experimentId, sessionId: session.id })
        : await run<TagResult>('retagSession', { experimentId, sessionId: session.id, variant, reason: 'a race' });
    if (result.variant !== variant) throw new Error(result.message);
    return session.id;
  }

  private async look(experimentId: string): Promise<Seen> {
    return {
      tags: await this.api.tags(experimentId),
      history: (await run<HistoryEntry[]>('showHistory', { experimentId })).map(({ sessionId, action, to }) => ({
        sessionId,
        action,
        to,
      })),
    };
  }
}

function put(name: string, value: unknown): void {
  const file = path.join(shared, name);
  writeFileSync(`${file}.new`, JSON.stringify(value ?? null));
  renameSync(`${file}.new`, file);
}
