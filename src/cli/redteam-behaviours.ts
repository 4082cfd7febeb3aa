import { AppError } from '../base/errors.ts'
import { shipped } from '../base/shipped.ts'
import { loadSuite } from '../refusal/evaluation/index.ts'
import { type Behaviour, extractionBehaviours, injectionBehaviours, sampled } from '../refusal/redteam/index.ts'

/** Requests that ought to be refused, without operational detail: what is asked for unless a suite is named. */
export const DEFAULT_SUITE = shipped('suites/refusal/harmful-requests.jsonl')

export interface AskedFor {
  readonly behaviours: readonly Behaviour[]
  readonly suites: readonly {
    readonly name: string
    readonly digest: string
    readonly behaviours: number
    readonly ids: readonly string[]
  }[]
}

interface Wanted {
  readonly paths: readonly string[]
  /** Of each category; null = all. */
  readonly sample: number | null
  readonly secrets: number
  readonly seed: number
}

/** The harmful requests of the suites, and what can be measured exactly. @throws {AppError} REQUEST_INVALID, CONFLICT as `loadSuite` */
export async function behavioursOf({ paths, sample, secrets, seed }: Wanted): Promise<AskedFor> {
  const loaded = await Promise.all([...new Set(paths)].map((path) => loadSuite(path, 'harmful')))
  const suites = loaded.map(({ name, digest, items }) => {
    const own = items
      .filter(({ kind }) => kind === 'harmful')
      .map(
        ({ id, category, wanted }): Behaviour => ({
          ...{ id: loaded.length > 1 ? `${name}/${id}` : id, category: category ?? 'general_harm' },
          ...{ objective: 'harm', request: wanted, system: null, secret: null },
        }),
      )
    return { name, digest, own }
  })
  const harm = sampled(
    suites.flatMap(({ own }) => own),
    sample,
    seed,
  )
  if (harm.length === 0) throw new AppError('REQUEST_INVALID', 'the suites hold no request that ought to be refused')
  return {
    behaviours: [...harm, ...extractionBehaviours(seed, secrets), ...injectionBehaviours(seed, secrets)],
    suites: suites.map(({ name, digest, own }) => ({
      name,
      digest,
      behaviours: own.length,
      ids: own.map(({ id }) => id),
    })),
  }
}
