import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { field, type Answer, type Protocol, type Question } from './script';

/** A request that took an answer from the script. */
export interface Turn {
  question: Question;
  answer: Answer;
  /** The whole request, as it came. */
  request: string;
}

/** What questions on the side are answered with, which ask for a title; with counts that are noticed where they are added. */
export const TITLE = 'A title';
const ASIDE: Answer = { text: TITLE, usage: { input: 900_001, cached: 0, output: 90_001, reasoning: 0 } };

/**
 * A model on 127.0.0.1 that answers from a script, in order, with token counts that the test chose, and keeps what it was asked.
 * One server is one model of one session, so two sessions at a time take two servers.
 */
export class ModelServer {
  readonly turns: Turn[] = [];
  /** Questions without tools: they take nothing from the script. */
  readonly asides: Question[] = [];
  /** Requests that nothing was prepared for. A test looks that there are none. */
  readonly unexpected: string[] = [];
  private readonly script: Answer[] = [];
  private readonly waiting: { turns: number; done: () => void }[] = [];
  private readonly server = createServer((request, response) => {
    this.serve(request, response).catch((error: unknown) => {
      this.unexpected.push(String(error));
      response.writeHead(400).end();
    });
  });

  /** `otherwise` answers what the script does not: it gets the whole request. */
  constructor(
    private readonly protocol: Protocol,
    private readonly otherwise: (request: string) => Answer | undefined = () => undefined,
  ) {}

  /** Listens on a free port. */
  async start(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return this;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Adds answers to what is still to be said. */
  say(...answers: readonly Answer[]): void {
    this.script.push(...answers);
  }

  /** Answers that nobody has asked for yet. */
  get left(): number {
    return this.script.length;
  }

  /** Resolves when so many questions have come, answered or not. */
  async asked(turns: number): Promise<void> {
    if (this.turns.length < turns) {
      await new Promise<void>((done) => this.waiting.push({ turns, done }));
    }
  }

  /** Ends every connection, those that still wait for an answer too. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const body = await readBody(request);
    if (!this.protocol.accepts(method, url)) {
      this.unexpected.push(`${method} ${url}`);
      response.writeHead(404).end();
      return;
    }
    const parsed: unknown = JSON.parse(body);
    const question = this.protocol.read(parsed);
    const answer = this.choose(question, body);
    if (answer === undefined) {
      this.unexpected.push(`${method} ${url}, when the script was at its end: ${question.userTexts.at(-1) ?? ''}`);
      response.writeHead(400).end();
      return;
    }
    await answer.after;
    const model = field(parsed, 'model');
    // As with a real model, no two answers share an id, whichever server gave them.
    const id = randomUUID().replaceAll('-', '');
    const events = this.protocol.write(answer, question, id, typeof model === 'string' ? model : 'model');
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const { event, data } of events) {
      const name = event === undefined ? '' : `event: ${event}\n`;
      response.write(`${name}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
    }
    response.end();
  }

  private choose(question: Question, request: string): Answer | undefined {
    if (question.tools.length === 0) {
      this.asides.push(question);
      return ASIDE;
    }
    const answer = this.script.shift() ?? this.otherwise(request);
    if (answer !== undefined) {
      this.turns.push({ question, answer, request });
      for (const { turns, done } of this.waiting) {
        if (turns <= this.turns.length) {
          done();
        }
      }
    }
    return answer;
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
