import { chromium, type Browser } from 'playwright-core';
import { isExecutable, which } from './run';
import { canInstallPackages, installPackages } from './systemPackages';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** The path of a Chromium: AGENT_EXPERIMENTS_BROWSER, else one in the usual places, else installed where that is possible. */
export async function needBrowser(): Promise<string> {
  const chosen = process.env['AGENT_EXPERIMENTS_BROWSER'];
  if (chosen !== undefined && chosen !== '') {
    if (!isExecutable(chosen)) {
      throw new Error(`AGENT_EXPERIMENTS_BROWSER is ${chosen}, which is not a program.`);
    }
    return chosen;
  }
  const found = findBrowser();
  if (found !== undefined) {
    return found;
  }
  if (canInstallPackages()) {
    await installPackages(['chromium']);
    const installed = findBrowser();
    if (installed !== undefined) {
      return installed;
    }
  }
  throw new Error(
    'No Chromium, Chrome or Edge was found. Install one (Debian: sudo apt-get install -y chromium), ' +
      'or give the path of its program in AGENT_EXPERIMENTS_BROWSER.',
  );
}

function findBrowser(): string | undefined {
  for (const name of NAMES) {
    const found = which(name);
    if (found !== undefined) {
      return found;
    }
  }
  return PLACES.find((place) => isExecutable(place));
}

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await needBrowser(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Several windows are open at once, and none of them may sleep.
      '--disable-renderer-backgrounding',
      '--disable-background-timer-throttling',
      '--disable-backgrounding-occluded-windows',
    ],
  });
}
