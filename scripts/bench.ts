/**
 * Measures what people would notice, prints a table per part, and writes artifacts/bench.json.
 *
 *   tsx scripts/bench.ts [--only=window,tags,size,index,growth,host,reports,start] [--sessions=1500] [--rounds=5]
 *
 * | part | what |
 * |---|---|
 * | window | activation beside an extension that does nothing, and the time to a filled tree, in a real window |
 * | tags | a durable tag with up to 100,000 tags in the database, beside better-sqlite3 and node-sqlite3-wasm |
 * | size | what ships |
 * | index | reading all sessions of a generated corpus, beside ccusage on the same files |
 * | growth | the same with twice and four times as many, and how each figure grows |
 * | host | memory and blocks of the event loop of a real extension host while it reads all of them |
 * | reports | a report of 2 × 2,000 sessions; the interval of medians beside the bootstrap that it replaces |
 * | start | the program that agents run at the start of a session, beside an empty program |
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { claudeCorpus, sessionIdsOf } from '../test/bench/corpus/claudeCorpus';
import { kb, mb, median, ms, printTable, type Row, times } from '../test/bench/figures';
import { benchIndexing, type Indexing } from '../test/bench/indexing';
import { benchReports } from '../test/bench/reports';
import { benchSessionStart } from '../test/bench/sessionStart';
import { benchSize } from '../test/bench/size';
import { benchTagLatency } from '../test/bench/tagLatency';
import { benchWindows } from '../test/bench/window';
import { usedStore } from '../test/bench/usedStore';
import type { WindowFigures } from '../test/bench/window/suite';
import { writeSessionCorpus } from './demo/claudeSessions';
import { projectFolder } from './editor/paths';
import { nodeOf } from './editor/serverInstall';
import { EDITOR_SOURCES, EDITOR_VERSIONS, NEWEST } from './editor/versions';
import { runOrThrow } from './editor/run';
import { runMain } from './support/main';
import { option } from './support/options';

interface Part {
  name: string;
  title: string;
  run: () => Promise<{ rows: Row[]; figures: unknown }>;
}

const TREE_SESSIONS = 200;
const SESSIONS = Number(option('sessions') ?? 1500);
/** Of the parts that read sessions; what is printed are medians. */
const ROUNDS = Number(option('rounds') ?? 5);

const START_ROUNDS = 31;
const HOST_STARTS = 5;
/** In the store of a window where an experiment runs. */
const TAGS = 60;

const PARTS: readonly Part[] = [
  { name: 'window', title: 'A window (medians of 5 starts)', run: windowPart },
  { name: 'tags', title: 'A durable tag', run: tagsPart },
  { name: 'size', title: 'What ships', run: sizePart },
  { name: 'index', title: `Sessions (medians of ${ROUNDS} rounds)`, run: () => indexPart(SESSIONS) },
  { name: 'growth', title: `Sessions, twice and four times as many (medians of ${ROUNDS} rounds)`, run: growthPart },
  {
    name: 'host',
    title: `The extension host while it reads all sessions (medians of ${HOST_STARTS} starts)`,
    run: hostPart,
  },
  { name: 'reports', title: 'Reports (medians of 11 rounds)', run: reportsPart },
  { name: 'start', title: `The session-start program (medians of ${START_ROUNDS} rounds)`, run: startPart },
];

runMain(async () => {
  const only = option('only')?.split(',');
  const unknown = (only ?? []).filter((name) => !PARTS.some((part) => part.name === name));
  if (unknown.length > 0) throw new Error(`--only takes ${PARTS.map(({ name }) => name).join(', ')}.`);
  const figures: Record<string, unknown> = {};
  for (const part of PARTS.filter(({ name }) => only?.includes(name) ?? true)) {
    const loadBefore = os.loadavg()[0];
    const result = await part.run();
    printTable(part.title, result.rows);
    figures[part.name] = { loadBefore, figures: result.figures };
  }
  const machine = { cpus: os.cpus().length, model: os.cpus()[0]?.model, platform: process.platform };
  const file = path.join(projectFolder, 'artifacts', 'bench.json');
  mkdirSync(path.dirname(file), { recursive: true });
  const report = { at: new Date().toISOString(), node: process.version, machine, parts: figures };
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`\n${JSON.stringify(report)}`);
  console.log(`\nWritten to ${path.relative(process.cwd(), file)}.`);
  return 0;
});

async function windowPart(): ReturnType<Part['run']> {
  await buildForProduction();
  const figures = await benchWindows({
    starts: 5,
    sessions: TREE_SESSIONS,
    fresh: true,
    prepare: async ({ claudeConfigDir, workspace }) => {
      const cwd = workspace;
      await writeSessionCorpus({ claudeConfigDir, cwd, count: TREE_SESSIONS, bytesEach: 60_000, now: Date.now() });
      return { configDir: claudeConfigDir, workspace };
    },
  });
  const { activateMs, nothingMs, filledMs, sessions } = figures;
  return {
    figures,
    rows: [
      { what: 'activation', value: ms(activateMs), beside: `${ms(nothingMs)} for one that does nothing` },
      { what: `activation to a tree of ${sessions} sessions`, value: ms(filledMs) },
    ],
  };
}

async function tagsPart(): ReturnType<Part['run']> {
  const figures = await benchTagLatency([0, 1_000, 10_000, 100_000]);
  const rows = figures.flatMap(({ tags, p50, p99, rereadP50, peers }) => [
    {
      what: `with ${tags} tags`,
      value: `p50 ${ms(p50)}, p99 ${ms(p99)}`,
      beside: `another window reads it in ${ms(rereadP50)}`,
    },
    ...peers.map((peer) => ({
      what: `  ${peer.name}`,
      value: `p50 ${ms(peer.p50)}, p99 ${ms(peer.p99)}`,
      beside: `ours is ${times(p50 / peer.p50)}`,
    })),
  ]);
  const p50At = (count: number): number => figures.find(({ tags }) => tags === count)?.p50 ?? NaN;
  const growth = { what: 'growth of p50 from 1,000 to 100,000', value: times(p50At(100_000) / p50At(1_000)) };
  return { figures, rows: [...rows, growth] };
}

async function sizePart(): ReturnType<Part['run']> {
  await buildForProduction();
  const figures = benchSize();
  const rows = figures.map(({ file, bytes, gzipBytes }) => ({
    what: file,
    value: bytes > 1e6 ? mb(bytes) : kb(bytes),
    beside: `${kb(gzipBytes)} with gzip`,
  }));
  return { figures, rows };
}

/** On what the newest editor runs extensions on, and the oldest. */
async function indexPart(sessions: number): ReturnType<Part['run']> {
  await buildForProduction();
  const figures: Indexing[] = [];
  const rows: Row[] = [];
  for (const version of EDITOR_VERSIONS.toReversed()) {
    const measured = await benchIndexing(await nodeOf(version), sessions, ROUNDS);
    figures.push(measured);
    rows.push({ what: `VS Code ${version}`, value: `Node ${EDITOR_SOURCES[version].node}` }, ...indexRows(measured));
  }
  return { figures, rows };
}

function indexRows(figures: Indexing): Row[] {
  const { sessions, firstMs, ccusageMs, restartMs, refreshMs, refreshAfterRestartMs, idleMs, bytes, indexBytes } =
    figures;
  const ofFirst = (value: number): string => `${times(value / firstMs)} the first index`;
  return [
    { what: 'corpus', value: mb(bytes), beside: `${sessions} transcripts; the index file has ${mb(indexBytes)}` },
    { what: 'ccusage', value: ms(ccusageMs) },
    { what: 'first index', value: ms(firstMs), beside: `${times(firstMs / ccusageMs)} ccusage` },
    { what: 'restart with a valid index file', value: ms(restartMs), beside: ofFirst(restartMs) },
    { what: 'refresh after one more turn', value: ms(refreshMs), beside: ofFirst(refreshMs) },
    {
      what: 'the same right after a restart',
      value: ms(refreshAfterRestartMs),
      beside: ofFirst(refreshAfterRestartMs),
    },
    { what: 'refresh with nothing new', value: ms(idleMs), beside: ofFirst(idleMs) },
  ];
}

/** The same on larger corpora, each figure beside what it is on the one of the other parts, measured in the same run. */
async function growthPart(): ReturnType<Part['run']> {
  await buildForProduction();
  const node = await nodeOf(NEWEST);
  const one = await benchIndexing(node, SESSIONS, ROUNDS);
  const figures = [one];
  const rows: Row[] = [{ what: `${SESSIONS} transcripts`, value: mb(one.bytes) }];
  for (const factor of [2, 4]) {
    const grown = await benchIndexing(node, factor * SESSIONS, ROUNDS);
    figures.push(grown);
    const { bytes, indexBytes, sessions } = grown;
    const first = `${times(grown.firstMs / grown.ccusageMs)} ccusage`;
    rows.push(
      { what: `${sessions} transcripts`, value: mb(bytes), beside: times(bytes / one.bytes) },
      ...[
        ['ccusage', grown.ccusageMs, one.ccusageMs] as const,
        [`first index, ${first}`, grown.firstMs, one.firstMs] as const,
        ['restart with a valid index file', grown.restartMs, one.restartMs] as const,
        ['refresh after one more turn', grown.refreshMs, one.refreshMs] as const,
        ['the same right after a restart', grown.refreshAfterRestartMs, one.refreshAfterRestartMs] as const,
        ['refresh with nothing new', grown.idleMs, one.idleMs] as const,
      ].map(([what, value, before]) => ({ what: `  ${what}`, value: ms(value), beside: times(value / before) })),
      { what: '  index file', value: mb(indexBytes), beside: times(indexBytes / one.indexBytes) },
    );
  }
  return { figures, rows };
}

/** Beside the same with a single transcript: what blocks the host then as well is not the reading. */
async function hostPart(): ReturnType<Part['run']> {
  await buildForProduction();
  const started = (sessions: number, database?: Uint8Array): ReturnType<typeof benchWindows> => {
    const { configDir, cwd } = claudeCorpus(sessions);
    const run = { starts: HOST_STARTS, sessions, fresh: true, ...(database === undefined ? {} : { database }) };
    return benchWindows({ ...run, prepare: () => Promise.resolve({ configDir, workspace: cwd }) });
  };
  const figures = await started(SESSIONS);
  const single = await started(1);
  const used = await started(SESSIONS, await usedStore(sessionIdsOf(claudeCorpus(SESSIONS)).slice(0, TAGS)));
  const { filledMs, idleBytes, longestBlockMs, longestOwnBlockMs, idleBlockMs, idleOwnBlockMs, each } = figures;
  return {
    figures: { ...figures, single, used },
    rows: [
      { what: `activation to a tree of ${SESSIONS} sessions`, value: ms(filledMs) },
      { what: 'peak memory above idle', value: mb(median(each.map(aboveIdle))), beside: `${mb(idleBytes)} when idle` },
      {
        what: 'longest block of the event loop, by processor time',
        value: ms(longestOwnBlockMs),
        beside: `${ms(single.longestOwnBlockMs)} with a single transcript, ${ms(idleOwnBlockMs)} before activation`,
      },
      {
        what: 'the same by the clock',
        value: ms(longestBlockMs),
        beside: `${ms(single.longestBlockMs)} with a single transcript, ${ms(idleBlockMs)} before activation`,
      },
      ...each.map((start, n) => ({
        what: `  start ${n + 1}`,
        value: mb(aboveIdle(start)),
        beside: `${ms(start.longestOwnBlockMs)} by processor time, ${ms(start.longestBlockMs)} by the clock`,
      })),
      {
        what: `peak memory above idle with an experiment and ${TAGS} tags`,
        value: mb(median(used.each.map(aboveIdle))),
        beside: used.each.map((start) => mb(aboveIdle(start))).join(', '),
      },
      {
        what: 'longest block then, by processor time',
        value: ms(used.longestOwnBlockMs),
        beside: used.each.map((start) => ms(start.longestOwnBlockMs)).join(', '),
      },
      {
        what: 'the same by the clock',
        value: ms(used.longestBlockMs),
        beside: used.each.map((start) => ms(start.longestBlockMs)).join(', '),
      },
    ],
  };
}

const aboveIdle = ({ peakBytes, idleBytes }: WindowFigures): number => peakBytes - idleBytes;

function reportsPart(): ReturnType<Part['run']> {
  const draws = 10_000;
  const figures = [benchReports(2000, 1000, draws), benchReports(200, 101, draws)];
  const rows = figures.flatMap(({ perVariant, reportMs, medianPerVariant, exactMs, drawnMs, endsAgree }): Row[] => [
    { what: `report of 2 × ${perVariant} sessions`, value: ms(reportMs) },
    {
      what: `interval of medians of 2 × ${medianPerVariant}, computed`,
      value: ms(exactMs),
      beside: `${(exactMs / drawnMs).toFixed(5)} × ${draws} draws (${ms(drawnMs)}); ends within their error: ${endsAgree ? 'yes' : 'NO'}`,
    },
  ]);
  return Promise.resolve({ figures, rows });
}

async function startPart(): ReturnType<Part['run']> {
  await buildForProduction();
  const figures = await benchSessionStart(10_000, START_ROUNDS);
  const { assignments, emptyMs, drawnMs, drawnRatio, otherFolderMs, otherFolderRatio } = figures;
  return {
    figures,
    rows: [
      { what: 'an empty program', value: ms(emptyMs) },
      { what: `a draw beside ${assignments} others`, value: ms(drawnMs), beside: `${times(drawnRatio)} the empty one` },
      {
        what: 'a session of no experiment',
        value: ms(otherFolderMs),
        beside: `${times(otherFolderRatio)} the empty one`,
      },
    ],
  };
}

function buildForProduction(): Promise<string> {
  return runOrThrow(process.execPath, ['scripts/build.mjs', '--production'], { cwd: projectFolder });
}
