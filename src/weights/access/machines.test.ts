import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { iso } from '../../base/clock.ts'
import { closing, confirmed, confirmFault } from './campaign-machine.ts'
import { breakFault, broken, DEAL_MS, dealFault, dealt, reviewed, reviewFault } from './glass-machine.ts'
import { endGrant, grantFault, shortenGrant } from './grant-machine.ts'
import type { Grant } from './grant-schema.ts'
import type { Campaign, Glass } from './schema.ts'

const START = Date.UTC(2026, 0, 1)
const HOUR_MS = 3_600_000
const ended = { at: iso(START), by: 'per_1', reason: 'because' }

const grant: Grant = {
  ...{ id: 'grt_1', approval: 'apr_1', kind: 'person', use: 'program', personId: 'per_1', approvers: ['per_2'] },
  ...{
    device: 'dev_1',
    thumbprint: 'x'.repeat(43),
    host: 'lab-7',
    version: 'atlas/v1',
    manifestDigest: 'a'.repeat(64),
  },
  ...{ files: ['*'], purpose: 'test', destination: null, environment: null, copy: null, budgetBytes: 1 },
  ...{ startsAt: iso(START), expiresAt: iso(START + HOUR_MS), state: 'active' },
  ...{ endedAt: null, endedBy: null, endedReason: null },
}

describe('a grant', () => {
  const step = fc.oneof(
    fc.record({ end: fc.constantFrom('revoked' as const, 'expired' as const, 'spent' as const) }),
    fc.record({ until: fc.integer({ min: -HOUR_MS, max: 3 * HOUR_MS }) }),
    fc.record({ now: fc.integer({ min: -2 * HOUR_MS, max: 3 * HOUR_MS }) }),
  )

  it('opens nothing once it has ended, whatever follows, and never gets more time', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let now = grant
        let over: Grant['state'] | null = null
        for (const one of steps) {
          const before = now
          if ('end' in one) {
            now = endGrant(now, { ...ended, state: one.end })
            over = over === null || (over === 'spent' && one.end === 'revoked') ? one.end : over
          } else if ('until' in one) now = shortenGrant(now, START + one.until)
          else {
            const isWithin = START + one.now < Date.parse(now.expiresAt) && one.now >= -300_000
            expect(grantFault(now, START + one.now) === null).toBe(over === null && isWithin)
          }
          expect(Date.parse(now.expiresAt)).toBeLessThanOrEqual(Date.parse(before.expiresAt))
          if (over !== null) expect(now.state).toBe(over)
        }
      }),
    )
  })
})

const glass: Glass = {
  ...{ id: 'gls_1', state: 'agreed', threshold: 2, shares: 3, approval: 'apr_1', requester: 'per_ciso' },
  ...{ agreedAt: iso(START), secretHash: null, shareHashes: [], dealtAt: null, brokenAt: null, brokenBy: null },
  ...{ grant: null, reason: null, reviewDueAt: null, overdueNotedAt: null, reviewedAt: null, reviewedBy: null },
  findings: null,
}

describe('the glass', () => {
  const made = { secretHash: 'a', shareHashes: ['b'] }
  const by = { personId: 'per_1', grant: 'grt_1', reason: 'nobody answers' }
  const times = { nowMs: START, reviewMs: 72 * HOUR_MS }

  it('is dealt once, by who asked for it, within a day', () => {
    expect(dealFault(glass, 'per_ciso', START)).toBeNull()
    expect(dealFault(glass, 'per_rso', START)).toContain('only who asked')
    expect(dealFault(glass, 'per_ciso', START + DEAL_MS)).toContain('more than a day')
    expect(dealFault(dealt(glass, made, START), 'per_ciso', START)).toContain('dealt already')
  })

  it('is broken once; while its review is owed nothing is, even with new shares out', () => {
    const armed = dealt(glass, made, START)
    expect(breakFault([])).toContain('no shares')
    expect(breakFault([glass])).toContain('no shares')
    expect(breakFault([armed])).toBeNull()
    const used = broken(armed, by, times)
    expect(used.reviewDueAt).toBe(iso(START + 72 * HOUR_MS))
    expect(breakFault([used])).toContain('not reviewed')
    expect(breakFault([{ ...armed, id: 'gls_2' }, used])).toContain('not reviewed')
    const settled = reviewed(used, { personId: 'per_2', findings: 'right' }, START)
    // Used up: it takes new shares.
    expect(breakFault([settled])).toContain('no shares')
    expect(breakFault([{ ...armed, id: 'gls_2' }, settled])).toBeNull()
  })

  it('is reviewed once, by somebody else', () => {
    const used = broken(dealt(glass, made, START), by, times)
    expect(reviewFault(used, 'per_1')).toContain('who broke it')
    expect(reviewFault(used, 'per_2')).toBeNull()
    expect(reviewFault(reviewed(used, { personId: 'per_2', findings: 'x' }, START), 'per_3')).toContain(
      'nothing to review',
    )
    expect(reviewFault(glass, 'per_2')).toContain('nothing to review')
  })
})

describe('a recertification', () => {
  const types = ['device', 'environment', 'grant', 'copy'] as const
  const commands = fc.array(
    fc.oneof(
      fc.record({ confirm: fc.nat(5), by: fc.nat(2), at: fc.integer({ min: 0, max: 20 }) }),
      fc.record({ close: fc.integer({ min: 0, max: 20 }), gone: fc.array(fc.nat(5)) }),
    ),
    { maxLength: 15 },
  )

  it('revokes what nobody else confirmed in time, each once, however often and whenever it is closed', () => {
    fc.assert(
      fc.property(commands, (steps) => {
        let campaign: Campaign = {
          ...{
            id: 'rec_1',
            state: 'open',
            startedAt: iso(START),
            startedBy: 'per_0',
            dueAt: iso(START + 10),
            closedAt: null,
          },
          items: [0, 1, 2, 3, 4, 5].map((i) => ({
            ...{
              type: types[i % 4] ?? 'copy',
              id: `item_${i}`,
              owner: `per_${i % 3}`,
              state: 'open',
              by: null,
              at: null,
            },
          })),
        }
        const revoked: string[] = []
        const vouched = new Set<string>()
        for (const step of steps) {
          if ('close' in step) {
            const isGone = (id: string) => step.gone.some((i) => id === `item_${i}`)
            const closed = closing(campaign, ({ id }) => !isGone(id), START + step.close)
            expect(closed === null).toBe(campaign.state === 'closed' || step.close < 10)
            if (closed === null) continue
            for (const { id } of closed.revoked) {
              expect(vouched.has(id) || isGone(id)).toBe(false)
              revoked.push(id)
            }
            campaign = closed.next
            expect(campaign.items.every(({ state }) => state !== 'open')).toBe(true)
          } else {
            const item = campaign.items[step.confirm]
            if (item === undefined) continue
            const fault = confirmFault(campaign, item, `per_${step.by}`, START + step.at)
            const may = campaign.state === 'open' && step.at < 10 && item.owner !== `per_${step.by}`
            expect(fault === null).toBe(may)
            if (fault !== null) continue
            campaign = confirmed(campaign, item, `per_${step.by}`, START + step.at)
            vouched.add(item.id)
          }
        }
        expect(new Set(revoked).size).toBe(revoked.length)
      }),
    )
  })
})
