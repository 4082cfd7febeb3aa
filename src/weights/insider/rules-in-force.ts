import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { AppError } from '../../base/errors.ts'
import { MEASURES } from './behaviour/index.ts'
import { RULES_FOLDER, shippedRules } from './detection.ts'
import { halfLifeDaysOf } from './risk/index.ts'
import { coverage, type RuleSet } from './rules/index.ts'
import type { Coverage, ModelView, RuleText, RuleView } from './views.ts'

type Rule = z.infer<typeof RuleView>

/** All that gives signals, and what it covers. */
export interface RulesInForce {
  readonly items: Rule[]
  readonly models: z.infer<typeof ModelView>[]
  readonly coverage: z.infer<typeof Coverage>
}

let read: RulesInForce | null = null

/** The shipped rules as people see them; only another release has others. */
export function rulesInForce(): RulesInForce {
  read ??= readRules()
  return read
}

/** A rule and its text. @throws {AppError} NOT_FOUND */
export function ruleText(cause: string): RuleText {
  const rule = rulesInForce().items.find((one) => one.cause === cause)
  if (rule === undefined) throw new AppError('NOT_FOUND', 'there is no such rule')
  const name = cause.slice(cause.indexOf('.') + 1)
  const documents = readFileSync(join(RULES_FOLDER, rule.file), 'utf8').split(/^---\n/m)
  const source = documents.find((text) => text.split('\n').includes(`name: ${name}`)) ?? documents.join('---\n')
  return { rule, source }
}

function readRules(): RulesInForce {
  const set = shippedRules()
  const items = set.views().map((view): Rule => {
    const { cause, title, description, level, isCertain, techniques, falsePositives, correlation, file } = view
    return {
      ...{ cause, title, description, level, weight: view.isTold ? view.weight : 0, isCertain, correlation, file },
      ...{ techniques: [...techniques], falsePositives: [...falsePositives] },
    }
  })
  const models = MEASURES.map(({ id, family, says, most }) => {
    const cause = `behaviour.${id}`
    return { cause, family, says: says.replaceAll('{n}', '…'), weight: most, halfLifeDays: halfLifeDaysOf(cause) }
  })
  return { items, models, coverage: coverageOf(set) }
}

function coverageOf(set: RuleSet): z.infer<typeof Coverage> {
  const { source, techniques, covered, says } = coverage(set)
  return {
    techniques: techniques.map(({ id, title, tactics, rules, behaviour, uncovered }) => ({
      ...{ technique: id, name: title, tactics: [...tactics], why: uncovered },
      rules: [...rules.map((name) => `rule.${name}`), ...behaviour],
    })),
    ...{ covered, total: techniques.length, source, says },
  }
}
