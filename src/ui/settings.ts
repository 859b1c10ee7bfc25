import { workspace } from 'vscode';
import { SETTING_DEFAULTS, type Settings } from './contributions';

/** A setting's value; a value of the wrong type, which a hand-edited file can hold, counts as the default. */
export function setting<K extends keyof Settings>(key: K): Settings[K] {
  const value = workspace.getConfiguration('agentExperiments').get<unknown>(key);
  const fallback = SETTING_DEFAULTS[key];
  return typeof value === typeof fallback ? (value as Settings[K]) : fallback;
}
