import { outcomeOf } from '../../domain/outcome';
import type { CommandRun } from '../../domain/outcome';
import { outcomeFields } from './commandOutcome';
import type { OutcomeFields } from './commandOutcome';
import { callDigest, countRepeated } from './values';

/** What is known of a call when it is made. */
export interface ToolCallStart {
  name: string;
  input: unknown;
  /** Files that the call changes if it succeeds. */
  files?: readonly string[];
  /** The command line of a tool that runs one. */
  command?: string | undefined;
  /** Asking again is waiting, no loop; or the call is of a sub-agent. */
  outsideLoops?: boolean;
}

interface ToolCall {
  name: string;
  digest: number;
  files: readonly string[];
  command: string | undefined;
  outsideLoops: boolean;
  failed?: boolean;
  /** Whether the command itself ended with a failure, where the transcript tells. */
  commandFailed?: boolean;
  /** A person refused it, so nothing ran. */
  refused?: boolean;
}

/** What the tools of a session come to; spread it into the session. */
export interface ToolSummary extends OutcomeFields {
  toolCalls: number;
  toolErrors: number;
  toolLoops: number;
  filesTouched: number;
}

/** The tool calls of one session in the order in which they were made, each id once. */
export class ToolCalls {
  private readonly calls = new Map<string, ToolCall>();
  private errors = 0;

  start(id: string, { name, input, files, command, outsideLoops }: ToolCallStart): void {
    if (this.calls.has(id)) {
      return;
    }
    this.calls.set(id, {
      name,
      digest: callDigest(name, input),
      files: files ?? [],
      command,
      outsideLoops: outsideLoops === true,
    });
  }

  has(id: string): boolean {
    return this.calls.has(id);
  }

  get size(): number {
    return this.calls.size;
  }

  /** How a call ended. Every result that failed is an error, also one of a call that was not seen. */
  end(id: string, how: { failed: boolean; commandFailed?: boolean | undefined; refused?: boolean }): void {
    this.errors += how.failed ? 1 : 0;
    const call = this.calls.get(id);
    if (call) {
      call.failed = how.failed;
      call.refused = how.refused === true;
      if (how.commandFailed !== undefined) {
        call.commandFailed = how.commandFailed;
      }
    }
  }

  /** How the command of a call ended that went on when the call was over; what the call's own result says comes first. */
  endLater(id: string, commandFailed: boolean): void {
    const call = this.calls.get(id);
    if (call) {
      call.commandFailed ??= commandFailed;
    }
  }

  /** @param unproven files of a call without a result count too, for transcripts that hold no results. */
  summary(options: { unproven?: boolean; moreFiles?: Iterable<string> } = {}): ToolSummary {
    const calls = [...this.calls.values()];
    const changed = calls.filter(
      (call) => call.failed === false || (options.unproven === true && call.failed !== true),
    );
    const files = new Set([...changed.flatMap((call) => call.files), ...(options.moreFiles ?? [])]);
    return {
      toolCalls: calls.length,
      toolErrors: this.errors,
      toolLoops: countRepeated(calls.filter((call) => !call.outsideLoops).map((call) => call.digest)),
      filesTouched: files.size,
      ...outcomeFields(outcomeOf(calls.flatMap((call, i) => commandRun(call, i)))),
    };
  }
}

/** Calls are in order already, so their places stand for their times. */
function commandRun(call: ToolCall, place: number): CommandRun[] {
  if (call.command === undefined || call.refused === true) {
    return [];
  }
  return [{ tool: call.name, command: call.command, failed: call.commandFailed, time: place }];
}
