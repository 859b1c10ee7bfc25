import { l10n } from 'vscode';
import type { ExperimentState, Metric, TagOutcome, Variant } from '../api';
import type { Design } from '../domain/reportFacts';
import type { TransitionRefusal } from '../domain/experiment';
import type { Mark } from '../domain/sessionVariant';
import type { ExclusionReason } from '../domain/sample';
import type { TagDecision, TagRefusal } from '../domain/tags';
import type { SaveRefusal } from '../store/experimentStore';
import { MAX_DURATION_DAYS, type Problem } from '../domain/validation';

/** Every sentence that states a decision, in the person's language. */

export function variantName(variant: Variant): string {
  switch (variant) {
    case 'Control':
      return l10n.t('Control');
    case 'Treatment':
      return l10n.t('Treatment');
    case 'Excluded':
      return l10n.t('Excluded');
  }
}

export function markName(mark: Mark): string {
  switch (mark) {
    case 'Assigned':
      return l10n.t('Assigned');
    case 'Damaged':
      return l10n.t('Damaged tag');
    default:
      return variantName(mark);
  }
}

export function stateName(state: ExperimentState): string {
  switch (state) {
    case 'Draft':
      return l10n.t('Draft');
    case 'Running':
      return l10n.t('Running');
    case 'Concluded':
      return l10n.t('Concluded');
    case 'Archived':
      return l10n.t('Archived');
  }
}

export interface MetricText {
  label: string;
  detail: string;
}

export function metricText(metric: Metric): MetricText {
  switch (metric) {
    case 'TokensPerSession':
      return {
        label: l10n.t('Tokens per session'),
        detail: l10n.t('Fresh input, cache writes and output, every token counted once.'),
      };
    case 'CostPerSession':
      return { label: l10n.t('Cost per session'), detail: l10n.t('API list price equivalent in US dollars.') };
    case 'SuccessRate':
      return {
        label: l10n.t('Success rate'),
        detail: l10n.t('Share of sessions whose outcome is known to be a success.'),
      };
    case 'ToolLoops':
      return { label: l10n.t('Tool loops'), detail: l10n.t('Repeats of the same tool call in a row.') };
    case 'DurationMinutes':
      return {
        label: l10n.t('Active minutes'),
        detail: l10n.t('Time in the session, pauses over 5 minutes left out.'),
      };
    case 'FilesPerSession':
      return { label: l10n.t('Files per session'), detail: l10n.t('Distinct files changed.') };
    case 'SuccessRateByPrompt':
      return { label: l10n.t('Success per prompt'), detail: l10n.t('Success divided by the prompts it took.') };
    case 'CostByPrompt':
      return { label: l10n.t('Cost per prompt'), detail: l10n.t('API list price equivalent divided by prompts.') };
  }
}

export interface TagNames {
  session: string;
  experiment: string;
}

/** The sentence for a tag's outcome, naming session, experiment and the variants concerned. */
export function tagMessage(decision: TagDecision, asked: Variant | undefined, names: TagNames): string {
  const { session, experiment } = names;
  const wanted = asked === undefined ? '' : variantName(asked);
  const has = decision.existing === undefined ? '' : variantName(decision.existing);
  const sentences: Record<Exclude<TagOutcome, 'refused'>, () => string> = {
    tagged: () => l10n.t('“{session}” is now {wanted} in “{experiment}”.', { session, wanted, experiment }),
    unchanged: () => l10n.t('“{session}” was already {has} in “{experiment}”.', { session, has, experiment }),
    conflict: () =>
      l10n.t('“{session}” is {has} in “{experiment}” and was not changed to {wanted}.', {
        session,
        has,
        experiment,
        wanted,
      }),
    retagged: () =>
      l10n.t('“{session}” was {has} and is now {wanted} in “{experiment}”.', { session, has, wanted, experiment }),
    untagged: () => l10n.t('“{session}” is no longer {has} in “{experiment}”.', { session, has, experiment }),
  };
  return decision.outcome === 'refused'
    ? refusalMessage(decision.refusal ?? 'unknownExperiment', names)
    : sentences[decision.outcome]();
}

export function refusalMessage(refusal: TagRefusal, { session, experiment }: TagNames): string {
  switch (refusal) {
    case 'unknownExperiment':
      return l10n.t('There is no such experiment. Choose one in the Experiments view.');
    case 'damagedExperiment':
      return l10n.t('“{experiment}” is damaged in the database and cannot be changed. Its row is kept as it is.', {
        experiment,
      });
    case 'damagedTag':
      return l10n.t('What is stored of “{session}” in “{experiment}” is damaged. It is kept as it is.', {
        session,
        experiment,
      });
    case 'concluded':
      return l10n.t('“{experiment}” is Concluded: its sample is frozen, so no tag can change.', { experiment });
    case 'archived':
      return l10n.t('“{experiment}” is Archived: its sample is frozen, so no tag can change.', { experiment });
    case 'noSession':
      return l10n.t('No session was named.');
    case 'unknownVariant':
      return l10n.t('A variant is Control, Treatment or Excluded.');
    case 'notTagged':
      return l10n.t('“{session}” has no tag in “{experiment}”.', { session, experiment });
    case 'noReason':
      return l10n.t('Changing a tag needs a reason. It is kept in the history.');
  }
}

export function saveMessage(refusal: SaveRefusal, experiment: string): string {
  switch (refusal.code) {
    case 'wrongState':
      return l10n.t('“{experiment}” is {state} and cannot be changed any more.', {
        experiment,
        state: stateName(refusal.state),
      });
    case 'frozen':
      return l10n.t(
        '“{experiment}” is running, and its plan was frozen when it started: {fields} cannot change. Its name and the description of the change can.',
        { experiment, fields: refusal.fields.join(', ') },
      );
    case 'damaged':
      return refusalMessage('damagedExperiment', { session: '', experiment });
    case 'invalid':
      return l10n.t('“{experiment}” was not saved: {problem}.', { experiment, problem: refusal.problem });
  }
}

export function transitionMessage(refusal: TransitionRefusal, experiment: string): string {
  if (refusal.code === 'unknownExperiment') return refusalMessage('unknownExperiment', { session: '', experiment });
  if (refusal.code === 'damaged') return refusalMessage('damagedExperiment', { session: '', experiment });
  if (refusal.code === 'noTreatment') {
    return l10n.t(
      '“{experiment}” was not started: what the instruction files say now is to be Treatment, and they are as in Control. Write the change first.',
      { experiment },
    );
  }
  const state = stateName(refusal.state);
  switch (refusal.transition) {
    case 'start':
      return l10n.t('“{experiment}” is {state}. Only a draft can be started.', { experiment, state });
    case 'conclude':
      return l10n.t('“{experiment}” is {state}. Only a running experiment can be concluded.', { experiment, state });
    case 'archive':
      return l10n.t('“{experiment}” is {state}. Only a concluded experiment can be archived.', { experiment, state });
  }
}

export function exclusionText(reason: ExclusionReason, design: Design): string {
  switch (reason) {
    case 'excludedTag':
      return l10n.t('Tagged as Excluded');
    case 'notTagged':
      return design === 'randomised' ? l10n.t('Neither drawn nor tagged') : l10n.t('Not tagged');
    case 'transcriptGone':
      return l10n.t('Tagged, but not found in the open folders');
    case 'damagedTag':
      return l10n.t('Its stored tag is damaged');
    case 'damagedAssignment':
      return l10n.t('What was drawn for it is damaged in the database');
    case 'notStarted':
      return l10n.t('The experiment has not started');
    case 'startedBefore':
      return l10n.t('It began before the experiment started');
    case 'startedAfter':
      return l10n.t('It began after the experiment ended');
    case 'editorWindow':
      return l10n.t('A run of the editor without an agent: it counts only where it is tagged');
    case 'noStartCommit':
      return l10n.t('Unknown: the commit that it started from is not known');
    case 'startCommitGone':
      return l10n.t('Unknown: the commit that it started from is not in the repository');
    case 'experimentCommitGone':
      return l10n.t('Unknown: a commit of the experiment is not in the repository');
    case 'shallowHistory':
      return l10n.t('Unknown: the clone is shallow, and its history ends too early to tell');
    case 'unrelatedHistory':
      return l10n.t('Unknown: git finds no common history with a commit of the experiment');
    case 'noRepository':
      return l10n.t('Unknown: no git repository is open for it, or the workspace is not trusted');
    case 'notYetKnown':
      return l10n.t('Unknown: git has not answered yet');
    case 'withoutControl':
      return l10n.t('It started from a commit without the Control commit');
    case 'noBranch':
      return l10n.t('Unknown: the branch that it started on is not known, or it was on none');
    case 'otherBranch':
      return l10n.t('It started on neither branch');
    case 'noFingerprint':
      return l10n.t('Unknown: no window saw the instruction files when it started');
    case 'otherFingerprint':
      return l10n.t('It started with other instruction files');
  }
}

export function problemText({ field, code }: Problem): string {
  switch (code) {
    case 'required':
      return l10n.t('{field} is missing.', { field });
    case 'tooLong':
      return l10n.t('{field} is too long.', { field });
    case 'notText':
      return l10n.t('{field} must be text.', { field });
    case 'notAnObject':
      return l10n.t('{field} must be an object.', { field });
    case 'notAList':
      return l10n.t('{field} must be a list.', { field });
    case 'notOneOf':
      return l10n.t('{field} has a value that is not known.', { field });
    case 'notANumber':
      return l10n.t('{field} must be a number.', { field });
    case 'notPositive':
      return l10n.t('{field} must be greater than zero.', { field });
    case 'outOfRange':
      return field === 'durationDays'
        ? l10n.t('{field} must be a whole number from 1 to {max}.', { field, max: MAX_DURATION_DAYS })
        : l10n.t('{field} is out of range.', { field });
    case 'sameOnBothSides':
      return l10n.t('{field} must differ from the one of Control.', { field });
    case 'notTrueOrFalse':
      return l10n.t('{field} must be true or false.', { field });
    case 'needsManualTag':
      return l10n.t('A randomised experiment draws its variants: its {field} must be ManualTag.', { field });
  }
}
