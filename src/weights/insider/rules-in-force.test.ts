import { describe, expect, it } from 'vitest'
import { rulesInForce, ruleText } from './rules-in-force.ts'

describe('rules in force', () => {
  const { items, models } = rulesInForce()

  it('are there with their own text, each', () => {
    for (const { cause, title } of items) {
      const { rule, source } = ruleText(cause)
      expect(rule.title).toBe(title)
      expect(source.split('\n')).toContain(`name: ${cause.replace('rule.', '')}`)
      expect(source.match(/^title: /gm)).toHaveLength(1)
    }
  })

  it('have the models of behaviour beside them, without a figure', () => {
    expect(models.length).toBeGreaterThan(20)
    expect(models.some(({ says }) => says.includes('{'))).toBe(false)
  })

  it('know nothing of others', () => {
    expect(() => ruleText('rule.../../package')).toThrow('there is no such rule')
    expect(() => ruleText('')).toThrow('there is no such rule')
  })
})
