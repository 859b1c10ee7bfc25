import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Frame, Locator, Page } from 'playwright-core';
import { newEditorContext, windowAddress } from './testWindow';

/** Covers a cold start on a slow machine. What a person waits for comes far sooner. */
const START_DEADLINE_MS = 90_000;
/** What takes no click is clicked again after this long, so many times in all. */
const RETRY_MS = 2_000;
const TRIES = 5;
const PALETTE_DEADLINE_MS = 8_000;
const PALETTE_ATTEMPTS = 4;

export interface WindowOptions {
  port: number;
  folder?: string;
  /** Where `screenshot` puts its pictures. */
  pictures: string;
}

/** One window of the editor, as a person sees it: found by roles and texts, worked by keyboard and mouse. */
export class Workbench {
  readonly page: Page;
  readonly #pictures: string;

  private constructor(page: Page, pictures: string) {
    this.page = page;
    this.#pictures = pictures;
  }

  /** Opens a window and waits until the editor takes input. */
  static async open(browser: Browser, options: WindowOptions): Promise<Workbench> {
    const page = await (await newEditorContext(browser)).newPage();
    await page.goto(windowAddress(options), { timeout: START_DEADLINE_MS });
    await page.locator('.monaco-workbench .statusbar').waitFor({ timeout: START_DEADLINE_MS });
    await page.locator('.activitybar .action-item').first().waitFor({ timeout: START_DEADLINE_MS });
    return new Workbench(page, options.pictures);
  }

  /** Runs a command by its title in the palette, such as `Agent Experiments: New Experiment…`. */
  async runCommand(title: string): Promise<void> {
    await this.openPalette(`>${title}`);
    const row = this.pickRow(title);
    await row.waitFor({ timeout: START_DEADLINE_MS });
    await row.click();
  }

  /**
   * The palette closes when focus returns to an editor or a page that was just drawn anew, and takes no key while a pick before
   * it is closing: then it is asked for again, as a person would.
   */
  private async openPalette(text: string): Promise<void> {
    for (let attempts = PALETTE_ATTEMPTS; ; attempts -= 1) {
      try {
        await this.inputBox.waitFor({ state: 'hidden', timeout: PALETTE_DEADLINE_MS });
        await this.page.keyboard.press('F1');
        await this.inputBox.fill(text, { timeout: PALETTE_DEADLINE_MS });
        return;
      } catch (error) {
        if (attempts <= 1) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
  }

  /** The text box of the palette, of a pick or of an input. */
  get inputBox(): Locator {
    return this.page.locator('.quick-input-widget .quick-input-box input');
  }

  /** What a pick or an input says: its title, its prompt and its validation message. */
  get inputTexts(): Locator {
    return this.page.locator('.quick-input-widget .quick-input-title, .quick-input-widget .quick-input-message');
  }

  /** A row of the open pick. */
  pickRow(text: string): Locator {
    return this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: text }).first();
  }

  /** Picks a row of the open pick by a part of its text. */
  async pick(text: string): Promise<void> {
    await this.pickRow(text).click();
  }

  /** Narrows the open pick to this text, and picks the row. */
  async answerWithPick(text: string): Promise<void> {
    await this.inputBox.fill(text);
    await this.pick(text);
  }

  /** Types into the open input and accepts it. */
  async answer(text: string): Promise<void> {
    await this.inputBox.fill(text);
    await this.page.keyboard.press('Enter');
  }

  /** Answers a step of a multi-step input, which is told from the others by its number in the title. */
  async answerStep(step: number, text: string): Promise<void> {
    await this.page.locator('.quick-input-title', { hasText: new RegExp(`\\(${step}(/|\\))`) }).waitFor();
    await this.answer(text);
  }

  /** Opens our side bar; with the workbench just started it may take a while to be offered. */
  async openSideBar(title = 'Agent Experiments'): Promise<void> {
    const tab = this.page.locator('.activitybar .action-item', {
      has: this.page.locator(`[aria-label^="${title}"]`),
    });
    await tab.waitFor({ timeout: START_DEADLINE_MS });
    const classes = (await tab.getAttribute('class')) ?? '';
    if (!classes.split(' ').includes('checked')) {
      await tab.click();
      // Or the tab's tooltip stays in the way.
      await this.page.mouse.move(800, 400);
    }
    await this.page.locator('.sidebar .composite.title', { hasText: new RegExp(title, 'i') }).waitFor();
  }

  /** The pane of a view of the side bar, by its title. */
  view(title: string): Locator {
    return this.page.locator('.sidebar .pane').filter({
      has: this.page.locator('.pane-header', { hasText: new RegExp(`^\\s*${escape(title)}`, 'i') }),
    });
  }

  /** Tree items of the side bar whose accessible name or text has this in it. Only rows in sight are there. */
  treeItem(text: string | RegExp, within: Locator = this.page.locator('.sidebar')): Locator {
    return within.getByRole('treeitem').filter({ hasText: text });
  }

  /** Tree items by their accessible name, which says more than the text. */
  treeItemNamed(name: string | RegExp, within: Locator = this.page.locator('.sidebar')): Locator {
    return within.getByRole('treeitem', { name });
  }

  /** Opens or closes a tree item. */
  async toggle(item: Locator): Promise<void> {
    await item.locator('.monaco-tl-twistie').click();
  }

  /** Clicks an action that a tree item shows under the mouse, by its title. */
  async inlineAction(item: Locator, title: string): Promise<void> {
    const action = item.locator(`.actions .action-label[aria-label^="${title}"]`);
    // A row that moves from under the mouse, as when the tree fills, hides its actions.
    for (let tries = 1; ; tries += 1) {
      await item.hover();
      try {
        await action.click({ timeout: RETRY_MS });
        return;
      } catch (error) {
        if (tries === TRIES) throw error;
      }
    }
  }

  /** What is shown when the mouse points at a tree item, in one line. It has `part` in it. */
  async tooltip(item: Locator, part: string): Promise<string> {
    const shown = this.page.locator('.workbench-hover').filter({ hasText: part, visible: true }).last();
    // One that the tree fills meanwhile is shown no more, until the mouse comes anew.
    for (let tries = 1; ; tries += 1) {
      await item.hover();
      try {
        await shown.waitFor({ timeout: RETRY_MS });
        return (await shown.innerText()).replace(/\s+/g, ' ');
      } catch (error) {
        if (tries === TRIES) throw error;
        await this.page.mouse.move(0, 0);
      }
    }
  }

  /** Opens a tree item's context menu and chooses an entry. */
  async contextMenu(item: Locator, entry: string): Promise<void> {
    await item.click({ button: 'right' });
    const action = this.page.locator('.monaco-menu .action-item', { hasText: entry }).first();
    // A menu that has just opened takes no click yet, and says so by staying.
    for (let clicks = 1; ; clicks += 1) {
      await action.click();
      try {
        await action.waitFor({ state: 'hidden', timeout: RETRY_MS });
        return;
      } catch (error) {
        if (clicks === TRIES) throw error;
      }
    }
  }

  /** The status bar items of the extension. */
  get statusItem(): Locator {
    return this.page.locator('.statusbar-item[id^="agent-experiments.agent-experiments"]');
  }

  /** The status bar item's text, without the icon. Waits until it is shown. */
  async statusText(): Promise<string> {
    return (await this.statusItem.first().innerText()).trim();
  }

  /** Notifications in sight with this text. */
  notification(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-toast').filter({ hasText: text });
  }

  /** Texts of all notifications in sight. */
  async notifications(): Promise<string[]> {
    return this.page.locator('.notifications-toasts .notification-list-item-message').allInnerTexts();
  }

  async clickNotificationButton(text: string | RegExp, button: string): Promise<void> {
    await this.notification(text).first().getByRole('button', { name: button }).click();
  }

  /** The text of the editor in front, with its lines in order. Only lines in sight are there. */
  async editorText(): Promise<string> {
    const lines = await this.page.locator('.editor-group-container.active .view-line').allInnerTexts();
    return lines.join('\n').replace(/\u00a0/g, ' ');
  }

  /** The document of the page (webview) whose tab has this title, once it is in front. */
  async webview(title: string): Promise<Frame> {
    await this.page.getByRole('tab', { name: title, selected: true }).waitFor();
    const frames = this.page.locator('iframe.webview.ready').filter({ visible: true });
    const outer = await (await frames.last().elementHandle()).contentFrame();
    const inner = await (await outer?.waitForSelector('iframe#active-frame'))?.contentFrame();
    if (!inner) throw new Error(`The page “${title}” has no document.`);
    return inner;
  }

  /** Makes the window as wide as it must be for the page in front to have this width, px. */
  async fitEditor(width: number): Promise<void> {
    const frame = this.page.locator('iframe.webview.ready').filter({ visible: true }).last();
    for (let attempts = 3; attempts > 0; attempts -= 1) {
      const box = await frame.boundingBox();
      const size = this.page.viewportSize();
      if (box === null || size === null || Math.round(box.width) === width) return;
      await this.page.setViewportSize({ width: Math.round(size.width + width - box.width), height: size.height });
    }
  }

  /** Starts the window again, as “Reload Window” does. */
  async reload(): Promise<void> {
    await this.page.reload({ timeout: START_DEADLINE_MS });
    await this.page.locator('.activitybar .action-item').first().waitFor({ timeout: START_DEADLINE_MS });
  }

  /** Saves `<pictures>/<name>.png` and returns its path. */
  async screenshot(name: string): Promise<string> {
    await mkdir(this.#pictures, { recursive: true });
    const file = path.join(this.#pictures, `${name}.png`);
    await this.page.screenshot({ path: file, animations: 'disabled' });
    return file;
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
