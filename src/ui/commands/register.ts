import { setImmediate } from 'node:timers/promises';
import { commands, Disposable, l10n } from 'vscode';
import { COMMAND_NAMES, commandId, type CommandName } from '../contributions';
import { storeErrorText } from '../storeTexts';
import { StoreError } from '../../store/errors';
import { SourceError } from '../../store/importSource';
import { sourceErrorText } from '../data/mergeTexts';
import { restoreChoice } from '../notify';
import { Cancelled, CommandError, DamagedFile, type App } from './app';
import { parseCall, type Call } from './call';

export type Handler = (call: Call) => Promise<unknown>;
export type Handlers = Record<CommandName, Handler>;

/**
 * Registers every command behind one wrapper. A person is told what went wrong in a notification and the command resolves to
 * undefined; a program gets the same sentence as a rejected promise.
 */
export function registerCommands(app: App, handlers: Handlers): Disposable {
  return Disposable.from(
    ...COMMAND_NAMES.map((name) =>
      commands.registerCommand(commandId(name), (argument?: unknown) => run(app, name, handlers[name], argument)),
    ),
  );
}

async function run(app: App, name: CommandName, handler: Handler, argument: unknown): Promise<unknown> {
  const parsed = parseCall(argument);
  if (!parsed.ok) {
    const message = l10n.t('{command}: {problem} is not what the command takes.', {
      command: commandId(name),
      problem: parsed.problem,
    });
    app.log.error(message);
    throw new CommandError(message);
  }
  // A program that calls one command after the other would keep the whole extension host from anything else: a command that
  // finds the lock free waits for nothing but the disk.
  if (!parsed.call.interactive) await setImmediate();
  try {
    return await handler(parsed.call);
  } catch (error) {
    if (error instanceof Cancelled) return undefined;
    const message = errorText(error);
    if (!parsed.call.interactive) {
      app.log.warn(`${name}: ${message}`);
      throw error instanceof CommandError ? error : new CommandError(message, { cause: error });
    }
    tellPerson(app, error);
    return undefined;
  }
}

/** Says what went wrong with something that a person asked for. */
export function tellPerson(app: App, error: unknown): void {
  if (error instanceof Cancelled) return;
  const message = errorText(error);
  if (isDamage(error)) app.notifier.warn(message, restoreChoice());
  else if (error instanceof CommandError || error instanceof SourceError) app.notifier.warn(message);
  else {
    app.log.error(error instanceof Error ? error : String(error));
    app.notifier.error(message);
  }
}

function isDamage(error: unknown): boolean {
  if (error instanceof DamagedFile) return true;
  return error instanceof StoreError && error.fault.code === 'readOnly' && error.fault.problem === 'unreadable';
}

export function errorText(error: unknown): string {
  if (error instanceof StoreError) return storeErrorText(error);
  if (error instanceof SourceError) return sourceErrorText(error);
  if (error instanceof CommandError) return error.message;
  const detail = error instanceof Error ? error.message : String(error);
  return l10n.t('Something went wrong that was not foreseen: {detail}', { detail });
}
