import type { AccessContext } from './context.ts'
import type { Copies } from './copies.ts'
import type { Custodies } from './custody.ts'
import type { BreakGlass } from './glass.ts'
import type { Locks } from './locks.ts'

/** What is deployed, as the registry knows it. */
export interface Deployed {
  readonly model: string
  /** `model/checkpoint`, which is the version's id in the vault. */
  readonly checkpoint: string
  /** Of the registry: the manifest digest of the weights, hex; null where none was declared. */
  readonly weightsDigest: string | null
}

interface Parts {
  readonly locks: Locks
  readonly copies: Copies
  readonly glass: BreakGlass
  readonly custodies: Custodies
}

/**
 * Whether the weights of what is deployed are contained: sealed in the vault as the registry declares them, whole when last looked at, not
 * locked, with no copy that should be gone and no breaking of the glass that nobody reviewed; or kept elsewhere, on the CISO's word.
 *
 * @returns the evidence, or what to do about each thing that is missing
 */
export async function containment(
  { vault }: Pick<AccessContext, 'vault'>,
  parts: Parts,
  deployed: Deployed,
): Promise<{ met: boolean; says: string }> {
  const custody = await parts.custodies.of(deployed.model)
  const missing = custody === null ? await sealingFaults(vault, deployed) : []
  missing.push(...(await accessFaults(parts, deployed.model)))
  if (missing.length > 0) return { met: false, says: missing.join('; ') }
  const held =
    custody === null
      ? `${deployed.checkpoint} is sealed in the vault under the digest that the registry has`
      : `kept elsewhere, as the CISO stated at ${custody.statedAt}; holds until ${custody.expiresAt}`
  return { met: true, says: `${held}; nothing is locked, overdue or unreviewed` }
}

async function sealingFaults(
  vault: AccessContext['vault'],
  { checkpoint, weightsDigest }: Deployed,
): Promise<string[]> {
  const found = await vault.find(checkpoint)
  if (found === null || found.decoy)
    return [`${checkpoint} is not in the vault: safelevel vault put, or a statement of custody by the CISO`]
  if (found.state !== 'sealed') return [`${checkpoint} was erased from the vault`]
  const faults: string[] = []
  if (weightsDigest === null) faults.push(`the registry has no digest of the weights of ${checkpoint}: record it there`)
  else if (weightsDigest !== found.manifestDigest)
    faults.push(`what is in the vault as ${checkpoint} has another digest than the registry`)
  const check = await vault.lastDeepCheck(checkpoint)
  if (check !== null && !check.ok)
    faults.push(`${checkpoint} was damaged when it was checked at ${check.at}: safelevel vault fsck --deep`)
  return faults
}

async function accessFaults({ locks, copies, glass }: Parts, model: string): Promise<string[]> {
  const locked = await locks.reason(model)
  const overdue = await copies.overdue(model)
  const owed = await glass.owed()
  return [
    ...(locked === null ? [] : [locked]),
    ...(overdue.length === 0
      ? []
      : [
          `${overdue.length} ${overdue.length === 1 ? 'copy' : 'copies'} should be gone: destroy them, or have them extended`,
        ]),
    ...(owed === null
      ? []
      : [`the glass was broken at ${owed.brokenAt}: have that reviewed until ${owed.reviewDueAt}`]),
  ]
}
