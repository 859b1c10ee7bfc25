import { l10n } from 'vscode';
import type { AgentExperimentsApi, Experiment, Session, Variant } from '../api';
import type { IndexedSession } from '../sessions/model';
import { Breather } from '../sessions/reading/breathe';
import type { AppModel } from './appModel';
import type { Reports } from './report/reports';
import { refusalMessage } from './texts';

/** What other extensions get. Every call reads afresh, so that a caller never sees less than the views do. */
export function createApi(model: AppModel, reports: Reports): AgentExperimentsApi {
  const known = (experimentId: string): Experiment => {
    const experiment = model.experiment(experimentId);
    if (experiment === undefined) {
      throw new Error(l10n.t('There is no experiment with the id {id}.', { id: experimentId }));
    }
    return experiment;
  };
  const readable = (experimentId: string): Experiment => {
    const experiment = known(experimentId);
    if (experiment.damaged !== undefined) {
      throw new Error(refusalMessage('damagedExperiment', { session: '', experiment: experiment.name }));
    }
    return experiment;
  };
  return {
    apiVersion: 1,
    experiments: async () => {
      await model.refreshStore();
      return structuredClone([...model.state.store.experiments]);
    },
    sessions: async () => {
      await model.refresh();
      const copies: Session[] = [];
      const breather = new Breather();
      for (const session of model.state.sessions) {
        copies.push(publicSession(session));
        if (breather.due) await breather.pause();
      }
      return copies;
    },
    currentSession: async () => {
      await model.refresh();
      const { current } = model.state;
      return current.kind === 'one' ? publicSession(current.session) : undefined;
    },
    tags: async (experimentId) => {
      await model.refreshStore();
      const { id } = known(experimentId);
      const tags = [...(model.state.store.tags.get(id) ?? [])];
      return Object.fromEntries(tags.filter((entry): entry is [string, Variant] => entry[1] !== undefined));
    },
    report: async (experimentId) => {
      await model.refresh();
      const experiment = readable(experimentId);
      await model.prepareReport(experiment);
      return reports.compute(experiment);
    },
    onDidChange: model.onDidChange,
  };
}

/** The type makes a field that is missing here a compile error. */
const publicFields: Record<keyof Session, true> = {
  id: true,
  agent: true,
  title: true,
  workspaceFolder: true,
  startedAt: true,
  lastActiveAt: true,
  endedAt: true,
  model: true,
  branch: true,
  startCommit: true,
  prompts: true,
  toolCalls: true,
  toolErrors: true,
  filesTouched: true,
  activeMinutes: true,
  wallMinutes: true,
  tokens: true,
  costUsd: true,
  outcome: true,
};

/** Only what the API promises: internal fields may change with any version. */
function publicSession(session: IndexedSession): Session {
  const copy: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(session)) {
    // Of the fields that are public only tokens are more than one value.
    if (field in publicFields) copy[field] = field === 'tokens' ? { ...session.tokens } : value;
  }
  return copy as unknown as Session;
}
