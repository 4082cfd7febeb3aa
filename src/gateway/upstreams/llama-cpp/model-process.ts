import { firstTokenOf } from './first-token.ts'
import { type LlamaContext, type LlamaLibrary, type LlamaModel, loadLlama, type Sequence } from './library.ts'
import { Order, type Report } from './protocol.ts'
import { speak } from './speak.ts'

/**
 * The process that has a model in memory. It was started with the descriptor of the weights, without environment, input or output, and ends
 * when its parent does.
 */
let loaded: { readonly library: LlamaLibrary; readonly model: LlamaModel; readonly context: LlamaContext } | null = null
const running = new Map<number, AbortController>()
const waiting: (() => void)[] = []

process.on('disconnect', () => process.exit(0))
process.on('message', (message) => {
  const order = Order.parse(message)
  if (order.type === 'load') void load(order)
  else if (order.type === 'generate') void generate(order)
  else running.get(order.id)?.abort()
})

function tell(report: Report): void {
  process.send?.(report)
}

async function load(order: Extract<Order, { type: 'load' }>): Promise<void> {
  const { library: from, path, contextTokens, parallel, threads } = order
  try {
    const library = await loadLlama(from)
    const llama = await library.getLlama({ build: 'never', progressLogs: false, logLevel: 'disabled' })
    const model = await llama.loadModel({ modelPath: path, useMmap: true })
    const context = await model.createContext({ contextSize: { max: contextTokens }, sequences: parallel, threads })
    loaded = { library, model, context }
    tell({ type: 'loaded' })
  } catch (error) {
    tell({ type: 'failed', reason: error instanceof Error ? error.message.slice(0, 500) : 'unknown' })
  }
}

async function generate({ id, prompt, sampling }: Extract<Order, { type: 'generate' }>): Promise<void> {
  const stop = new AbortController()
  running.set(id, stop)
  let sequence: Sequence | null = null
  try {
    if (loaded === null) throw new Error('no model is loaded')
    const { library, model, context } = loaded
    sequence = await freeSequence(context)
    stop.signal.throwIfAborted()
    const { topLogprobs } = sampling
    const spoken = await speak({ library, model, sequence }, prompt, sampling, {
      signal: stop.signal,
      onTextChunk: (text) => tell({ type: 'text', id, text }),
    })
    const { usedInputTokens: inputTokens, usedOutputTokens: outputTokens } = sequence.tokenMeter
    const firstToken =
      topLogprobs === undefined || stop.signal.aborted
        ? null
        : await firstTokenOf(model, sequence, spoken.promptTokens(), spoken.first, topLogprobs)
    tell({ type: 'end', id, reason: spoken.reason, inputTokens, outputTokens, firstToken })
  } catch {
    tell({ type: 'error', id })
  } finally {
    running.delete(id)
    // Whoever is woken before its place is free would find none, and wait for good.
    await sequence?.dispose()
    waiting.shift()?.()
  }
}

async function freeSequence(context: LlamaContext): Promise<Sequence> {
  while (context.sequencesLeft === 0) await new Promise<void>((resolve) => waiting.push(resolve))
  return context.getSequence()
}
