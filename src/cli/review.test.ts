import { InvalidArgumentError } from 'commander'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { startApp } from '../../test/support/running-app.ts'
import { readSince, reviewCommand } from './review.ts'

const NOW_MS = Date.UTC(2026, 0, 31)

describe('readSince', () => {
  it.each([
    ['30d', '2026-01-01T00:00:00.000Z'],
    ['2026-01-02', '2026-01-02T00:00:00.000Z'],
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
  ])('reads %s', (text, since) => expect(readSince(text, NOW_MS)).toBe(since))
  it.each(['', 'yesterday', '30', '99999d', '2026-13-01'])('refuses %j', (text) => {
    expect(() => readSince(text, NOW_MS)).toThrow(InvalidArgumentError)
  })
})

describe('safelevel review export', () => {
  afterEach(() => vi.restoreAllMocks())

  it('prints what people decided without what was said, through a running server', async () => {
    await using running = await startApp({ config: { review: { secondReadShare: 0 } } })
    const { app, controlUrl } = running
    const at = new Date(app.clock.now()).toISOString()
    const ann = { id: 'per_ann', roles: new Set(['analyst'] as const) }
    await app.review.openCase({
      source: 'rep_1',
      basis: 'report',
      severity: 'low',
      at,
      decisionId: 'dec_1',
    })
    const given = await app.review.claims.next(ann, null)
    const claim = given?.claim?.id ?? ''
    const after = await app.review.decide(ann, given?.id ?? '', {
      claim,
      verdict: 'uphold',
      labels: { hate: 'present' },
      note: 'n',
    })
    const printed: string[] = []
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0)
    vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
    const env = { SAFELEVEL_URL: controlUrl, SAFELEVEL_TOKEN: app.operatorToken }
    await reviewCommand({ env }).parseAsync(['node', 'review', 'export', '--since', '1d'])
    expect(after.state).toBe('decided')
    expect(printed.map((line) => JSON.parse(line))).toMatchObject([
      { text: null, harmful: 1, case: given?.id, decision: 'dec_1', labels: { hate: 'present' } },
    ])
  }, 60_000)
})
