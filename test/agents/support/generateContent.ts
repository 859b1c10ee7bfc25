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

/** Gemini's streamed content, as the Gemini CLI speaks it. */
export const generateContent: Protocol = {
  accepts: (method, address) => method === 'POST' && /:(streamGenerateContent|generateContent)(\?|$)/.test(address),

  read: (body) => {
    const contents = list(field(body, 'contents'));
    const parts = contents.map((content) => ({ role: field(content, 'role'), parts: list(field(content, 'parts')) }));
    const responses = parts.flatMap((content) => content.parts.map((part) => field(part, 'functionResponse')));
    const declarations = list(field(body, 'tools')).flatMap((tool) => list(field(tool, 'functionDeclarations')));
    return {
      userTexts: parts
        .filter((content) => content.role === 'user')
        .map((content) => textOf(content.parts))
        .filter((text) => text !== ''),
      toolResults: responses
        .filter((response) => response !== undefined)
        .map((response) => JSON.stringify(field(response, 'response'))),
      tools: names(declarations.map((declaration) => field(declaration, 'name'))),
    };
  },

  write: (answer, question, id, model) => {
    const { input, cached, output, reasoning } = answer.usage;
    const usageMetadata = {
      promptTokenCount: input + cached,
      cachedContentTokenCount: cached,
      candidatesTokenCount: output,
      thoughtsTokenCount: reasoning,
      totalTokenCount: input + cached + output + reasoning,
    };
    const content = { role: 'model', parts: [partOf(answer, question)] };
    const candidates = [{ index: 0, content, finishReason: 'STOP' }];
    return [{ data: { candidates, usageMetadata, modelVersion: model, responseId: id } }];
  },
};

function partOf(answer: Answer, question: Question): unknown {
  if ('text' in answer) {
    return { text: answer.text };
  }
  return { functionCall: callOf(answer, question) };
}

function callOf(answer: Call, question: Question): { name: string; args: object } {
  if ('waitForCommand' in answer) {
    return onlyCodex('wait for a command');
  }
  if ('shell' in answer) {
    return { name: offered(question, ['run_shell_command']), args: { command: answer.shell } };
  }
  return 'write' in answer
    ? { name: offered(question, ['write_file']), args: { file_path: answer.write.file, content: answer.write.text } }
    : { name: offered(question, ['read_file']), args: { file_path: answer.readMissing } };
}
