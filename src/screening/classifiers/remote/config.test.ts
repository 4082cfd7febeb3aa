import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../../base/clock.ts'
import { seededIds } from '../../../base/ids.ts'
import { GuardConfig } from './config.ts'
import { createGuard } from './create-guard.ts'

const base = { id: 'g', baseUrl: 'http://127.0.0.1:8000/v1' }
const KINDS = [
  { kind: 'llama-guard', model: 'm' },
  { kind: 'qwen3guard', model: 'm' },
  { kind: 'granite-guardian', model: 'm', format: 'criteria_id' },
  { kind: 'shieldgemma', model: 'm' },
  { kind: 'wildguard', model: 'm' },
  { kind: 'openai-moderation' },
  { kind: 'gpt-oss-safeguard', model: 'm' },
  { kind: 'llm-judge', model: 'm' },
  { kind: 'http', labels: ['hate'] },
] as const
const idOf = (more: object) => {
  const guard = createGuard(GuardConfig.parse({ ...base, ...more }), undefined, seededIds(new ManualClock()))
  return guard.id
}

describe('GuardConfig', () => {
  it.each(KINDS)('describes a guard of kind $kind', async (kind) => {
    const guard = createGuard(GuardConfig.parse({ ...base, ...kind }), 'key', seededIds(new ManualClock()))
    expect(guard.id).toMatch(/^[a-z0-9-]+(?::[\w-]+)?@[0-9a-f]{16}$/)
    expect(guard.covers.prompt.size).toBeGreaterThan(0)
    await guard.close()
  })

  it.each([
    [{ kind: 'llama-guard' }, 'model'],
    [{ kind: 'llama-guard', model: 'm', tempreature: 0 }, 'tempreature'],
    [{ kind: 'llama-guard', model: 'm', baseUrl: 'file:///etc/passwd' }, 'baseUrl'],
    [{ kind: 'granite-guardian', model: 'm' }, 'format'],
    [{ kind: 'http', labels: ['bread'] }, 'labels'],
    [{ kind: 'http', labels: [] }, 'labels'],
    [{ kind: 'http', labels: ['hate'], path: 'classify' }, 'path'],
    [{ kind: 'lama-guard', model: 'm' }, 'kind'],
    [{ kind: 'qwen3guard', model: 'm', overlapChars: 2_000 }, 'overlapChars'],
  ])('refuses %j', (bad, where) => {
    const parsed = GuardConfig.safeParse({ ...base, ...bad })
    expect(JSON.stringify(parsed.error?.issues)).toContain(where)
  })
})

describe('the id of a guard', () => {
  it('changes with all that shapes an answer, and with nothing else', () => {
    const judge = { kind: 'llm-judge', model: 'm' }
    const ids = [
      idOf(judge),
      idOf({ ...judge, policy: 'hate: hatred', labels: ['hate'] }),
      idOf({ ...judge, labels: ['hate'] }),
      idOf({ ...judge, dialect: 'hosted' }),
      idOf({ ...judge, maxChars: 2_000 }),
      idOf({ kind: 'gpt-oss-safeguard', model: 'm' }),
      idOf({ kind: 'gpt-oss-safeguard', model: 'm', reasoningEffort: 'high' }),
    ]
    expect(new Set(ids).size).toBe(ids.length)
    expect(idOf({ ...judge, timeoutMs: 1, baseUrl: 'https://example.com' })).toBe(ids[0])
  })
})
