import { textOf } from '../reading/values';
import { writesTo } from './codexCommands';
import type { CodexOutput } from './codexOutput';

/** How a command ended that went on when its call had returned. */
export interface LaterEnd {
  exitCode: number | undefined;
  /** The agent broke it off. */
  stopped: boolean;
}

/**
 * Commands that take longer than their call waits: the call returns a name, and later calls of `write_stdin` with that name bring
 * the rest of the output, and in the end the exit code.
 */
export class RunningCommands {
  /** The latest call that returned the name. */
  private readonly callOf = new Map<string, string>();
  private readonly asking = new Map<string, { session: string; stops: boolean }>();
  private readonly ends = new Map<string, LaterEnd>();

  addCall(id: string, name: string, input: unknown): void {
    const asks = name === 'write_stdin' ? writesTo(input) : undefined;
    if (asks) {
      this.asking.set(id, asks);
    }
  }

  addOutput(callId: unknown, { exitCode, goesOnAs }: CodexOutput): void {
    const id = textOf(callId) ?? '';
    const asked = this.asking.get(id);
    if (!asked) {
      if (goesOnAs !== undefined) {
        this.callOf.set(goesOnAs, id);
      }
      return;
    }
    const started = this.callOf.get(asked.session);
    if (started === undefined || (exitCode === undefined && goesOnAs === undefined)) {
      return; // It could not be asked, nor broken off.
    }
    const known = this.ends.get(started);
    this.ends.set(started, {
      exitCode: exitCode ?? known?.exitCode,
      stopped: asked.stops || known?.stopped === true,
    });
  }

  /** How the command of this call ended later on. */
  endOf(callId: string): LaterEnd | undefined {
    return this.ends.get(callId);
  }
}
