import '../../support/vscodeStub';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { askSteps as AskSteps, Step } from '../../../src/ui/steps';

type Listener = (value?: unknown) => void;

/** An input of the editor, as far as steps use one. */
class FakeInput {
  value = '';
  busy = false;
  items: { value: string }[] = [];
  selectedItems: { value: string }[] = [];
  step = 0;
  readonly listeners = new Map<string, Listener>();
  onDidHide = this.event('hide');
  onDidAccept = this.event('accept');
  onDidTriggerButton = this.event('button');
  onDidChangeValue = this.event('change');
  constructor(private readonly shown: (input: FakeInput) => void) {}

  show(): void {
    this.shown(this);
  }

  dispose(): void {
    this.listeners.clear();
  }

  fire(name: string): void {
    this.listeners.get(name)?.();
  }

  private event(name: string): (listener: Listener) => { dispose: () => void } {
    return (listener) => {
      this.listeners.set(name, listener);
      return { dispose: () => this.listeners.delete(name) };
    };
  }
}

const inputs = {};

describe('steps of which one waits for what is being read', () => {
  let askSteps: typeof AskSteps;
  before(async () => {
    // The stand-in for the editor has texts only.
    Object.assign(createRequire(import.meta.url)('vscode') as object, {
      window: inputs,
      QuickInputButtons: { Back: {} },
    });
    ({ askSteps } = await import('../../../src/ui/steps'));
  });
  interface Answers {
    name: string;
    kind: string;
  }
  let next: (input: FakeInput) => void;
  const shown = (): Promise<FakeInput> => new Promise((resolve) => (next = resolve));
  let release: () => void;
  let answers: Answers;
  let begin: () => { first: Promise<FakeInput>; asked: Promise<boolean> };

  beforeEach(() => {
    const make = (): FakeInput =>
      new FakeInput((input) => {
        next(input);
      });
    Object.assign(inputs, { createInputBox: make, createQuickPick: make });
    answers = { name: '', kind: '' };
    const offered: { label: string; value: string }[] = [];
    const ready = new Promise<void>((resolve) => {
      release = () => {
        offered.push({ label: 'By Commit', value: 'commit' });
        resolve();
      };
    });
    const steps: Step<Answers>[] = [
      {
        kind: 'text',
        prompt: () => 'name',
        placeholder: '',
        value: () => 'A name',
        check: () => undefined,
        accept: (all, text) => (all.name = text),
      },
      {
        kind: 'choice',
        ready,
        placeholder: () => 'kind',
        items: () => offered,
        value: () => undefined,
        accept: (all, value) => (all.kind = value),
      },
    ];
    begin = () => {
      const first = shown();
      return { first, asked: askSteps('Title', steps, answers) };
    };
  });

  /** Answers the first step, and gives what is shown then. */
  const toSecond = async (first: Promise<FakeInput>): Promise<FakeInput> => {
    const input = await first;
    assert.deepEqual([input.step, input.busy], [1, false]);
    const second = shown();
    input.fire('accept');
    return second;
  };

  it('asks the first at once, shows that it waits, and then asks with what was read', async () => {
    const { first, asked } = begin();
    const waiting = await toSecond(first);
    assert.equal(answers.name, 'A name');
    assert.deepEqual([waiting.busy, waiting.step, waiting.items], [true, 2, []]);
    const choice = shown();
    release();
    const { items, busy } = await choice;
    assert.deepEqual([busy, items.map(({ value }) => value)], [false, ['commit']]);
    const input = await choice;
    input.selectedItems = items;
    input.fire('accept');
    assert.equal(await asked, true);
    assert.equal(answers.kind, 'commit');
  });

  it('can be given up while it waits, or gone back from', async () => {
    const { first, asked } = begin();
    const waiting = await toSecond(first);
    const again = shown();
    waiting.fire('button');
    const once = await again;
    assert.equal(once.step, 1);
    const second = shown();
    once.fire('accept');
    (await second).fire('hide');
    assert.equal(await asked, false);
  });

  it('does not wait for what is known', async () => {
    release();
    const { first, asked } = begin();
    const choice = await toSecond(first);
    assert.equal(choice.busy, false);
    choice.fire('hide');
    assert.equal(await asked, false);
  });
});
