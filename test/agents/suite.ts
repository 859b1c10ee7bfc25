import { runSuite } from '../host/support/runSuite';
import { killAgents } from './support/agentProcess';

/** What the editor calls in its extension host. */
export async function run(): Promise<void> {
  try {
    await runSuite(__dirname, '.test.js', 'suite');
  } finally {
    killAgents();
  }
}
