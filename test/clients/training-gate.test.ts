import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { TrainingGate } from '../../clients/typescript/safelevel-gate.ts'
import { type Lease, LeaseSigner } from '../../src/models/training/index.ts'

const SIGNER = new LeaseSigner(Buffer.alloc(32, 9))
const T0 = Date.UTC(2026, 0, 1)
const lease = (over: Partial<Lease> = {}): Lease => ({
  ...{ format: 'safelevel-lease/1', id: 'lse_1', installation: 'test.example', model: 'atlas', run: 'r1' },
  ...{ answer: 'continue', reasons: [], flops: 1e24, maxFlops: 2e24, issuedAt: new Date(T0).toISOString() },
  ...{ expiresAt: new Date(T0 + 1_800_000).toISOString(), k: 1, headroom: 6, reference: 'atlas/c1', basis: 'baseline' },
  state: 'training',
  ...over,
})
const stop = (answer: 'pause' | 'evaluate-now') => lease({ answer, reasons: ['due'], maxFlops: null, expiresAt: null })

/** A gate that says what it is told, under a real signature; `null` breaks the connection. */
async function gate(answers: (Lease | number | 'forged' | null)[]) {
  let asked = 0
  const server = createServer((_, res) => {
    asked++
    const answer = answers.shift() ?? null
    if (answer === null) return res.destroy()
    if (typeof answer === 'number') return res.writeHead(answer).end('{}')
    const signed = SIGNER.sign(answer === 'forged' ? lease() : answer)
    if (answer === 'forged') signed.signed.payload = signed.signed.payload.replace('2e+24', '9e+24')
    return res.end(JSON.stringify(signed))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked: () => asked,
    [Symbol.asyncDispose]: async () => void server.close(),
  }
}

describe('the TypeScript client', () => {
  async function drive(answers: Parameters<typeof gate>[0]) {
    const server = await gate(answers)
    const clock = { now: T0 + 1_000 }
    const given = { model: 'atlas', run: 'r1', publicKey: SIGNER.publicKey, timeoutMs: 5_000 }
    const client = new TrainingGate({ ...given, url: server.url, token: 't', now: () => clock.now })
    return { server, clock, client }
  }

  it('goes on under a lease without asking again, and stops at its ends', async () => {
    const { server, client, clock } = await drive([lease(), stop('evaluate-now')])
    expect([await client.mayTrain(1e24), await client.mayTrain(1.5e24)]).toEqual([true, true])
    expect(server.asked()).toBe(1)
    expect(client.receipt).toBe('lse_1')
    expect(await client.mayTrain(2.1e24)).toBe(false)
    expect([client.reasons, client.receipt]).toEqual([['due'], null])
    clock.now = T0 + 2_000_000
    expect(await client.mayTrain(1e24)).toBe(false)
  })

  it('goes on while the gate is down until the lease ends, and not a moment longer', async () => {
    const { client, clock } = await drive([lease(), 503, null])
    expect(await client.mayTrain(1e24)).toBe(true)
    clock.now = T0 + 1_700_000
    expect(await client.mayTrain(1e24)).toBe(true)
    clock.now = T0 + 1_800_000
    expect(await client.mayTrain(1e24)).toBe(false)
  })

  it.each(['forged' as const, stop('pause'), 403, lease({ run: 'r2' }), lease({ maxFlops: null }), null])(
    'pauses on anything but a lease of its own (%#)',
    async (answer) => {
      const { client } = await drive([answer])
      expect(await client.mayTrain(1e24)).toBe(false)
      expect(client.reasons).not.toEqual([])
    },
  )
})

const SCRIPT = `
import json, sys
sys.path.insert(0, sys.argv[1])
from safelevel_gate import Gate, LightningGate, Paused, TrainerGate
class Bag:
    def __init__(self, **given): self.__dict__.update(given)
clock = [${T0 / 1_000} + 1]
def make():
    return Gate(sys.argv[2], "t", "atlas", "r1", public_key=sys.argv[3] or None, now=lambda: clock[0])
out = []
`

function python(body: string, url: string, key = SIGNER.publicKey): Promise<unknown> {
  const folder = fileURLToPath(new URL('../../clients/python', import.meta.url))
  const child = spawn('python3', ['-B', '-c', `${SCRIPT}${body}\nprint(json.dumps(out))`, folder, url, key])
  let [text, errors] = ['', '']
  child.stdout.on('data', (bytes) => {
    text += bytes
  })
  child.stderr.on('data', (bytes) => {
    errors += bytes
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve(JSON.parse(text)) : reject(new Error(errors))))
  })
}

describe('the Python client', () => {
  it('stops a transformers Trainer after a checkpoint where the lease ends', async () => {
    await using server = await gate([lease(), stop('pause')])
    const out = await python(
      `callback = TrainerGate(make())
state, control = Bag(total_flos=1e24), Bag(should_save=False, should_training_stop=False)
callback.on_train_begin(None, state, control)
for flops in (1.2e24, 1.9e24, 2.1e24):
    state.total_flos = flops
    callback.on_step_end(None, state, control)
    out.append([control.should_save, control.should_training_stop])`,
      server.url,
    )
    expect(out).toEqual([
      [false, false],
      [false, false],
      [true, true],
    ])
    expect(server.asked()).toBe(2)
  })

  it('stops Lightning, and does not let it begin without a lease', async () => {
    await using server = await gate([lease(), stop('evaluate-now'), stop('pause')])
    const out = await python(
      `trainer = Bag(should_stop=False, flops=1e24)
callback = LightningGate(make(), lambda t: t.flops)
callback.on_train_start(trainer, None)
callback.on_train_batch_end(trainer, None, None, None, 0)
out.append(trainer.should_stop)
trainer.flops = 3e24
callback.on_train_batch_end(trainer, None, None, None, 1)
out.append(trainer.should_stop)
try:
    LightningGate(make(), lambda t: t.flops).on_train_start(trainer, None)
except Paused as error:
    out.append(str(error))`,
      server.url,
    )
    expect(out).toEqual([false, true, 'due'])
  })

  it('goes on while the gate is down until the lease ends; pauses on what is forged or makes no sense', async () => {
    await using server = await gate([lease(), 503, null, 'forged', 403, lease({ run: 'other' })])
    const out = await python(
      `gate = make()
out.append(gate.may_train(1e24))
clock[0] += 1700
out.append(gate.may_train(1e24))
clock[0] += 100
out.append(gate.may_train(1e24))
clock[0] -= 1800
for _ in range(3):
    out.append(make().may_train(1e24))`,
      server.url,
    )
    expect(out).toEqual([true, true, false, false, false, false])
  })
})
