import { runMocha } from '../host/support/runMocha';
import { killAgents } from './support/agentProcess';

/** What the editor calls in its extension host. */
export async function run(): Promise<void> {
  try {
    await runMocha(__dirname, '.test.js', 'suite');
  } finally {
    killAgents();
  }
}
