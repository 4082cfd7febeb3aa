import { describe, expect, it } from 'vitest'
import { silentLog } from '../../base/log.ts'
import type { Finding, Probe } from '../probe.ts'
import { Looking } from './looking.ts'

const HOLDS: Finding = { state: 'holds', says: 'seen', evidence: [] }

describe('looking', () => {
  it('knows nothing of what fails, throws or hangs, and asks what hangs only once', async () => {
    let asked = 0
    const probes: Probe[] = [
      { control: 'GOV-01', look: async () => HOLDS },
      { control: 'GOV-02', look: () => Promise.reject(new Error('secret detail')) },
      {
        control: 'GOV-03',
        look: () => {
          throw new Error('secret detail')
        },
      },
      {
        control: 'GOV-04',
        look: () => {
          asked++
          return new Promise(() => {})
        },
      },
    ]
    const looking = new Looking(silentLog, 30)
    const first = await looking.at(probes)
    const second = await looking.at(probes)
    expect([...first].map(([id, { state }]) => `${id} ${state}`).toSorted()).toEqual([
      'GOV-01 holds',
      'GOV-02 unknown',
      'GOV-03 unknown',
      'GOV-04 unknown',
    ])
    expect(first.get('GOV-04')?.says).toContain('0.03 s')
    expect([asked, second.get('GOV-04')?.says]).toEqual([1, 'the last look at it has not come back'])
    expect(JSON.stringify([...first])).not.toContain('secret detail')
  })

  it('has at most four look at the same time', async () => {
    let now = 0
    let most = 0
    const look = async () => {
      most = Math.max(most, ++now)
      await new Promise((resolve) => setTimeout(resolve, 2))
      now--
      return HOLDS
    }
    const probes = Array.from({ length: 20 }, (_, i) => ({ control: `GOV-${i + 10}`, look }))
    expect((await new Looking(silentLog).at(probes)).size).toBe(20)
    expect(most).toBe(4)
  })
})
