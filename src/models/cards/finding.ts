import { z } from 'zod'

/** One thing that lint has to say about a card. */
export const CardFinding = z
  .object({
    code: z.string().meta({ description: 'stable; programs act on this' }),
    path: z.string().meta({ description: 'JSON pointer to what it is about; empty for the card' }),
    severity: z.enum(['error', 'warning']),
    words: z.string().meta({ description: 'what is wrong, and what to do' }),
    since: z.string().nullable().meta({ description: 'of what has gone stale: since when' }),
  })
  .meta({ id: 'CardFinding' })
export type CardFinding = z.infer<typeof CardFinding>

export const CardLint = z
  .object({
    outcome: z.enum(['passes', 'passes_with_warnings', 'fails']),
    digest: z.string().meta({ description: 'SHA-256 of the card as RFC 8785 canonical JSON, hex' }),
    findings: z.array(CardFinding),
  })
  .meta({ id: 'CardLint' })
export type CardLint = z.infer<typeof CardLint>

/** What an editor shows: findings at their lines. */
export const CardCheck = z
  .object({
    outcome: z.enum(['unreadable', ...CardLint.shape.outcome.options]),
    digest: z.string().nullable(),
    findings: z.array(
      CardFinding.extend({
        line: z.int().meta({ description: '1-based' }),
        column: z.int().meta({ description: '1-based' }),
      }),
    ),
  })
  .meta({ id: 'CardCheck' })
export type CardCheck = z.infer<typeof CardCheck>

export function error(code: string, path: string, words: string, since: string | null = null): CardFinding {
  return { code, path, severity: 'error', words, since }
}

export function warning(code: string, path: string, words: string): CardFinding {
  return { code, path, severity: 'warning', words, since: null }
}

export function outcomeOf(findings: readonly CardFinding[]): CardLint['outcome'] {
  if (findings.some(({ severity }) => severity === 'error')) return 'fails'
  return findings.length > 0 ? 'passes_with_warnings' : 'passes'
}
