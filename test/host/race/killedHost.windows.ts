/**
 * Two windows, as a person has them, tag as quickly as they can into one store, and the extension host of one is killed in the
 * middle of it, at a moment by lot. AGENT_EXPERIMENTS_RACE_SEED repeats a run's lots, and
 * AGENT_EXPERIMENTS_RACE_KILLS asks for more kills.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import type { Variant } from '../../../src/api';
import { EDITOR_VERSIONS } from '../../../scripts/editor/versions';
import type { Workbench } from '../../../scripts/editor/workbench';
import { Random } from '../../../scripts/demo/random';
import { editorOption } from '../../../scripts/support/options';
import { Editor, pictureOfFailure } from '../../e2e/harness';
import { acknowledged, DrivenHost, installDriver, until, type Acknowledged, type Seen } from '../support/drivenHosts';
import { otherSqlite } from '../support/sqlite';

const KILLS = Number(process.env['AGENT_EXPERIMENTS_RACE_KILLS'] ?? 2);
const AT_ONCE = 3;
/** What the survivor must still be answered after the kill. */
const AFTERWARDS = 30;
const SEED = Number(process.env['AGENT_EXPERIMENTS_RACE_SEED'] ?? Date.now() % 1_000_000);

interface Window {
  bench: Workbench;
  host: DrivenHost;
  variant: Variant;
}

for (const version of editorOption(EDITOR_VERSIONS)) {
  describe(`two windows of VS Code ${version}, of which one dies while it tags (seed ${SEED})`, function () {
    this.timeout(240_000);
    const lot = new Random(SEED);
    const windows: Window[] = [];
    const hosts: DrivenHost[] = [];
    let editor: Editor;
    let shared: string;
    let experimentId: string;
    let inTrouble: Workbench | undefined;
    /** Of all rounds. */
    const answers: Acknowledged[] = [];
    /** The windows' own sessions, which were marked to see their status bars. */
    const marked = new Set<string>();

    const newHost = async (): Promise<DrivenHost> => {
      const host = await DrivenHost.next(shared, hosts);
      hosts.push(host);
      return host;
    };

    before(async () => {
      editor = await Editor.start({
        version,
        prepare: ({ sandbox }) => installDriver(sandbox.extensions, sandbox.shared),
      });
      shared = editor.sandbox.shared;
      for (const variant of ['Control', 'Treatment'] as const) {
        const bench = await editor.openWindow();
        inTrouble = bench;
        windows.push({ bench, host: await newHost(), variant });
        await bench.openSideBar();
      }
      experimentId = (await windows[0]?.host.tell({ do: 'create' })) as string;
    });
    afterEach(async function () {
      await pictureOfFailure(this, inTrouble);
    });
    after(async () => {
      await editor.stop();
    });

    for (let round = 1; round <= KILLS; round += 1) {
      it(`keeps every acknowledged tag, and works in both: kill ${round} of ${KILLS}`, async () => {
        const [first, second] = lot.chance(0.5) ? [0, 1] : [1, 0];
        const [victim, survivor] = [windows[first], windows[second]];
        assert.ok(victim !== undefined && survivor !== undefined);
        inTrouble = survivor.bench;
        const nameOf = ({ host }: Window): string => `${host.pid}-${round}`;
        const names = { victim: nameOf(victim), survivor: nameOf(survivor) };
        for (const window of [victim, survivor]) {
          const { host, variant } = window;
          const name = nameOf(window);
          await host.tell({ do: 'tag', experimentId, variant, name, contested: `both-${round}`, atOnce: AT_ONCE });
        }

        const enough = lot.between(15, 60);
        await until(() => acknowledged(shared, names.victim).length >= enough || undefined, 'tags of the victim');
        // Some time within the next tag, which takes some milliseconds.
        const moment = performance.now() + lot.next() * 20;
        while (performance.now() < moment) {
          // The lot is finer than a timer.
        }
        process.kill(victim.host.pid, 'SIGKILL');
        const atTheKill = acknowledged(shared, names.survivor).length;
        await until(
          () => acknowledged(shared, names.survivor).length >= atTheKill + AFTERWARDS || undefined,
          'tags of the survivor after the kill',
        );
        await survivor.host.tell({ do: 'stop' });
        const ofVictim = acknowledged(shared, names.victim);
        const ofSurvivor = acknowledged(shared, names.survivor);
        console.log(
          `      killed ${victim.variant}'s window after ${ofVictim.length} answers; the other had ${atTheKill}, and ${ofSurvivor.length} in the end`,
        );
        assert.ok(ofVictim.length >= enough);
        answers.push(...ofVictim, ...ofSurvivor);

        const seen = await survivor.host.look(experimentId);
        checkTags(seen, answers, marked, round * AT_ONCE);
        checkFile(path.join(editor.storage, 'experiments.db'), experimentId, seen);

        victim.host = await hostAfterDeath(victim.bench, newHost);
        inTrouble = victim.bench;
        assert.deepEqual(sorted(await victim.host.look(experimentId)), sorted(seen), 'the window that was killed');
        await victim.bench.openSideBar();
        for (const { host, bench, variant } of [survivor, victim]) {
          inTrouble = bench;
          // The other way round each time, so that the text is news.
          const now: Variant = round % 2 === 0 ? 'Excluded' : variant;
          marked.add((await host.tell({ do: 'markCurrent', experimentId, variant: now })) as string);
          await bench.statusItem.filter({ hasText: now }).first().waitFor();
        }
        const { tags } = await survivor.host.look(experimentId);
        for (const { bench } of windows) {
          inTrouble = bench;
          const count = (variant: Variant): number => Object.values(tags).filter((tag) => tag === variant).length;
          const name = `Race, Running, takes tags, ${count('Control')} Control, ${count('Treatment')} Treatment`;
          await bench.treeItemNamed(name).waitFor();
        }
      });
    }
  });
}

/** The host that the workbench starts by itself, or that a reload brings. */
async function hostAfterDeath(bench: Workbench, newHost: () => Promise<DrivenHost>): Promise<DrivenHost> {
  const restarted = newHost();
  const reloaded = bench.page
    .getByText(/cannot reconnect|terminated unexpectedly/i)
    .first()
    .waitFor({ timeout: 0 })
    .then(() => bench.reload());
  // A page that never says so is one that starts its host itself.
  reloaded.catch(() => undefined);
  return restarted;
}

function checkTags(
  { tags, history }: Seen,
  answers: readonly Acknowledged[],
  marked: ReadonlySet<string>,
  unheard: number,
): void {
  const wanted = new Set<string>();
  for (const { sessionId, outcome, variant, existing } of answers) {
    assert.ok(outcome === 'tagged' || outcome === 'conflict', `${sessionId}: ${outcome}`);
    const has = outcome === 'tagged' ? variant : existing;
    assert.equal(tags[sessionId], has, `${sessionId} was acknowledged as ${outcome}`);
    wanted.add(sessionId);
  }
  const tagged = answers.filter(({ outcome }) => outcome === 'tagged').map(({ sessionId }) => sessionId);
  assert.equal(new Set(tagged).size, tagged.length, 'no session was tagged twice');
  // Beside them there is at most what was written for a call whose host did not live to hear of it.
  const others = Object.keys(tags).filter((id) => !wanted.has(id) && !marked.has(id));
  assert.ok(others.length <= unheard, others.join(', '));

  const lines = new Map<string, Seen['history']>();
  for (const line of history) lines.set(line.sessionId, [...(lines.get(line.sessionId) ?? []), line]);
  for (const [sessionId, variant] of Object.entries(tags)) {
    const own = lines.get(sessionId) ?? [];
    assert.equal(own.filter(({ action }) => action === 'tag').length, 1, `${sessionId} was tagged once`);
    assert.equal(own.at(-1)?.to, variant, `the history of ${sessionId} ends with its variant`);
  }
  assert.deepEqual([...lines.keys()].sort(), Object.keys(tags).sort(), 'a history for every tag, and for no other');
}

function checkFile(database: string, experimentId: string, { tags, history }: Seen): void {
  const integrity = otherSqlite(database, 'PRAGMA integrity_check');
  if (integrity === undefined) {
    console.log('      NOT CHECKED with another SQLite: sqlite3 is not installed');
    return;
  }
  assert.deepEqual(integrity, [['ok']]);
  const rows = otherSqlite(database, 'SELECT experiment_id, session_id, variant FROM experiment_tags ORDER BY 2');
  const expected = Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
  assert.deepEqual(
    rows,
    expected.map(([id, variant]) => [experimentId, id, variant]),
  );
  assert.deepEqual(otherSqlite(database, 'SELECT count(*) FROM tag_history'), [[history.length]]);
}

function sorted({ tags, history }: Seen): unknown {
  return [Object.entries(tags).sort(), history];
}
