import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Exchange } from '../../exchange/exchange.ts'
import { EncoderClassifier } from './encoder-classifier.ts'
import type { EncoderInput } from './input.ts'
import { loadEncoder } from './manifest.ts'
import { EncoderPool } from './pool.ts'

const ROOT = join(import.meta.dirname, '../../../..')
const ASSETS = join(ROOT, 'assets/encoder')
const vectors = z
  .object({
    modelSha256: z.string(),
    labels: z.array(z.string()),
    cases: z.array(
      z.object({
        prompt: z.string(),
        completion: z.string().nullable(),
        windows: z.array(z.object({ ids: z.array(z.int()), types: z.array(z.int()), logits: z.array(z.number()) })),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(join(ROOT, 'test/vectors/encoder.json'), 'utf8')))
/** Special tokens written in a text: ordinary characters here, see WordPiece. */
const named = vectors.cases.filter(({ prompt }) => /\[(CLS|SEP|PAD|UNK|MASK)\]/.test(prompt))
const cases = vectors.cases.filter((each) => !named.includes(each))

let encoder: EncoderClassifier
let pool: EncoderPool
beforeAll(async () => {
  encoder = await EncoderClassifier.open(ASSETS, { workers: 1, timeoutMs: 60_000 })
  const limits = { timeoutMs: 60_000, runTimeoutMs: 60_000, loadTimeoutMs: 60_000 }
  const { model } = loadEncoder(ASSETS)
  pool = await EncoderPool.open(model, { workers: 1, maxQueue: 64, maxBatchTokens: 1, restartMs: 100, ...limits })
}, 120_000)
afterAll(() => Promise.all([encoder.close(), pool.close()]))

function windowsOf(prompt: string, completion: string | null): EncoderInput[] {
  if (completion === null) return encoder.windowsOf('prompt', prompt, { turns: [] }).map(({ input }) => input)
  const exchange: Exchange = { turns: [{ role: 'user', parts: [{ kind: 'text', text: prompt, pointer: '' }] }] }
  return encoder.windowsOf('completion', completion, exchange).map(({ input }) => input)
}

describe('the shipped encoder', { timeout: 120_000 }, () => {
  it('is the model that the vectors were made with', async () => {
    expect(loadEncoder(ASSETS).model.sha256).toBe(vectors.modelSha256)
    expect(encoder.manifest.labels).toEqual(vectors.labels)
  })

  it('gets the windows that training builds', () => {
    expect(cases.length).toBeGreaterThan(40)
    for (const { prompt, completion, windows } of cases) {
      const inputs = windowsOf(prompt, completion)
      const name = JSON.stringify({ prompt, completion }).slice(0, 80)
      expect(
        inputs.map(({ ids }) => [...ids]),
        name,
      ).toEqual(windows.map(({ ids }) => ids))
      expect(
        inputs.map(({ ids, typesFrom }) => Array.from(ids, (_, at) => (at < typesFrom ? 0 : 1))),
        name,
      ).toEqual(windows.map(({ types }) => types))
    }
  })

  it('gives the logits that the reference runtime gives', async () => {
    for (const { prompt, completion, windows } of cases) {
      const rows = await pool.run(windowsOf(prompt, completion))
      for (const [at, row] of rows.entries()) {
        for (const [column, logit] of row.entries()) {
          expect(Math.abs(logit - (windows[at]?.logits[column] ?? Number.NaN))).toBeLessThan(0.05)
        }
      }
    }
  })

  it('gives a text the same score whatever is asked at the same time', async () => {
    const windows = cases.flatMap(({ prompt, completion }) =>
      completion === null ? encoder.windowsOf('prompt', prompt, { turns: [] }) : [],
    )
    const other = await EncoderClassifier.open(ASSETS, { workers: 1, timeoutMs: 60_000 })
    const together = await Promise.all([
      encoder.score('prompt', windows),
      encoder.score('prompt', windows.toReversed()),
    ])
    for (const [at, window] of windows.entries()) {
      expect((await other.score('prompt', [window]))[0]).toEqual(together[0][at])
    }
    await other.close()
  })
})
