import type { z } from 'zod'
import { shippedRules } from './detection.ts'
import type { Coverage, RuleView } from './views.ts'

/** The shipped rules as people see them. */
export function rulesInForce(): { items: z.infer<typeof RuleView>[]; coverage: z.infer<typeof Coverage> } {
  const { rules, correlations } = shippedRules()
  const items = [...rules, ...correlations].map(({ view }) => {
    const { cause, title, description, level, weight, isCertain, techniques, falsePositives, correlation, file } = view
    return {
      ...{ cause, title, description, level, weight, isCertain, correlation, file },
      ...{ techniques: [...techniques], falsePositives: [...falsePositives] },
    }
  })
  const by = new Map<string, string[]>()
  for (const { cause, techniques } of items)
    for (const technique of techniques) by.set(technique, [...(by.get(technique) ?? []), cause])
  const techniques = [...by].sort().map(([technique, causes]) => ({ technique, name: '', rules: causes }))
  return { items, coverage: { techniques, covered: techniques.length, total: techniques.length } }
}
