import assert from 'node:assert/strict';
import { testEnvironment } from '../support/environment';
import { Rendezvous, thisWindow } from '../support/rendezvous';

describe('two windows', () => {
  it('run in two extension hosts and go on at the same moment', async () => {
    const rendezvous = new Rendezvous(testEnvironment().shared, thisWindow());
    await rendezvous.meet('start');
    const mine = { pid: process.pid, at: Date.now() };
    rendezvous.put('who', mine);
    const theirs = await rendezvous.get<typeof mine>('who');
    assert.notEqual(theirs.pid, mine.pid);
    assert.ok(Math.abs(theirs.at - mine.at) < 100, `${theirs.at - mine.at} ms apart`);
  });
});
