import {
  field,
  list,
  names,
  offered,
  onlyCodex,
  textOf,
  type Answer,
  type Call,
  type Protocol,
  type Question,
} from './script';

/** OpenAI's chat completions, as OpenCode speaks them. */
export const chatCompletions: Protocol = {
  accepts: (method, address) => method === 'POST' && address.endsWith('/chat/completions'),

  read: (body) => {
    const messages = list(field(body, 'messages'));
    const texts = (role: string): string[] =>
      messages.filter((message) => field(message, 'role') === role).map((message) => textOf(field(message, 'content')));
    return {
      userTexts: texts('user'),
      toolResults: texts('tool'),
      tools: names(list(field(body, 'tools')).map((tool) => field(field(tool, 'function'), 'name'))),
    };
  },

  write: (answer, question, id, model) => {
    const { input, cached, output, reasoning } = answer.usage;
    const usage = {
      prompt_tokens: input + cached,
      prompt_tokens_details: { cached_tokens: cached },
      completion_tokens: output + reasoning,
      completion_tokens_details: { reasoning_tokens: reasoning },
      total_tokens: input + cached + output + reasoning,
    };
    const chunk = (choices: unknown[], more: object = {}): { data: unknown } => ({
      data: { id, object: 'chat.completion.chunk', created: Math.floor(Date.now() / 1000), model, choices, ...more },
    });
    const delta = deltaOf(answer, question, id);
    const reason = 'tool_calls' in delta ? 'tool_calls' : 'stop';
    return [
      chunk([{ index: 0, delta: { role: 'assistant', ...delta }, finish_reason: null }]),
      chunk([{ index: 0, delta: {}, finish_reason: reason }]),
      chunk([], { usage }),
      { data: '[DONE]' },
    ];
  },
};

function deltaOf(answer: Answer, question: Question, id: string): object {
  if ('text' in answer) {
    return { content: answer.text };
  }
  const { name, argument } = callOf(answer, question);
  const call = { name, arguments: JSON.stringify(argument) };
  return { tool_calls: [{ index: 0, id: `call_${id}`, type: 'function', function: call }] };
}

function callOf(answer: Call, question: Question): { name: string; argument: object } {
  if ('waitForCommand' in answer) {
    return onlyCodex('wait for a command');
  }
  if ('shell' in answer) {
    const argument = { command: answer.shell, description: 'Runs a command' };
    return { name: offered(question, ['bash', 'shell']), argument };
  }
  return 'write' in answer
    ? { name: offered(question, ['write']), argument: { filePath: answer.write.file, content: answer.write.text } }
    : { name: offered(question, ['read']), argument: { filePath: answer.readMissing } };
}
