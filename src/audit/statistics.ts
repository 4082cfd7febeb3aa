import { AppError } from '../base/errors.ts'

/** By which a size is chosen; rates and confidence between 0 and 1. */
export interface Plan {
  readonly population: number
  /** The rate of deviations from which on the auditor would not rely on the control. */
  readonly tolerableRate: number
  /** The rate that is expected. */
  readonly expectedRate: number
  readonly confidence: number
}

export interface PlannedSize {
  readonly size: number
  /** So many deviations in the sample still support that there are fewer than tolerable. */
  readonly acceptable: number
}

/** What rates lose when they are written in binary. */
const ROUNDING = 1e-9

/**
 * How many entries show, with the confidence wanted, that deviations are rarer than tolerable: the smallest sample in which no more than the expected
 * number of deviations, rounded up, would be so improbable if the rate were tolerable at best. Exact for a population of this size (hypergeometric);
 * for large ones it comes to the tables of the AICPA Audit Guide "Audit Sampling", appendix A, which are binomial.
 *
 * @param most that people can look at
 * @throws {AppError} REQUEST_INVALID where it would take more
 */
export function planSize({ population, tolerableRate, expectedRate, confidence }: Plan, most: number): PlannedSize {
  const bad = Math.ceil(population * tolerableRate - ROUNDING)
  const choose = chooser(population)
  for (let size = 1; size <= Math.min(population, most); size += 1) {
    const acceptable = Math.max(0, Math.ceil(size * expectedRate - ROUNDING))
    if (atMost(acceptable, population, bad, size, choose) <= 1 - confidence + ROUNDING) return { size, acceptable }
  }
  if (population <= most) return { size: population, acceptable: Math.max(0, bad - 1) }
  const why = `it would take more than ${most} entries: allow for a higher tolerable rate, expect fewer deviations, or ask for less confidence`
  throw new AppError('REQUEST_INVALID', `sizing: ${why}`)
}

/** Probability of `k` deviations or fewer among `size` entries drawn without repetition from a population in which `bad` deviate. */
export function atMost(
  k: number,
  population: number,
  bad: number,
  size: number,
  choose: (n: number, k: number) => number = chooser(population),
): number {
  let sum = 0
  const all = choose(population, size)
  for (let i = Math.max(0, size - (population - bad)); i <= Math.min(k, bad, size); i += 1)
    sum += Math.exp(choose(bad, i) + choose(population - bad, size - i) - all)
  return Math.min(1, sum)
}

/** The natural logarithm of "n over k", for n up to `most`. */
function chooser(most: number): (n: number, k: number) => number {
  const logs = new Float64Array(most + 1)
  for (let i = 2; i <= most; i += 1) logs[i] = (logs[i - 1] ?? 0) + Math.log(i)
  const of = (n: number) => logs[n] ?? 0
  return (n, k) => of(n) - of(k) - of(n - k)
}
