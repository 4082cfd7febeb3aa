import { afterAll, describe, expect, it } from 'vitest'
import { findGguf } from '../support/gguf.ts'
import { MarkerScreen } from '../support/marker-screen.ts'
import { revisingPolicyFile } from '../support/revising-policy.ts'
import { startApp } from '../support/running-app.ts'

const found = findGguf('answers of a real model that the same model revises')

describe.skipIf(found === null)('answers of a real model that the same model revises', { timeout: 900_000 }, () => {
  const { path, libraryDir } = found ?? { path: '', libraryDir: '' }
  const policy = revisingPolicyFile(['paris'])
  afterAll(() => policy[Symbol.dispose]())

  it('leave without what the policy forbids, or not at all', async () => {
    await using running = await startApp({
      classifier: new MarkerScreen(),
      config: {
        policy: policy.path,
        upstreams: [{ id: 'small', kind: 'llama-cpp', path, libraryDir, threads: 1, contextTokens: 2_048 }],
        models: [{ name: 'gemma', upstream: 'small' }],
        refusal: { revision: { timeoutMs: 250_000, maxTokens: 48 } },
      },
    })
    const results: unknown[] = []
    for (const stream of [false, true]) {
      const size = running.app.ledger.size
      const response = await fetch(`${running.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${running.key}` },
        body: JSON.stringify({
          ...{ model: 'gemma', max_tokens: 48, temperature: 0, stream },
          messages: [
            { role: 'system', content: 'A chat between a curious human and a helpful assistant.' },
            { role: 'user', content: 'What is the capital of France?' },
          ],
        }),
      })
      const text = await response.text()
      const [event] = await running.decisionsSince(size)
      const { outcome, revised, unrevised, completion } = event?.data ?? {}
      results.push({ text, outcome, revised, unrevised })
      expect(text.toLowerCase()).not.toContain('paris')
      expect(completion).toMatchObject({ action: 'refuse', reason: 'rule', clause: '5.2', revisable: true })
      if (outcome === 'revise') expect(response.headers.get('x-safelevel-revised')).toBe('5.2')
      else expect([outcome, typeof unrevised]).toEqual(['refuse', 'object'])
    }
    process.stderr.write(`${JSON.stringify(results, null, 1)}\n`)
  })
})
