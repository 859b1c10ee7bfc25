import { isRecord } from '../reading/jsonLines';
import { textOf } from '../reading/values';
import { SHELL_TOOLS } from './copilotTools';

const READING = new Set(['read_bash', 'read_powershell']);
const WRITING = new Set(['write_bash', 'write_powershell']);
const STOPPING = new Set(['stop_bash', 'stop_powershell']);
/** Keys that break a command off, as the tool writes them and as they are. */
const BREAKS_OFF = ['ctrl', '\u0003', '\u001c'];

/** Commands that go on when their call has returned: a later call that reads the same shell brings the exit code. */
export class CopilotShells {
  /** The latest command of each shell, until somebody breaks it off. */
  private readonly running = new Map<string, string>();
  private readonly reading = new Map<string, string>();

  addCall(id: string, tool: string, input: unknown): void {
    const shell = shellOf(input);
    if (shell === undefined) {
      return;
    }
    if (SHELL_TOOLS.has(tool)) {
      this.running.set(shell, id);
    } else if (STOPPING.has(tool) || (WRITING.has(tool) && BREAKS_OFF.some((key) => typedIn(input).includes(key)))) {
      this.running.delete(shell);
    }
    const command = READING.has(tool) || WRITING.has(tool) ? this.running.get(shell) : undefined;
    if (command !== undefined) {
      this.reading.set(id, command);
    }
  }

  /** The call that started the command of which this call's result tells. */
  commandOf(id: string): string | undefined {
    return this.reading.get(id);
  }
}

function shellOf(input: unknown): string | undefined {
  const shell = isRecord(input) ? (input['shellId'] ?? input['sessionId']) : undefined;
  return typeof shell === 'number' ? String(shell) : textOf(shell);
}

function typedIn(input: unknown): string {
  return isRecord(input) ? (textOf(input['input']) ?? '').toLowerCase() : '';
}
