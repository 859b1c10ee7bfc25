import type { Experiment } from '../api';
import type { Look } from './looks';
import type { Sample } from './sample';

/** All that the report of a concluded experiment is computed from. */
export interface Frozen {
  /** As concluded. */
  experiment: Experiment;
  sample: Sample;
  /** What was seen while it ran, oldest first. */
  looks: readonly Look[];
}

const FORMAT = 1;

/** As text, of which the store keeps a digest. Every number comes back as it was. */
export function encodeFrozen({ experiment, sample, looks }: Frozen): string {
  return JSON.stringify({ format: FORMAT, experiment, sample, looks });
}

/** Undefined where the text is of another format. Its digest has said that it is what `encodeFrozen` made. */
export function decodeFrozen(text: string): Frozen | undefined {
  const { format, ...frozen } = JSON.parse(text) as Frozen & { format: unknown };
  return format === FORMAT ? frozen : undefined;
}
