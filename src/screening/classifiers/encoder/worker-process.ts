import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { codeOf } from '../../../base/error-code.ts'
import { type Answer, Ask, type Batch } from './protocol.ts'

/**
 * A process of its own that runs the model: `run()` blocks its thread for tens of milliseconds, and a fault in native code ends the
 * process that it happens in. Ends when its parent does.
 */
let session: InferenceSession | undefined
let outputs = 0
let work: Promise<void> = Promise.resolve()

// A terminal sends Ctrl-C to parent and child alike: the parent lets running work end, then says `close`.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('disconnect', () => process.exit(0))
process.on('message', (message) => {
  work = work.then(() => handle(Ask.parse(message)))
})

async function handle(ask: Ask): Promise<void> {
  if (ask.type === 'open') return open(ask)
  if (ask.type === 'close') return process.disconnect()
  try {
    answer({ type: 'done', id: ask.id, logits: await run(ask.batch) })
  } catch (error) {
    answer({ type: 'failed', id: ask.id, detail: describe(error) })
  }
}

async function open({ modelPath, sha256, outputs: expected }: Extract<Ask, { type: 'open' }>): Promise<void> {
  outputs = expected
  try {
    const bytes = await readFile(modelPath)
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
      return answer({ type: 'refused', reason: 'digest', detail: '' })
    }
    await load(bytes)
    globalThis.gc?.()
    answer({ type: 'ready', rssBytes: process.memoryUsage.rss() })
  } catch (error) {
    const unreadable = codeOf(error) === 'ENOENT'
    answer({ type: 'refused', reason: unreadable ? 'unreadable' : 'model', detail: describe(error) })
  }
}

/** One thread; no arena, since it would keep the memory of the largest batch that ever came. */
async function load(bytes: Uint8Array): Promise<void> {
  session = await InferenceSession.create(bytes, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableCpuMemArena: false,
    logSeverityLevel: 4,
  })
  // proves shape and finite numbers, and pays for first-use allocations
  const width = 8
  const logits = await run({
    width,
    ids: new Int32Array(2 * width),
    lengths: Int32Array.of(width, 3),
    typesFrom: Int32Array.of(width, 1),
  })
  if (!logits.every(Number.isFinite)) throw new Error('the model gives numbers that are not finite')
}

async function run({ width, ids, lengths, typesFrom }: Batch): Promise<Float32Array<ArrayBuffer>> {
  if (session === undefined) throw new Error('not open')
  const rows = lengths.length
  const dims = [rows, width]
  const mask = new BigInt64Array(rows * width)
  const types = new BigInt64Array(rows * width)
  for (let row = 0; row < rows; row++) {
    const length = lengths[row] ?? 0
    mask.fill(1n, row * width, row * width + length)
    types.fill(1n, row * width + Math.min(length, typesFrom[row] ?? 0), row * width + length)
  }
  const results = await session.run({
    input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), dims),
    attention_mask: new Tensor('int64', mask, dims),
    token_type_ids: new Tensor('int64', types, dims),
  })
  const logits = results.logits
  if (logits === undefined || !(logits.data instanceof Float32Array)) throw new Error('the model gives no float logits')
  if (logits.data.length !== rows * outputs) throw new Error('the model has another number of outputs')
  return logits.data.slice()
}

function answer(message: Answer): void {
  process.send?.(message)
}

/** The runtime's own words: about operators and shapes, never about text, which it does not have. */
function describe(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 500) : 'unknown'
}
