import { parentPort, workerData } from 'node:worker_threads'
import { gunzipSync, gzipSync } from 'node:zlib'
import { AppError } from '../../../base/errors.ts'
import { detection } from '../detection.ts'
import { Engine } from './engine.ts'
import type { EngineAnswer, EngineInput, EngineOrder, EngineReply } from './messages.ts'

const { config, off }: EngineInput = workerData
const engine = new Engine(detection(config, undefined, off))

/** Largest state that is put back: more is no state of ours. */
const MAX_STATE_BYTES = 1024 * 1024 * 1024

function answer(order: EngineOrder): EngineAnswer {
  if (order.op === 'snapshot') return { state: gzipSync(engine.snapshot(), { level: 1 }) }
  if (order.op === 'standings') return { standings: engine.standings(order.most) }
  if (order.op === 'restore') {
    const text = gunzipSync(order.state, { maxOutputLength: MAX_STATE_BYTES }).toString('utf8')
    return { fed: engine.restore(text), newestMs: engine.newestMs }
  }
  return { fed: engine.feed(order.activities, order.nowMs), newestMs: engine.newestMs }
}

parentPort?.on('message', ({ id, order }: { id: number; order: EngineOrder }) => {
  const reply = (said: EngineReply) => parentPort?.postMessage(said)
  try {
    reply({ id, answer: answer(order) })
  } catch (error) {
    const { code, message } = error instanceof AppError ? error : new AppError('INTERNAL', 'the watch failed')
    reply({ id, fault: { code, message } })
  }
})
