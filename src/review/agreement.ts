import { z } from 'zod'
import type { Db } from '../db/index.ts'
import { countLabelPairs, countPairs, type Pair } from './agreement-store.ts'
import { type Reviewer, visibleDesks } from './context.ts'
import { agreementOf } from './kappa.ts'
import { RESTRICTED_QUEUE } from './queues.ts'

const Value = z.number().nullable()

export const AgreementView = z
  .object({
    name: z.string().meta({ description: 'queue or label' }),
    categories: z.array(z.string()),
    table: z.array(z.array(z.int())).meta({ description: 'rows: first reader; columns: second reader' }),
    n: z.int(),
    observed: Value,
    expected: Value.meta({ description: 'by chance' }),
    kappa: Value.meta({ description: 'Cohen’s; null where it is not defined' }),
    low: Value.meta({ description: 'of the 95 % confidence interval' }),
    high: Value,
  })
  .meta({ id: 'ReviewAgreement' })
export type AgreementView = z.infer<typeof AgreementView>

export const AgreementReport = z
  .object({ since: z.iso.datetime(), queues: z.array(AgreementView), labels: z.array(AgreementView) })
  .meta({ id: 'ReviewAgreementReport' })
export type AgreementReport = z.infer<typeof AgreementReport>

const VERDICTS = ['uphold', 'overturn']
const JUDGEMENTS = ['present', 'absent']

/** How far readers who did not know each other's answer agree, by queue and by label. */
export async function agreement(db: Db, reviewer: Reviewer, since: Date): Promise<AgreementReport> {
  const restricted = visibleDesks(reviewer).includes('restricted')
  const pairs = (await countPairs(db, since)).filter(({ queue }) => restricted || queue !== RESTRICTED_QUEUE)
  return {
    since: since.toISOString(),
    queues: views(pairs, VERDICTS),
    labels: views(await countLabelPairs(db, since, restricted), JUDGEMENTS),
  }
}

function views(pairs: readonly Pair[], categories: readonly string[]): AgreementView[] {
  const byName = Map.groupBy(pairs, ({ queue }) => queue)
  return [...byName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, some]) => {
      const count = (first: string, second: string) =>
        some.filter((pair) => pair.first === first && pair.second === second).reduce((sum, pair) => sum + pair.count, 0)
      const table = categories.map((first) => categories.map((second) => count(first, second)))
      const { n, observed, expected, kappa, low, high } = agreementOf(table)
      return { name, categories: [...categories], table, n, observed, expected, kappa, low, high }
    })
}
