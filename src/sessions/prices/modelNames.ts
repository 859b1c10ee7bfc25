/**
 * Prefixes that gateways, editors and agents put before a model's name. A name that begins otherwise is left alone: an unknown
 * prefix may mean another price.
 */
const PREFIXES = [
  'copilot/',
  'openrouter/',
  'litellm/',
  'converse/',
  'bedrock/',
  'azure/',
  'vertex_ai/',
  'models/',
  'openai/',
  'anthropic/',
  'google/',
  'gemini/',
  'x-ai/',
  'xai/',
  'moonshotai/',
  'deepseek/',
  'mistralai/',
  'minimax/',
] as const;

/** Names that an agent uses for a model that the price table lists under another one. */
const ALIASES: Readonly<Record<string, string>> = {
  'gemini-3-pro': 'gemini-3-pro-preview',
  'gemini-3-flash': 'gemini-3-flash-preview',
};

/** Claude's fast mode costs more than the model that its name begins with. */
const NO_LIST_PRICE = /^claude-.*-fast$/;

/** A model of Bedrock, which has prices of its own: more where the region is chosen. */
const BEDROCK = /^(?:[a-z-]{2,8}\.)?anthropic\./;

/** A name to look a model up under, with the provider where it says which. */
export interface ModelName {
  name: string;
  providerId?: string;
}

/** The names under which to look a model up, the one in the transcript first. Empty where there is no list price. */
export function candidateNames(model: string): ModelName[] {
  const bare = bareName(model);
  if (NO_LIST_PRICE.test(bare)) {
    return [];
  }
  if (BEDROCK.test(bare)) {
    return [{ name: bare, providerId: 'aws' }];
  }
  const names = [model, bare, ALIASES[bare] ?? ''].filter((name) => name !== '');
  return [...new Set(names)].map((name) => ({ name }));
}

function bareName(model: string): string {
  let name = model.trim().replace(/\[[A-Za-z0-9]{1,8}\]$/, ''); // `[1m]`: the long context window.
  for (;;) {
    const start = name.toLowerCase();
    const prefix = PREFIXES.find((known) => start.startsWith(known));
    if (prefix === undefined) {
      return name;
    }
    name = name.slice(prefix.length);
  }
}
