import '../../support/vscodeStub';
import assert from 'node:assert/strict';
import { computeReport } from '../../../src/domain/report';
import type { ExperimentStore } from '../../../src/store/experimentStore';
import { BindingFacts } from '../../../src/ui/bindingFacts';
import { GitRepositories } from '../../../src/ui/gitRepositories';
import { ReportData, type Known } from '../../../src/ui/reportData';
import { running } from '../domain/simulation';

const HOME = 'file:///home/ada/shop';

/** What is logged of looks, of a store that does nothing else. */
function dataWithLog(): { data: ReportData; logged: string[] } {
  const logged: string[] = [];
  const store = {
    history: () => Promise.resolve([]),
    looks: () => Promise.resolve([]),
    frozenSample: () => Promise.resolve(undefined),
    logLook: (id: string) => {
      logged.push(id);
      return Promise.resolve(true);
    },
  };
  const git = new GitRepositories({} as never);
  const facts = new BindingFacts(git, {} as never, () => 5);
  const data = new ReportData(store as unknown as ExperimentStore, facts, () => 5);
  return { data, logged };
}

describe('a look at a report', () => {
  const known = (openFolders: string[]): Known => ({
    ...{ tags: new Map(), assignments: new Map(), sessions: [], openFolders },
  });

  it('is logged where the folder of the experiment is open', async () => {
    const { data, logged } = dataWithLog();
    const experiment = running({ workspace: HOME });
    await data.prepare(experiment);
    const facts = computeReport(data.inputOf(experiment, known(['file:///tmp', HOME])));
    assert.equal(facts.verdict.kind, 'TooFewSessions');
    await data.look(facts);
    assert.deepEqual(logged, [experiment.id]);
  });

  it('is one in a window of a folder around it', async () => {
    const { data } = dataWithLog();
    const experiment = running({ workspace: `${HOME}/shop` });
    await data.prepare(experiment);
    assert.equal(computeReport(data.inputOf(experiment, known([HOME]))).verdict.kind, 'TooFewSessions');
  });

  it('is none in the window of another folder, and the report says so', async () => {
    const { data, logged } = dataWithLog();
    const experiment = running({ workspace: HOME });
    await data.prepare(experiment);
    const facts = computeReport(data.inputOf(experiment, known(['file:///tmp'])));
    assert.deepEqual([facts.verdict.kind, facts.verdict.reasons[0]], ['Untrusted', { code: 'elsewhere' }]);
    await data.look(facts);
    assert.deepEqual(logged, []);
  });

  it('of an experiment without a folder is one in every window', async () => {
    const { data, logged } = dataWithLog();
    const experiment = running();
    assert.equal(experiment.workspace, undefined);
    await data.prepare(experiment);
    await data.look(computeReport(data.inputOf(experiment, known(['file:///tmp']))));
    assert.deepEqual(logged, [experiment.id]);
  });
});
