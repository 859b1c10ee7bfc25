import { run, runOrThrow, which } from './run';

/**
 * Makes sure that the programs are there. As root on Debian or Ubuntu the packages are installed; anywhere else the person is
 * told what to install, because nothing should change a machine unasked with more rights than it was given.
 */
export async function needPrograms(
  programs: readonly string[],
  packages: readonly string[],
  why: string,
): Promise<void> {
  const missing = programs.filter((name) => which(name) === undefined);
  if (missing.length === 0) {
    return;
  }
  if (!canInstallPackages()) {
    throw new Error(
      `${missing.join(', ')} not found; needed ${why}. Install ${packages.join(', ')} ` +
        `(Debian, Ubuntu: sudo apt-get install -y ${packages.join(' ')}) and run this again.`,
    );
  }
  await installPackages(packages);
  const stillMissing = missing.filter((name) => which(name) === undefined);
  if (stillMissing.length > 0) {
    throw new Error(
      `${stillMissing.join(', ')} not found, though ${packages.join(', ')} was installed; needed ${why}.`,
    );
  }
}

export function canInstallPackages(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0 && which('apt-get') !== undefined;
}

export async function installPackages(packages: readonly string[]): Promise<void> {
  console.log(`Installing with apt-get: ${packages.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Wait for another apt-get instead of failing on its lock.
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  const update = await run('apt-get', [...wait, 'update', '-q'], { env });
  if (update.code !== 0) {
    console.log('apt-get update failed; trying with the package lists that are there.');
  }
  await runOrThrow('apt-get', [...wait, 'install', '-y', '-q', '--no-install-recommends', ...packages], { env });
}
