import { describe, expect, it } from 'vitest'
import { parseAccessConfig } from './config.ts'

describe('weights.access', () => {
  it('has limits without being told', () => {
    expect(parseAccessConfig(undefined)).toMatchObject({ grantHours: 12, glassMinutes: 60, recertifyDays: 90 })
  })

  it.each([
    { grantHours: 0 },
    { grantHours: 169 },
    { glassMinutes: 241 },
    { environmentDays: 91 },
    { grantHour: 1 },
    'no',
  ])('refuses %j, naming it', (raw) => {
    expect(() => parseAccessConfig(raw)).toThrow(/^weights\.access: ./)
    expect(() => parseAccessConfig(raw)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
})
