import { createServer } from 'node:http'

/** A model server that costs next to nothing: one fixed chat completion, or the same text as a stream of tokens. */
const TEXT =
  'Preheat the oven to 230 degrees, knead flour, water, yeast and salt for ten minutes, let it rise, then bake it for half an hour.'
const ANSWER = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-0001',
    object: 'chat.completion',
    created: 1_760_000_000,
    model: 'bench-model',
    choices: [
      { index: 0, message: { role: 'assistant', content: TEXT, refusal: null }, logprobs: null, finish_reason: 'stop' },
    ],
    usage: { prompt_tokens: 24, completion_tokens: 32, total_tokens: 56 },
  }),
)

const server = createServer((req, res) => {
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => {
    if (Buffer.concat(chunks).includes('"stream":true')) stream(res)
    else res.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length }).end(ANSWER)
  })
})

function stream(res: import('node:http').ServerResponse): void {
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  const event = (delta: object, finish: string | null) =>
    `data: ${JSON.stringify({ id: 'chatcmpl-0001', object: 'chat.completion.chunk', created: 1_760_000_000, model: 'bench-model', choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] })}\n\n`
  res.write(event({ role: 'assistant', content: '' }, null))
  for (const word of TEXT.split(/(?= )/)) res.write(event({ content: word }, null))
  res.end(`${event({}, 'stop')}data: [DONE]\n\n`)
}

server.keepAliveTimeout = 120_000
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(JSON.stringify({ ready: true })))
