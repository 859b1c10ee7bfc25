/** Longest title, in characters. */
const MAX_TITLE = 60;
/** A title is made from no more than this much of a text. */
const MAX_LOOK = 2000;

const MASK = '•••';

/** Strings that look like credentials: well-known prefixes, keys in assignments, headers and URLs, and long random-looking runs. */
const SECRETS: readonly RegExp[] = [
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*/g,
  /\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{8,}/g,
  /\bgh[a-z]_[A-Za-z0-9]{8,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{8,}/g,
  /\bglpat-[A-Za-z0-9_-]{8,}/g,
  /\bxox[a-z]-[A-Za-z0-9-]{8,}/g,
  /\b(?:npm|hf|dop_v1|shpat)_[A-Za-z0-9]{8,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g,
  /\bAIza[A-Za-z0-9_-]{20,}/g,
  /\bya29\.[A-Za-z0-9_-]{8,}/g,
  /\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,2}/g,
  /(?<=\bbearer\s{1,4})[A-Za-z0-9._~+/=-]{8,}/gi,
  /(?<=:\/\/[^\s/:@]{0,80}:)[^\s/@]{1,200}(?=@)/g,
  /(?<=\b(?:password|passwd|pwd|secret|token|api[-_ ]?key|access[-_ ]?key)["']?\s{0,3}[:=]\s{0,3}["']?)[^\s"',;]{4,}/gi,
  /\b[0-9a-f]{32,}\b/gi,
  /(?<![A-Za-z0-9+_-])(?=[A-Za-z0-9+_-]*[a-z])(?=[A-Za-z0-9+_-]*[A-Z])(?=[A-Za-z0-9+_-]*[0-9])[A-Za-z0-9+_-]{24,}={0,2}/g,
];

/** The text with everything that looks like a credential replaced by a mask. */
export function maskSecrets(text: string): string {
  return SECRETS.reduce((masked, pattern) => masked.replace(pattern, MASK), text);
}

/** One line without control, format (bidirectional too) and broken characters. */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cf}\p{Cs}\p{Co}]/gu, '')
    .replace(/[\p{Cc}\p{Z}]+/gu, ' ')
    .trim();
}

/** A short title from text that somebody else wrote, of at most `length` characters; undefined where nothing readable is left. */
export function titleFrom(text: string, length = MAX_TITLE): string | undefined {
  const clean = oneLine(maskSecrets(oneLine(text.slice(0, MAX_LOOK))));
  if (clean === '') {
    return undefined;
  }
  const characters = Array.from(clean);
  return characters.length <= length ? clean : shortened(characters, length);
}

function shortened(characters: readonly string[], length: number): string {
  const cut = characters.slice(0, length - 1).join('');
  const space = cut.lastIndexOf(' ');
  return `${(space > length / 2 ? cut.slice(0, space) : cut).trimEnd()}…`;
}
