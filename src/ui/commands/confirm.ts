import { window } from 'vscode';
import { Cancelled } from './app';

/** Throws Cancelled unless the person chooses to do it. */
export async function confirm(title: string, keep: string, act: { label: string; detail: string }): Promise<void> {
  // The focus that goes back to a page after the question before must not close this one.
  const picked = await window.showQuickPick([{ label: keep }, act], { title, ignoreFocusOut: true });
  if (picked?.label !== act.label) throw new Cancelled();
}
