import { z } from 'zod'
import { AppError } from '../base/errors.ts'
import { Assessment, type Result } from '../models/evaluation/index.ts'
import type { OperatorClient } from './operator-client.ts'

export const AssessmentPage = z.object({ items: z.array(Assessment), next: z.string().nullable() })

/** The assessment that is open of a model line. @throws {AppError} REQUEST_INVALID, NOT_FOUND */
export async function openOf(client: OperatorClient, model: string | undefined): Promise<string> {
  if (model === undefined) throw new AppError('REQUEST_INVALID', 'say into which assessment: its id, or its model line')
  const query = new URLSearchParams({ model, state: 'open', limit: '1' })
  const { items } = await client.request('GET', `/api/v1/evaluations/assessments?${query}`, AssessmentPage)
  const [found] = items
  if (found !== undefined) return found.id
  throw new AppError(
    'NOT_FOUND',
    `no assessment of ${model} is open: safelevel eval open --checkpoint ${model}/… --suite …`,
  )
}

export function describeResult({
  id,
  format,
  totals,
  verdict: { verdict: said, lower, upper, line },
  flags,
}: Result): string {
  const { tasks, tries, passed, failed, refused, errored, unscored } = totals
  return [
    `${id}  ${format}: ${tasks} tasks, ${tries} tries: ${passed} passed, ${failed} failed, ${refused} refused, ${errored} errors, ${unscored} unscored`,
    `  by itself ${said}: ${share(lower)} to ${share(upper)}, the line is ${share(line)}`,
    ...flags.map(({ words }) => `  flagged: ${words}`),
  ].join('\n')
}

export function share(value: number): string {
  return `${(value * 100).toFixed(1)} %`
}
