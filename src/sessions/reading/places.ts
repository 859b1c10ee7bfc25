import type { FileAccess } from './fileAccess';
import { isInside, withRealPath } from './folders';
import type { PathRules } from './folders';

/** Tells which folders that transcripts name lie in the workspace, by real path; each is looked up once. */
export class Places {
  private readonly realPaths = new Map<string, readonly string[]>();
  private readonly access: FileAccess;
  private readonly rules: PathRules;

  constructor(access: FileAccess, rules: PathRules) {
    this.access = access;
    this.rules = rules;
  }

  /** The workspace folders and their real paths. */
  async wanted(workspaceFolders: readonly string[]): Promise<string[]> {
    return (await Promise.all(workspaceFolders.map((folder) => withRealPath(folder, this.access)))).flat();
  }

  /** True where the place is one of the wanted folders or below. */
  async isInside(place: string, wanted: readonly string[]): Promise<boolean> {
    const known = this.realPaths.get(place) ?? (await withRealPath(place, this.access));
    this.realPaths.set(place, known);
    return known.some((each) => wanted.some((folder) => isInside(each, folder, this.rules)));
  }

  /** The same for a place that was asked for before; false where it was not. */
  isKnownInside(place: string, wanted: readonly string[]): boolean {
    const known = this.realPaths.get(place) ?? [];
    return known.some((each) => wanted.some((folder) => isInside(each, folder, this.rules)));
  }
}
