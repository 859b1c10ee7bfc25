import assert from 'node:assert/strict';
import { claudeConfigFolders } from '../../../src/sessions/claude/claudeLocations';
import { claudeSlug, matchSlug } from '../../../src/sessions/claude/claudeSlug';
import { isInside } from '../../../src/sessions/reading/folders';

describe('Claude Code: folder names', () => {
  it('replace every UTF-16 unit outside A-Z a-z 0-9, one for one', () => {
    for (const [path, slug] of [
      ['/home/ada/my_shop.v2', '-home-ada-my-shop-v2'],
      ['/a//b c', '-a--b-c'],
      ['C:\\Work\\Shop', 'C--Work-Shop'],
      ['/tmp/\u00e9\u{1F600}', '-tmp----'],
      ['/tmp/e\u0301', '-tmp--'],
    ] as const) {
      assert.equal(claudeSlug(path), slug);
    }
  });

  it('are cut at 200 units, so that any tail matches', () => {
    const long = `/${'x'.repeat(300)}`;
    assert.equal(claudeSlug(long).length, 200);
    assert.equal(matchSlug(`${claudeSlug(long)}-1a2b3c`, long, false), 'same');
    assert.equal(matchSlug(`${claudeSlug(long).slice(0, 199)}y`, long, false), 'no');
  });

  it('match the folder itself and maybe those below', () => {
    for (const [name, folder, windows, expected] of [
      ['-a-b', '/a/b', false, 'same'],
      ['-a-b', '/a/b/', false, 'no'],
      ['-a-b-c', '/a/b', false, 'maybeBelow'],
      ['-a-b--c', '/a/b', false, 'maybeBelow'],
      ['-a-bc', '/a/b', false, 'no'],
      ['-a', '/a/b', false, 'no'],
      ['-a-B', '/a/b', false, 'no'],
      ['c--work-shop', 'C:\\Work\\Shop', true, 'same'],
      ['c--work-shop-web', 'C:\\Work\\Shop', true, 'maybeBelow'],
      ['C--Work', 'C:\\', true, 'maybeBelow'],
      ['-home', '/', false, 'maybeBelow'],
    ] as const) {
      assert.equal(matchSlug(name, folder, windows), expected, `${name} of ${folder}`);
    }
  });
});

describe('folders', () => {
  it('lie in one another by whole names', () => {
    const posix = { windows: false };
    const windows = { windows: true };
    assert.equal(isInside('/a/b', '/a/b/', posix), true);
    assert.equal(isInside('/a/b/c', '/a/b', posix), true);
    assert.equal(isInside('/a/bc', '/a/b', posix), false);
    assert.equal(isInside('/a/b/../c', '/a/b', posix), false);
    assert.equal(isInside('/A/b', '/a', posix), false);
    assert.equal(isInside('/a', '/', posix), true);
    assert.equal(isInside('c:\\work\\SHOP\\x', 'C:\\Work\\shop', windows), true);
    assert.equal(isInside('C:/Work/Shop', 'C:\\work\\shop\\', windows), true);
    assert.equal(isInside('C:\\x', 'C:\\', windows), true);
    assert.equal(isInside('C:\\workshop', 'C:\\work', windows), false);
  });
});

describe('Claude Code: configuration folders', () => {
  const home = '/home/ada';
  it('are the default and the old one, unless told otherwise', () => {
    assert.deepEqual(claudeConfigFolders({ home }), ['/home/ada/.claude', '/home/ada/.config/claude']);
    assert.deepEqual(claudeConfigFolders({ home, XDG_CONFIG_HOME: '/x', CLAUDE_CONFIG_DIR: '' }), [
      '/home/ada/.claude',
      '/x/claude',
    ]);
    assert.deepEqual(claudeConfigFolders({ home, CLAUDE_CONFIG_DIR: ' /one, ~/two ,/one' }), ['/one', '/home/ada/two']);
    assert.deepEqual(claudeConfigFolders({ home, CLAUDE_CONFIG_DIR: '/one' }, '~/mine'), ['/home/ada/mine']);
    assert.deepEqual(claudeConfigFolders({ home, CLAUDE_CONFIG_DIR: '/one' }, ''), ['/one']);
  });
});
