import { describe, expect, it } from 'vitest'
import { parseConfig } from '../base/config.ts'
import { configDigest, planChange } from './live-config.ts'

describe('planChange', () => {
  it('finds nothing where nothing has changed', () => {
    const plan = planChange(parseConfig({}), parseConfig({}))
    expect(plan).toMatchObject({ changed: [], restartNeeded: [] })
    expect(configDigest(plan.config)).toBe(configDigest(parseConfig({})))
  })

  it('takes what can change, and leaves what runs as it is', () => {
    const before = parseConfig({ notify: { channels: [], privateWebhooks: true } })
    const read = parseConfig({
      publicPort: 9_999,
      rateLimits: { requestsPerMinute: 5 },
      limits: { bodyTimeoutMs: 1, maxTurns: 2 },
      surfaces: { api: { mode: 'observe' } },
      notify: { channels: [{ id: 'x' }], privateWebhooks: false },
    })
    const { config, changed, restartNeeded } = planChange(before, read)
    expect(changed).toEqual(['limits.maxTurns', 'notify.channels', 'rateLimits.requestsPerMinute', 'surfaces.api'])
    expect(restartNeeded).toEqual(['limits.bodyTimeoutMs', 'notify.privateWebhooks', 'publicPort'])
    expect(config).toEqual({
      ...before,
      rateLimits: read.rateLimits,
      surfaces: read.surfaces,
      limits: { ...read.limits, bodyTimeoutMs: before.limits.bodyTimeoutMs },
      notify: { channels: [{ id: 'x' }], privateWebhooks: true },
    })
    // What waits for a restart is named again, until it comes.
    expect(planChange(config, read)).toMatchObject({ changed: [], restartNeeded })
  })

  it('tells no channel any more when there are none', () => {
    const before = parseConfig({ notify: { channels: [{ id: 'x' }] } })
    expect(planChange(before, parseConfig({})).config.notify).toEqual({ channels: [] })
  })
})
