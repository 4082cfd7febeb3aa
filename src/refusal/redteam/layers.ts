import type { Layer, Try } from './schema.ts'

/** What a gateway's record says of one of its decisions. */
export interface Decided {
  /** On which side it refused; null: on none, so that what was refused was refused by the model's own server. */
  readonly side: 'prompt' | 'completion' | null
}

/** The same tries, with the side at which the safeguards stopped them, where their records tell it. */
export function withLayers(tries: readonly Try[], decided: ReadonlyMap<string, Decided>): Try[] {
  return tries.map((one) => {
    const { guarded } = one
    if (guarded === null || guarded.layer !== 'safeguard' || guarded.decision === null) return one
    const found = decided.get(guarded.decision)
    if (found === undefined) return one
    if (found.side === null) return { ...one, guarded: { ...guarded, outcome: 'refused', layer: 'upstream' } }
    const layer: Layer = found.side === 'prompt' ? 'prompt_screen' : 'completion_screen'
    return { ...one, guarded: { ...guarded, layer } }
  })
}
