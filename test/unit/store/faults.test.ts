import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { StoreError } from '../../../src/store/errors';
import type { Files } from '../../../src/store/files';
import type { FileStore } from '../../../src/store/fileStore';
import {
  askAboutWhole,
  assertTidy,
  contentOf,
  MODES,
  author,
  cleanUp,
  faultOf,
  openStore,
  runningStore,
  tag,
  tagsOf,
} from './support/fixture';
import { HookedFiles, systemError, type Site } from './support/hookedFiles';

const folderOf = (store: FileStore): string => dirname(store.file);
const isCommit = ({ call, name }: Site): boolean => call === 'rename' && (name === 'next.db' || name === 'next.entry');

async function assertSound(store: FileStore): Promise<void> {
  assert.deepEqual((await askAboutWhole(store, 'PRAGMA integrity_check')) ?? ['ok'], ['ok']);
  // A store that has seen nothing of it reads the same.
  const fresh = openStore(folderOf(store));
  assert.deepEqual(await tagsOf(fresh), await tagsOf(store));
  fresh.dispose();
}

for (const { mode, journal } of MODES)
  describe(`store: failing file system calls (${mode})`, function () {
    this.timeout(120_000);
    afterEach(cleanUp);

    it('tries again when a rename is refused for a moment, as Windows does', async () => {
      const hooked = new HookedFiles();
      const store = await runningStore({ files: hooked.files, journal });
      for (const code of ['EPERM', 'EBUSY', 'EACCES']) {
        let refusals = 2;
        hooked.setHook((site, moment) => {
          if (moment === 'before' && isCommit(site) && refusals > 0) {
            refusals -= 1;
            throw systemError(code);
          }
        });
        assert.equal((await store.apply(tag(code, 'Control'), author)).outcome, 'tagged');
        assert.equal(refusals, 0);
      }
      hooked.setHook(undefined);
      await assertSound(store);
    });

    it('gives up on a rename that stays refused, and leaves the old file', async () => {
      const hooked = new HookedFiles();
      const store = await runningStore({ files: hooked.files, journal });
      const before = contentOf(folderOf(store));
      hooked.setHook((site, moment) => {
        if (moment === 'before' && isCommit(site)) throw systemError('EPERM');
      });
      const fault = await faultOf(store.apply(tag('s1', 'Control'), author));
      assert.deepEqual(fault, {
        code: 'noPermission',
        call: 'rename',
        errno: 'EPERM',
        file: fault.code === 'noPermission' ? fault.file : '',
        saved: 'no',
      });
      assert.deepEqual(contentOf(folderOf(store)), before);
      assertTidy(folderOf(store));
      hooked.setHook(undefined);
      assert.deepEqual(await tagsOf(store), {});
    });

    it('goes on writing where the system writes less than asked', async () => {
      const hooked = new HookedFiles();
      const files: Files = {
        ...hooked.files,
        write: (fd, bytes, offset, length) => hooked.files.write(fd, bytes, offset, Math.min(length, 100)),
      };
      const store = await runningStore({ files, journal });
      await store.apply(tag('s1', 'Control'), author);
      assert.ok(hooked.sites.filter(({ call }) => call === 'write').length > 20);
      await assertSound(store);
    });

    it('says that the disk is full, keeps the old file, and writes the next tag', async () => {
      const hooked = new HookedFiles();
      const store = await runningStore({ files: hooked.files, journal });
      await store.apply(tag('s1', 'Control'), author);
      const before = contentOf(folderOf(store));
      for (const full of ['write', 'fsync', 'mkdir'] as const) {
        let once = true;
        hooked.setHook(({ call }, moment) => {
          if (moment === 'before' && call === full && once) {
            once = false;
            throw systemError('ENOSPC');
          }
        });
        const fault = await faultOf(store.apply(tag('s2', 'Control'), author));
        assert.ok(fault.code === 'diskFull' && fault.saved === 'no', JSON.stringify(fault));
        assert.deepEqual(contentOf(folderOf(store)), before);
        assertTidy(folderOf(store));
      }
      hooked.setHook(undefined);
      assert.deepEqual(await tagsOf(store), { s1: 'Control' });
      assert.equal((await store.apply(tag('s2', 'Control'), author)).outcome, 'tagged');
      await assertSound(store);
    });

    it('loses nothing whichever call fails, however it fails', async () => {
      const hooked = new HookedFiles();
      const options = { files: hooked.files, journal, lockTimeoutMs: 50, staleMs: 1_000_000 };
      const store = await runningStore(options);
      const other = openStore(folderOf(store));
      hooked.setHook(undefined);
      await store.apply(tag('traced', 'Control'), author);
      const sites = [...hooked.sites];
      const acknowledged = new Set(['traced']);
      let refused = 0;
      for (const errno of ['EIO', 'ENOSPC', 'EACCES', 'ENOENT', 'EMFILE']) {
        for (const { index, call, name } of sites) {
          // Whoever is told that there is no folder must believe it; that the file is missing is checked twice.
          if (errno === 'ENOENT' && index === 0) continue;
          const where = `${errno} at ${call} ${name ?? ''} (${index})`;
          const id = `s-${errno}-${index}`;
          hooked.setHook((site, moment) => {
            if (moment === 'before' && site.index === index) throw systemError(errno);
          });
          try {
            const { outcome } = await store.apply(tag(id, 'Control'), author);
            assert.equal(outcome, 'tagged', where);
            acknowledged.add(id);
          } catch (error) {
            assert.ok(error instanceof StoreError, where);
            const { fault } = error;
            refused += 1;
            const there = id in (await tagsOf(other));
            const mayBeThere = 'saved' in fault && fault.saved === 'unknown';
            assert.ok(!there || mayBeThere, `${where}: ${JSON.stringify(fault)}`);
            if (there) acknowledged.add(id);
          }
          hooked.setHook(undefined);
          // The next command clears away whatever was left, at once.
          const next = await store.apply(tag(`${id}-next`, 'Treatment'), author);
          assert.equal(next.outcome, 'tagged', where);
          acknowledged.add(`${id}-next`);
          assert.deepEqual(new Set(Object.keys(await tagsOf(other))), acknowledged, where);
          assertTidy(folderOf(store), where);
        }
      }
      assert.ok(refused > sites.length, `only ${refused} calls failed`);
      await assertSound(store);
    });
  });
