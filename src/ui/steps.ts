import { setImmediate } from 'node:timers/promises';
import { l10n, QuickInputButtons, window, type Disposable, type QuickInput, type QuickPickItem } from 'vscode';

/** One question of a multi-step input. `A` collects the answers; each step reads and writes its own part of it. */
export type Step<A> = (TextStep<A> | ChoiceStep<A>) & {
  /** Whether it is asked at all, by what was answered before. */
  when?: (answers: A) => boolean;
  /** What must be known before it is asked. The steps before it do not wait. */
  ready?: Promise<unknown>;
};

interface TextStep<A> {
  kind: 'text';
  prompt: (answers: A) => string;
  placeholder: string;
  value: (answers: A) => string;
  /** A sentence that says what is wrong; undefined when the text is fine. */
  check: (text: string, answers: A) => string | undefined | Promise<string | undefined>;
  accept: (answers: A, text: string) => void;
}

interface ChoiceStep<A> {
  kind: 'choice';
  placeholder: (answers: A) => string;
  items: (answers: A) => readonly (QuickPickItem & { value: string })[];
  value: (answers: A) => string | undefined;
  accept: (answers: A, value: string) => void;
}

const BACK = Symbol('back');
const READY = Symbol('ready');
type Answer = string | typeof BACK | undefined;

/**
 * Asks the steps in order, with a Back button that keeps what was answered. False when the person gave up.
 */
export async function askSteps<A>(title: string, steps: readonly Step<A>[], answers: A): Promise<boolean> {
  let at = 0;
  for (;;) {
    // What is asked may change with every answer, but never before the step that is asked.
    const asked = steps.filter(({ when }) => when?.(answers) ?? true);
    const step = asked[at];
    if (step === undefined) return true;
    // A total that shrinks on the way would only frighten.
    const open = steps.slice(steps.indexOf(step) + 1).some(({ when }) => when !== undefined);
    const place = { title, step: at + 1, totalSteps: open ? undefined : asked.length };
    const waited = await waitFor(step.ready, place);
    const answer = waited === READY ? await ask(step, answers, place) : waited;
    if (answer === undefined) return false;
    if (answer === BACK) at -= 1;
    else {
      step.accept(answers, answer);
      at += 1;
    }
  }
}

interface Place {
  title: string;
  step: number;
  /** Undefined while it depends on answers that are still to come. */
  totalSteps: number | undefined;
}

function ask<A>(step: Step<A>, answers: A, place: Place): Promise<Answer> {
  return step.kind === 'text' ? askText(step, answers, place) : askChoice(step, answers, place);
}

/** Shows that something is still being read, unless it is known already; the person can go back or give up meanwhile. */
async function waitFor(ready: Promise<unknown> | undefined, place: Place): Promise<typeof READY | Answer> {
  const known = await Promise.race([Promise.resolve(ready).then(() => true), setImmediate(false)]);
  if (known) return READY;
  const input = window.createQuickPick();
  input.placeholder = l10n.t('Looking at the folder and its repository…');
  input.busy = true;
  if (place.step > 1) input.buttons = [QuickInputButtons.Back];
  const waited = await open<typeof READY | Answer>(input, place, (settle) => {
    const done = (): void => {
      settle(READY);
    };
    ready?.then(done, done);
    return [
      input.onDidTriggerButton(() => {
        settle(BACK);
      }),
    ];
  });
  // Where it failed, that is the command's to say.
  if (waited === READY) await ready;
  return waited;
}

function open<T>(
  input: QuickInput,
  place: Place,
  wire: (settle: (answer: T | undefined) => void) => Disposable[],
): Promise<T | undefined> {
  return new Promise((resolve) => {
    let subscriptions: Disposable[] = [];
    const settle = (answer: T | undefined): void => {
      resolve(answer);
      for (const subscription of subscriptions) subscription.dispose();
      input.dispose();
    };
    input.title = place.title;
    input.step = place.step;
    input.totalSteps = place.totalSteps;
    // A look at another file for a commit or a name must not throw the answers away.
    input.ignoreFocusOut = true;
    subscriptions = [
      ...wire(settle),
      input.onDidHide(() => {
        settle(undefined);
      }),
    ];
    input.show();
  });
}

function askText<A>(step: Extract<Step<A>, { kind: 'text' }>, answers: A, place: Place): Promise<Answer> {
  const input = window.createInputBox();
  input.prompt = step.prompt(answers);
  input.placeholder = step.placeholder;
  input.value = step.value(answers);
  if (place.step > 1) input.buttons = [QuickInputButtons.Back];
  return open<Answer>(input, place, (settle) => [
    input.onDidChangeValue(() => {
      input.validationMessage = undefined;
    }),
    input.onDidTriggerButton(() => {
      settle(BACK);
    }),
    input.onDidAccept(() => {
      const { value } = input;
      const judge = (problem: string | undefined): void => {
        if (problem !== undefined) input.validationMessage = problem;
        else if (input.value === value) settle(value.trim());
      };
      const checked = step.check(value, answers);
      if (!(checked instanceof Promise)) {
        judge(checked);
        return;
      }
      input.busy = true;
      const failed = (error: unknown): string => String(error);
      void checked.catch(failed).then((problem) => {
        input.busy = false;
        judge(problem);
      });
    }),
  ]);
}

function askChoice<A>(step: Extract<Step<A>, { kind: 'choice' }>, answers: A, place: Place): Promise<Answer> {
  const input = window.createQuickPick<QuickPickItem & { value: string }>();
  input.placeholder = step.placeholder(answers);
  input.items = step.items(answers);
  input.matchOnDetail = true;
  const chosen = input.items.find((item) => item.value === step.value(answers));
  if (chosen) input.activeItems = [chosen];
  if (place.step > 1) input.buttons = [QuickInputButtons.Back];
  return open<Answer>(input, place, (settle) => [
    input.onDidTriggerButton(() => {
      settle(BACK);
    }),
    input.onDidAccept(() => {
      const [item] = input.selectedItems;
      if (item) settle(item.value);
    }),
  ]);
}

/** A reason, which the history keeps. Undefined when the person gave up. */
export async function askReason(title: string): Promise<string | undefined> {
  const reason = await window.showInputBox({
    title,
    prompt: l10n.t('Why? The reason is kept in the history.'),
    placeHolder: l10n.t('For example: I had the old rules open in this session'),
    ignoreFocusOut: true,
    validateInput: (text) => (text.trim() === '' ? l10n.t('A reason is needed.') : undefined),
  });
  return reason?.trim();
}
