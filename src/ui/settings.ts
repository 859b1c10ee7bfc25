import { workspace } from 'vscode';
import { SETTING_DEFAULTS, type Settings } from './contributions';

/** A setting's value; a value of the wrong type, which a hand-edited file can hold, counts as the default. */
export function setting<K extends keyof Settings>(key: K): Settings[K] {
  const value = workspace.getConfiguration('agentExperiments').get<unknown>(key);
  const fallback = SETTING_DEFAULTS[key];
  const sameType = typeof value === typeof fallback && Array.isArray(value) === Array.isArray(fallback);
  return sameType ? (value as Settings[K]) : fallback;
}
