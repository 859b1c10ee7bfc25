import { field, list, names, offered, textOf, type Answer, type Call, type Protocol, type Question } from './script';

/** Bounds of Codex for how long a call waits for its command. */
const SHORTEST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;

/** OpenAI's Responses, as Codex speaks them. */
export const responses: Protocol = {
  accepts: (method, address) => method === 'POST' && address.endsWith('/responses'),

  read: (body) => {
    const items = list(field(body, 'input'));
    const outputs = items.filter((item) => String(field(item, 'type')).endsWith('_output'));
    return {
      userTexts: items.filter((item) => field(item, 'role') === 'user').map((item) => textOf(field(item, 'content'))),
      toolResults: outputs.map((item) => textOf(field(item, 'output'))),
      tools: names(list(field(body, 'tools')).map((tool) => field(tool, 'name'))),
    };
  },

  write: (answer, question, id, model) => {
    const { input, cached, output, reasoning } = answer.usage;
    const usage = {
      input_tokens: input + cached,
      input_tokens_details: { cached_tokens: cached },
      output_tokens: output + reasoning,
      output_tokens_details: { reasoning_tokens: reasoning },
      total_tokens: input + cached + output + reasoning,
    };
    return [
      { type: 'response.created', response: { id, model } },
      { type: 'response.output_item.done', output_index: 0, item: itemOf(answer, question, id) },
      { type: 'response.completed', response: { id, model, usage } },
    ].map((data) => ({ event: data.type, data }));
  },
};

function itemOf(answer: Answer, question: Question, id: string): unknown {
  if ('text' in answer) {
    const content = [{ type: 'output_text', text: answer.text }];
    return { type: 'message', id: `msg_${id}`, role: 'assistant', content };
  }
  const { name, argument } = 'waitForCommand' in answer ? waitFor(question) : run(answer, question);
  return { type: 'function_call', id: `fc_${id}`, call_id: `call_${id}`, name, arguments: JSON.stringify(argument) };
}

function run(answer: Exclude<Call, { waitForCommand: true }>, question: Question): { name: string; argument: object } {
  const command = commandOf(answer);
  const goesOn = 'shell' in answer && answer.goesOn === true;
  const name = offered(question, goesOn ? ['exec_command'] : ['exec_command', 'shell_command', 'shell']);
  const argument =
    name === 'exec_command'
      ? { cmd: command, ...(goesOn ? { yield_time_ms: SHORTEST_WAIT_MS } : {}) }
      : { command: name === 'shell' ? ['bash', '-c', command] : command };
  return { name, argument };
}

function waitFor(question: Question): { name: string; argument: object } {
  const session = /running with session ID (\d+)/.exec(question.toolResults.at(-1) ?? '')?.[1];
  if (session === undefined) {
    throw new Error(`No command goes on: ${question.toolResults.at(-1) ?? ''}`);
  }
  const argument = { session_id: Number(session), chars: '', yield_time_ms: LONGEST_WAIT_MS };
  return { name: offered(question, ['write_stdin']), argument };
}

/** Codex reads with commands too, and recognises its patch program in one. */
function commandOf(answer: Exclude<Call, { waitForCommand: true }>): string {
  if ('shell' in answer) {
    return answer.shell;
  }
  return 'write' in answer ? patchCommand(answer.write.file, answer.write.text) : `cat '${answer.readMissing}'`;
}

function patchCommand(file: string, text: string): string {
  const added = text.replace(/\n$/, '').replace(/^/gm, '+');
  return `apply_patch <<'PATCH'\n*** Begin Patch\n*** Add File: ${file}\n${added}\n*** End Patch\nPATCH`;
}
