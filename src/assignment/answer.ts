import type { Experiment } from '../api';
import { drawsFor, textFor, type Assignment } from '../domain/assignment';
import type { ExperimentStore } from '../store/experimentStore';
import { drawing } from './drawing';
import { hookOutput, readHookInput } from './hookInput';
import { isInWorkspace } from './workspaces';

export interface HookAnswer {
  /** For the agent; undefined for nothing. */
  output: string | undefined;
  /** What the agent will have got once it took the output. */
  drawn: readonly Assignment[];
  /** Why there is no output, for the log; undefined where there is nothing to tell. */
  problem?: string;
}

const nothing = (problem?: string): HookAnswer => ({
  output: undefined,
  drawn: [],
  ...(problem === undefined ? {} : { problem }),
});

/** The key of the answer to the extension's own question whether all is in place. */
export const TEST_ANSWER = 'agentExperimentsTest';

/** What the session-start program answers to what an agent said. What is drawn is stored before this returns. Throws StoreError. */
export async function answerHook(store: ExperimentStore, input: string, registered: string): Promise<HookAnswer> {
  const start = readHookInput(input, registered);
  if (start === undefined) return nothing('the input names no session and folder');
  const { status, experiments } = await store.readExperiments();
  const draws = (experiment: Experiment): boolean => drawsFor(experiment, start, isInWorkspace);
  if (start.occasion === 'test') {
    const names = experiments.filter(draws).map(({ name }) => name);
    return { output: JSON.stringify({ [TEST_ANSWER]: { status: status.kind, experiments: names } }), drawn: [] };
  }
  const concerned = experiments.some(draws);
  // Of a file that cannot be read, nobody knows that no experiment draws.
  if (status.kind === 'readOnly' && (concerned || experiments.length === 0)) {
    return nothing(`${status.problem}: ${status.detail} (${status.file})`);
  }
  // Most sessions are of no experiment: they wait for no lock.
  if (!concerned) return nothing();
  const { agent, sessionId, folder, occasion, transcript } = start;
  const assigned = await store.assign(
    {
      agent,
      sessionId,
      folder,
      begins: occasion === 'begins',
      source: 'hook',
      ...(transcript === undefined ? {} : { transcript }),
    },
    drawing,
  );
  // Settings of two agents may name the program for one session; the second time it has its text already.
  const told = assigned.filter(
    ({ assignment, isNew }) => isNew || occasion === 'again' || assignment.deliveredAt === undefined,
  );
  const texts = told.flatMap(({ experiment, assignment }) => textFor(experiment.randomised, assignment.variant) ?? []);
  return {
    output: texts.length === 0 ? undefined : hookOutput(texts),
    drawn: told.map(({ assignment }) => assignment).filter(({ deliveredAt }) => deliveredAt === undefined),
  };
}
