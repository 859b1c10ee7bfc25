/** The lines that a unified diff of one file adds, as a text. Nothing where it adds none. */
export function addedText(diff: string): string {
  const lines: string[] = [];
  let inHunk = false;
  for (const line of diff.split(/\r?\n/)) {
    if (line.startsWith('@@')) inHunk = true;
    else if (inHunk && line.startsWith('+')) lines.push(line.slice(1));
  }
  return lines.join('\n').trim();
}
