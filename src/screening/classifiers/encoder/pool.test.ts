import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { EncoderInput } from './input.ts'
import { EncoderPool, type PoolOptions } from './pool.ts'

const MODEL = join(import.meta.dirname, '../../../../test/vectors/encoder-tiny/model.onnx')
const OUTPUTS = 7
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const tiny = { path: MODEL, sha256: sha256(readFileSync(MODEL)), outputs: OUTPUTS }
const options: PoolOptions = {
  workers: 1,
  maxQueue: 64,
  maxBatchTokens: 256,
  timeoutMs: 20_000,
  runTimeoutMs: 20_000,
  loadTimeoutMs: 60_000,
  restartMs: 20,
}
const input = (length: number, id = 7): EncoderInput => ({ ids: new Int32Array(length).fill(id), typesFrom: length })
const coded = (code: string) => expect.objectContaining({ code })

let pool: EncoderPool | undefined
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'encoder-pool-'))
})
afterAll(() => rm(folder, { recursive: true }))
afterEach(() => pool?.close())
async function open(changes: Partial<PoolOptions> = {}): Promise<EncoderPool> {
  pool = await EncoderPool.open(tiny, { ...options, ...changes })
  return pool
}
const alive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !holds(); i++) await setTimeout(25)
  expect(holds()).toBe(true)
}

describe('EncoderPool', { timeout: 60_000 }, () => {
  it('answers each input with its own logits, whatever it is batched with', async () => {
    const { run } = await open().then((p) => ({ run: p.run.bind(p) }))
    const inputs = Array.from({ length: 40 }, (_, i) => input(1 + ((i * 13) % 31), 5 + i))
    const alone = await run([input(9, 11)])
    const together = await run(inputs)
    expect(together).toHaveLength(40)
    for (const [i, each] of inputs.entries()) expect(together[i]).toEqual((await run([each]))[0])
    expect((await run([input(3, 11)]))[0]).toEqual(alone[0])
    expect(alone[0]).toHaveLength(OUTPUTS)
    expect(await run([])).toEqual([])
  })

  it('turns away what does not fit its queue, at once, and still answers the rest', async () => {
    const encoder = await open({ maxQueue: 8, maxBatchTokens: 16 })
    const accepted = Array.from({ length: 9 }, () => encoder.run([input(10)]))
    await expect(encoder.run([input(10), input(10)])).rejects.toEqual(coded('OVERLOADED'))
    expect(await Promise.all(accepted)).toHaveLength(9)
  })

  it('does not run what was aborted while it waited', async () => {
    const encoder = await open({ maxBatchTokens: 16 })
    const controller = new AbortController()
    const first = encoder.run([input(16)])
    const waiting = encoder.run([input(16), input(16)], controller.signal)
    expect(encoder.state.queued).toBe(2)
    controller.abort(new Error('gone'))
    await expect(waiting).rejects.toThrow('gone')
    expect(encoder.state.queued).toBe(0)
    expect(await first).toHaveLength(1)
    await expect(encoder.run([input(4)], AbortSignal.abort(new Error('before')))).rejects.toThrow('before')
  })

  it('rejects what a killed process was running, and replaces the process', async () => {
    const encoder = await open({ maxBatchTokens: 16 })
    const [pid] = encoder.state.pids
    process.kill(pid ?? 0, 'SIGSTOP') // else it may have answered by then
    const running = encoder.run([input(16)])
    const waiting = encoder.run([input(16)])
    process.kill(pid ?? 0, 'SIGKILL')
    await expect(Promise.allSettled([running, waiting])).resolves.toEqual([
      { status: 'rejected', reason: coded('CLASSIFIER_UNAVAILABLE') },
      { status: 'rejected', reason: coded('CLASSIFIER_UNAVAILABLE') },
    ])
    await expect(encoder.run([input(4)])).rejects.toEqual(coded('CLASSIFIER_UNAVAILABLE'))
    await until(() => encoder.state.workers === 1)
    expect(await encoder.run([input(4)])).toHaveLength(1)
    expect(encoder.state.pids).not.toContain(pid)
  })

  it('rejects an input that the model fails on, and goes on', async () => {
    const encoder = await open()
    await expect(encoder.run([input(4, 1_000_000)])).rejects.toEqual(coded('CLASSIFIER_UNAVAILABLE'))
    expect(await encoder.run([input(4)])).toHaveLength(1)
  })

  it('ends a process that takes too long', async () => {
    const encoder = await open({ runTimeoutMs: 200 })
    const [pid] = encoder.state.pids
    process.kill(pid ?? 0, 'SIGSTOP')
    await expect(encoder.run([input(4)])).rejects.toEqual(coded('CLASSIFIER_UNAVAILABLE'))
    await until(() => !alive(pid ?? 0))
  })

  it('gives up an answer that comes too late', async () => {
    const encoder = await open({ timeoutMs: 100 })
    process.kill(encoder.state.pids[0] ?? 0, 'SIGSTOP')
    await expect(encoder.run([input(4)])).rejects.toEqual(coded('OVERLOADED'))
    process.kill(encoder.state.pids[0] ?? 0, 'SIGCONT')
  })

  it('lets running work end when it closes, turns waiting work away, and leaves no process', async () => {
    const encoder = await open({ maxBatchTokens: 16 })
    const { pids } = encoder.state
    const running = encoder.run([input(16)])
    const waiting = encoder.run([input(16)])
    waiting.catch(() => {})
    await encoder.close()
    expect(await running).toHaveLength(1)
    await expect(waiting).rejects.toEqual(coded('SHUTTING_DOWN'))
    await expect(encoder.run([input(4)])).rejects.toEqual(coded('SHUTTING_DOWN'))
    for (const pid of pids) expect(alive(pid)).toBe(false)
  })

  it('stops while it loads', async () => {
    const controller = new AbortController()
    const opening = EncoderPool.open(tiny, { ...options, workers: 2 }, controller.signal)
    controller.abort(new Error('changed my mind'))
    await expect(opening).rejects.toThrow('changed my mind')
  })

  it.each([
    ['that are garbage', Buffer.alloc(4_096, 7), undefined, 'CONFIG_INVALID'],
    ['that are cut off', readFileSync(MODEL).subarray(0, 6_000), undefined, 'CONFIG_INVALID'],
    ['with another digest', readFileSync(MODEL), '0'.repeat(64), 'VERIFICATION_FAILED'],
  ])('refuses weights %s, with the process alive', async (_, bytes, digest, code) => {
    const path = join(folder, 'model.onnx')
    await writeFile(path, bytes)
    const model = { path, sha256: digest ?? sha256(bytes), outputs: OUTPUTS }
    await expect(EncoderPool.open(model, options)).rejects.toEqual(coded(code))
  })

  it('refuses a model with another number of outputs, and one that is not there', async () => {
    await expect(EncoderPool.open({ ...tiny, outputs: 40 }, options)).rejects.toEqual(coded('CONFIG_INVALID'))
    const missing = { ...tiny, path: join(folder, 'missing.onnx') }
    await expect(EncoderPool.open(missing, options)).rejects.toEqual(coded('CONFIG_INVALID'))
  })

  it('leaves no process when the parent is killed', async () => {
    const script = `
      const { EncoderPool } = await import(${JSON.stringify(new URL('./pool.ts', import.meta.url).href)})
      const pool = await EncoderPool.open(${JSON.stringify(tiny)}, ${JSON.stringify(options)})
      console.log(pool.state.pids[0])`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)))
    expect(alive(pid)).toBe(true)
    parent.kill('SIGKILL')
    await until(() => !alive(pid))
  })

  it.runIf(process.platform === 'linux')('gives the process none of the environment', async () => {
    process.env.ENCODER_POOL_TEST_SECRET = 'secret'
    const encoder = await open()
    const environment = readFileSync(`/proc/${encoder.state.pids[0]}/environ`, 'utf8')
    delete process.env.ENCODER_POOL_TEST_SECRET
    expect(environment).not.toContain('secret')
  })
})
