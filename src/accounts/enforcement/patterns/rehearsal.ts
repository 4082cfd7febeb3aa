import type { EnforcementConfig } from '../../../base/enforcement-config.ts'
import type { PatternName } from '../schema.ts'
import { KeyWatch } from './detectors.ts'
import type { Traffic } from './traffic.ts'

/** A customer who takes more than this in a day, or in an hour, was to be noticed before. */
const MOST_REQUESTS = 20_000
const TOKENS_EACH = 1_000
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** Abuse by numbers, as the detectors would meet it; nobody sends any of it. */
const REHEARSED: readonly { readonly pattern: PatternName; readonly withinMs: number; readonly isRefused: boolean }[] =
  [
    { pattern: 'distillation', withinMs: DAY_MS, isRefused: false },
    { pattern: 'identifier_rotation', withinMs: HOUR_MS, isRefused: true },
  ]

/**
 * Feeds fresh detectors with what they are to find: one template asked 20,000 times in a day by a key that takes all answers, and as many
 * names of end users that are each refused once in an hour.
 *
 * @param settings limits to hold it against: `enforcement.patterns` of the configuration
 * @returns what was noticed, each after how many requests; what is missing was not
 */
export function rehearsePatterns(settings: EnforcementConfig['patterns']): ReadonlyMap<PatternName, number> {
  const found = new Map<PatternName, number>()
  for (const { pattern, withinMs, isRefused } of REHEARSED) {
    const watch = new KeyWatch()
    for (let n = 1; n <= MOST_REQUESTS && !found.has(pattern); n++) {
      const traffic = request(n, (n * withinMs) / (MOST_REQUESTS + 1), isRefused)
      if (watch.observe(traffic, settings).some((signal) => signal.pattern === pattern)) found.set(pattern, n)
    }
  }
  return found
}

function request(n: number, atMs: number, refused: boolean): Traffic {
  return {
    ...{ principal: { keyId: 'rehearsal', projectId: 'rehearsal', organisationId: 'rehearsal', testString: false } },
    ...{ endUserId: refused ? `eu_${n}` : null, decisionId: `rehearsal_${n}`, atMs, refused, labels: [] },
    ...{ score: refused ? 1 : 0, shape: 1, promptChars: 500 + (n % 10), outputTokens: TOKENS_EACH, address: null },
  }
}
