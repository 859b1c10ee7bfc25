import path from 'node:path';
import { projectFolder } from '../editor/paths';

/** Recorded transcripts of real agents. They are not part of the repository: the folder may not be there. */
export const fixturesFolder =
  process.env['AGENT_EXPERIMENTS_FIXTURES'] ?? path.resolve(projectFolder, '..', 'shared', 'fixtures');
