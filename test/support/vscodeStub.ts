/**
 * Stands in for the `vscode` module where tests run without an editor: texts in English, and nothing else. Import it first.
 */
import Module from 'node:module';

type Values = Record<string, unknown>;

function translate(message: string, ...values: (Values | string | number)[]): string {
  const [first] = values;
  const named: Values = typeof first === 'object' ? first : Object.fromEntries(values.entries());
  return message.replace(/\{(\w+)\}/g, (whole, name: string) => (name in named ? String(named[name]) : whole));
}

const stub = { l10n: { t: translate }, env: { language: 'en' } };

interface Loader {
  _load: (request: string, ...rest: unknown[]) => unknown;
}
const loader = Module as unknown as Loader;
const load = loader._load;
loader._load = function (this: unknown, request, ...rest) {
  return request === 'vscode' ? stub : load.call(this, request, ...rest);
};
