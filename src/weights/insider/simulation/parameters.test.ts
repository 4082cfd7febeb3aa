import { describe, expect, it } from 'vitest'
import { Draw } from './draw.ts'
import { DEFAULTS, Parameters, parseOverrides } from './parameters.ts'

describe('parameters of a simulation', () => {
  it('are drawn within their ranges, the same for the same seed', () => {
    for (const seed of [1, 2, 3]) {
      const parameters = new Parameters(seed)
      for (const [name, { from, to }] of Object.entries(DEFAULTS)) {
        const value = parameters.value(name as keyof typeof DEFAULTS)
        expect(value, name).toBeGreaterThanOrEqual(from)
        expect(value, name).toBeLessThanOrEqual(to)
        expect(new Parameters(seed).value(name as keyof typeof DEFAULTS)).toBe(value)
      }
    }
  })

  it('can be given instead, each without changing another one', () => {
    const overrides = parseOverrides({
      'models.count': 3,
      'weights.whole': [0.5, 0.6],
      'campaign.drip.days': { from: 1, to: 100, log: true },
    })
    const [given, plain] = [new Parameters(1, overrides), new Parameters(1)]
    expect(given.value('models.count')).toBe(3)
    expect(given.value('weights.whole')).toBeGreaterThanOrEqual(0.5)
    expect(given.value('people.approver')).toBe(plain.value('people.approver'))
    expect(given.ofCampaign('campaign.drip.days', { from: 500, to: 600 }, new Draw(1))).toBeLessThanOrEqual(100)
    expect(given.digest()).not.toBe(plain.digest())
    expect(plain.digest()).toBe(new Parameters(2).digest())
  })

  it.each([
    [{ 'no.such': 1 }, 'there is none of the name no.such'],
    [{ 'models.count': [5, 2] }, 'models.count is no range upwards from 0'],
    [{ 'models.count': -1 }, 'no range upwards'],
    [{ 'models.count': 'many' }, 'an object of names'],
    [{ 'models.count': { from: 0, to: 2, log: true } }, 'no range upwards'],
    [[], 'an object of names'],
    [null, 'an object of names'],
  ])('are refused where they mean nothing: %j', (input, says) => {
    expect(() => parseOverrides(input)).toThrow(says)
  })
})
