/** Cursor's names of project folders: every run of other characters than letters and digits becomes one `-`, none at the ends. */
export function cursorSlug(folder: string): string {
  return folder
    .normalize('NFC')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
