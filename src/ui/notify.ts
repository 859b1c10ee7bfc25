import { commands, l10n, window, type LogOutputChannel } from 'vscode';
import { commandId } from './contributions';

/** A button of a notification. */
export interface Choice {
  label: string;
  run: () => unknown;
}

/** The way out of a damaged file. */
export const restoreChoice = (): Choice => ({
  label: l10n.t('Restore Backup…'),
  run: () => commands.executeCommand(commandId('restoreBackup')),
});

/**
 * The editor turns `[text](link)` in a message into a link, command links too. Messages carry titles from transcripts, so that is
 * taken apart.
 */
export function plain(message: string): string {
  return message.replaceAll('](', '] (');
}

/**
 * The one way to say something to the person. But for `choose` and `ask`, never modal and never awaited by what caused it: a notification that nobody answers
 * must not hold a command.
 */
export class Notifier {
  constructor(private readonly log: LogOutputChannel) {}

  info(message: string, ...choices: Choice[]): void {
    this.log.info(message);
    this.offer(window.showInformationMessage(plain(message), ...choices.map((choice) => choice.label)), choices);
  }

  warn(message: string, ...choices: Choice[]): void {
    this.log.warn(message);
    this.offer(window.showWarningMessage(plain(message), ...choices.map((choice) => choice.label)), choices);
  }

  error(message: string): void {
    this.log.error(message);
    const showLog: Choice = {
      label: l10n.t('Show Log'),
      run: () => commands.executeCommand(commandId('showLog')),
    };
    this.offer(window.showErrorMessage(plain(message), showLog.label), [showLog]);
  }

  /** A question that leaves the editor in sight; undefined where it was dismissed. */
  async choose(message: string, ...buttons: string[]): Promise<string | undefined> {
    return window.showInformationMessage(plain(message), ...buttons);
  }

  /** The one modal question: for what a person must see before they go on. Resolves to the button, undefined for none. */
  async ask(message: string, detail: string, ...buttons: string[]): Promise<string | undefined> {
    return window.showInformationMessage(plain(message), { modal: true, detail }, ...buttons);
  }

  /** For what went as asked: a few seconds in the status bar, no toast. */
  done(message: string): void {
    this.log.info(message);
    window.setStatusBarMessage(message.replaceAll('$(', '$ ('), 5000);
  }

  private offer(answer: Thenable<string | undefined>, choices: readonly Choice[]): void {
    answer.then(
      (label) => choices.find((choice) => choice.label === label)?.run(),
      (error: unknown) => {
        this.log.error(String(error));
      },
    );
  }
}
