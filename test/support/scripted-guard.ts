import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ReceivedQuestion {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
  readonly text: string
}
type Respond = (question: ReceivedQuestion, response: ServerResponse) => void | Promise<void>

/** A guard's server on loopback that remembers what it was asked and answers as it is told. */
export class ScriptedGuard implements AsyncDisposable {
  readonly questions: ReceivedQuestion[] = []
  respond: Respond
  readonly #server = createServer((request, response) => void this.#serve(request, response))

  private constructor(respond: Respond) {
    this.respond = respond
  }

  static async start(respond: Respond): Promise<ScriptedGuard> {
    const guard = new ScriptedGuard(respond)
    guard.#server.listen(0, '127.0.0.1')
    await once(guard.#server, 'listening')
    return guard
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString('utf8')
    const question = { path: request.url ?? '', headers: request.headers, body: JSON.parse(text) as unknown, text }
    this.questions.push(question)
    await this.respond(question, response)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

export function answerJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
