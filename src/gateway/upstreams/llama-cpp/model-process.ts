import { type LlamaContext, type LlamaLibrary, loadLlama, type Meta, type Sequence } from './library.ts'
import { Order, type Prompt, type Report, type Sampling } from './protocol.ts'

/**
 * The process that has a model in memory. It was started with the descriptor of the weights, without environment, input or output, and ends
 * when its parent does.
 */
let loaded: { readonly library: LlamaLibrary; readonly context: LlamaContext } | null = null
const running = new Map<number, AbortController>()
const waiting: (() => void)[] = []

process.on('disconnect', () => process.exit(0))
process.on('message', (message) => {
  const order = Order.parse(message)
  if (order.type === 'load') void load(order)
  else if (order.type === 'generate') void generate(order.id, order.prompt, order.sampling)
  else running.get(order.id)?.abort()
})

function tell(report: Report): void {
  process.send?.(report)
}

async function load({ library: from, path, contextTokens, parallel }: Extract<Order, { type: 'load' }>): Promise<void> {
  try {
    const library = await loadLlama(from)
    const llama = await library.getLlama({ build: 'never', progressLogs: false, logLevel: 'disabled' })
    const model = await llama.loadModel({ modelPath: path, useMmap: true })
    const context = await model.createContext({ contextSize: { max: contextTokens }, sequences: parallel })
    loaded = { library, context }
    tell({ type: 'loaded' })
  } catch (error) {
    tell({ type: 'failed', reason: error instanceof Error ? error.message.slice(0, 500) : 'unknown' })
  }
}

async function generate(id: number, prompt: Prompt, sampling: Sampling): Promise<void> {
  const stop = new AbortController()
  running.set(id, stop)
  let sequence: Sequence | null = null
  try {
    if (loaded === null) throw new Error('no model is loaded')
    sequence = await freeSequence(loaded.context)
    stop.signal.throwIfAborted()
    const { stopReason } = await speak(loaded.library, sequence, prompt, sampling, {
      signal: stop.signal,
      onTextChunk: (text) => tell({ type: 'text', id, text }),
    })
    const { usedInputTokens: inputTokens, usedOutputTokens: outputTokens } = sequence.tokenMeter
    tell({ type: 'end', id, reason: stopReason === 'maxTokens' ? 'length' : 'stop', inputTokens, outputTokens })
  } catch {
    tell({ type: 'error', id })
  } finally {
    running.delete(id)
    sequence?.dispose()
    waiting.shift()?.()
  }
}

async function freeSequence(context: LlamaContext): Promise<Sequence> {
  while (context.sequencesLeft === 0) await new Promise<void>((resolve) => waiting.push(resolve))
  return context.getSequence()
}

async function speak(
  { LlamaChatSession, LlamaCompletion }: LlamaLibrary,
  contextSequence: Sequence,
  prompt: Prompt,
  { stop, ...sampling }: Sampling,
  live: { signal: AbortSignal; onTextChunk: (text: string) => void },
): Promise<Meta> {
  const given = Object.fromEntries(Object.entries(sampling).filter(([, value]) => value !== undefined))
  const options = { ...live, ...given, stopOnAbortSignal: true, customStopTriggers: stop }
  if (prompt.type === 'text') {
    const completion = new LlamaCompletion({ contextSequence, autoDisposeSequence: false })
    return (await completion.generateCompletionWithMeta(prompt.text, options)).metadata
  }
  const turns = [...prompt.turns]
  const last = turns.at(-1)?.role === 'user' ? turns.pop()?.text : ''
  const session = new LlamaChatSession({ contextSequence, systemPrompt: '', autoDisposeSequence: false })
  session.setChatHistory(
    turns.map(({ role, text }) => (role === 'assistant' ? { type: 'model', response: [text] } : { type: role, text })),
  )
  return await session.promptWithMeta(last ?? '', options)
}
