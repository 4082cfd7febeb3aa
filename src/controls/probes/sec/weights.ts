import { allItems } from '../../../base/page.ts'
import type { Deployment } from '../../../models/registry/index.ts'
import { roleMay } from '../../../staff/index.ts'
import type { Finding, Probe } from '../../probe.ts'
import { PUT_WEIGHTS, RECORD_CHECKPOINT } from '../commands.ts'
import { count, day, entryOf, fails, holds, listed, record, seen, unknown, worstOf } from '../findings.ts'
import type { World } from '../world.ts'
import { everybody } from './people.ts'

export type WeightsWorld = Pick<World, 'vault' | 'access' | 'registry' | 'staff' | 'entries' | 'clock'>

/** A key that nobody has: as long as the thumbprint of any other. */
const NOBODYS_KEY = 'A'.repeat(43)
const PUT = `${PUT_WEIGHTS}, or a statement of custody (console: /weights)`
const GRANTS = 'safelevel vault grants'

export function weightsProbes(world: WeightsWorld): Probe[] {
  return [
    { control: 'SEC-01', look: () => sealed(world) },
    { control: 'SEC-02', look: () => byJob(world) },
    { control: 'SEC-17', look: () => approvedDevices(world) },
    { control: 'SEC-18', look: () => copies(world) },
    { control: 'SEC-19', look: () => places(world) },
  ]
}

async function deployments({ registry }: Pick<WeightsWorld, 'registry'>): Promise<Deployment[]> {
  return (await registry.deployments.list()).filter(({ withdrawnAt }) => withdrawnAt === null)
}

/** What the vault keeps that is no decoy. */
async function kept({ vault }: Pick<WeightsWorld, 'vault'>) {
  return (await allItems((page) => vault.versions.list(page))).filter(
    ({ state, decoy }) => state === 'sealed' && !decoy,
  )
}

function noWeights(): Finding {
  return unknown('no weights are in the vault, and no deployment names any', PUT_WEIGHTS)
}

/** Weights of what is deployed are sealed under the digest that the registry has, and whole. */
async function sealed(world: WeightsWorld): Promise<Finding> {
  const deployed = [...new Map((await deployments(world)).map((one) => [one.checkpoint, one])).values()]
  const found = await Promise.all(deployed.map((one) => sealedOf(world, one)))
  const versions = await kept(world)
  const checks = await Promise.all(versions.map(async ({ id }) => ({ id, check: await world.vault.lastDeepCheck(id) })))
  const damaged = checks.filter(({ check }) => check !== null && !check.ok).map(({ id }) => id)
  if (damaged.length > 0) {
    const evidence = (await Promise.all(damaged.map((id) => world.entries.last('weights.checked', id)))).flatMap(
      entryOf,
    )
    found.push(
      fails(`damaged when it was last read as a whole: ${listed(damaged)}`, 'safelevel vault fsck --deep', evidence),
    )
  }
  const last = entryOf(await world.entries.last('weights.sealed'))
  const rest =
    versions.length === 0 ? noWeights() : holds(`${count(versions.length, 'version')} sealed in the vault`, last)
  return worstOf(found, rest)
}

async function sealedOf(
  { access, vault, registry, entries }: WeightsWorld,
  { model, checkpoint }: Deployment,
): Promise<Finding> {
  const custody = await access.custodies.of(model)
  if (custody !== null) {
    const evidence = entryOf(await entries.last('weights.custody_stated', model))
    return holds(`${checkpoint} is kept elsewhere, as the CISO stated until ${day(custody.expiresAt)}`, evidence)
  }
  const version = await vault.versions.find(checkpoint)
  if (version === null || version.decoy) return fails(`${checkpoint} is deployed, and not in the vault`, PUT)
  const evidence = [record('vault version', checkpoint), ...entryOf(await entries.last('weights.sealed', checkpoint))]
  if (version.state !== 'sealed')
    return fails(`${checkpoint} is deployed, and was erased from the vault`, PUT, evidence)
  const { weightsDigest } = await registry.checkpoints.get(checkpoint)
  if (weightsDigest === null)
    return unknown(`the registry has no digest to hold ${checkpoint} against`, RECORD_CHECKPOINT, evidence)
  if (weightsDigest !== version.manifestDigest)
    return fails(
      `${checkpoint} in the vault has another digest than the registry`,
      `safelevel vault show ${checkpoint}`,
      evidence,
    )
  return holds(`${checkpoint} is sealed under the digest that the registry has`, evidence)
}

/** Every grant that opens something is of somebody whose job needs it, agreed to by somebody else, and says what for. */
async function byJob(world: WeightsWorld): Promise<Finding> {
  const { access, entries } = world
  const items = await allItems((page) => access.grants.list({ ...page, state: 'active' }))
  const people = await everybody(world)
  const mayOpen = new Set(
    people.flatMap(({ person, roles }) => {
      const active = roles.flatMap(({ assignment, state }) => (state === 'active' ? [assignment.role] : []))
      return roleMay(active, 'weights.open') ? [person.id] : []
    }),
  )
  const faults = items.flatMap(({ id, kind, personId, approvers, purpose }) => {
    if (kind !== 'standing' && !mayOpen.has(personId)) return [{ id, why: 'of somebody whose job does not need it' }]
    if (kind !== 'break_glass' && !approvers.some((by) => by !== personId))
      return [{ id, why: 'agreed to by nobody else' }]
    return purpose.trim() === '' ? [{ id, why: 'without a purpose' }] : []
  })
  const [first] = faults
  if (first !== undefined) {
    const says = `${count(faults.length, 'grant')} of weights open what it must not: ${first.id} ${first.why}`
    return fails(
      says,
      GRANTS,
      faults.map(({ id }) => record('grant', id)),
    )
  }
  const owed = await access.glass.owed()
  if (owed !== null)
    return fails(
      `the glass was broken on ${day(owed.brokenAt ?? '')}, and nobody has reviewed that`,
      'console: /weights',
      [record('glass', owed.id)],
    )
  const evidence = entryOf(await entries.last(['weights.grant_given', 'weights.grant_ended']))
  if (items.length === 0 && (await kept(world)).length === 0) return noWeights()
  const says = `${count(items.length, 'grant')} open weights, each for somebody whose job needs it; ${mayOpen.size} may ask`
  return holds(says, evidence)
}

/** A key that nobody let in is turned away now, and no grant is on a device that is not let in. */
async function approvedDevices({ access, entries, clock }: WeightsWorld): Promise<Finding> {
  const stranger = await access.devices.require(NOBODYS_KEY).then(
    () => 'let in',
    () => 'turned away',
  )
  if (stranger !== 'turned away')
    return fails('a key that nobody registered is let in', 'safelevel vault lock --all --reason WORDS')
  const items = await allItems((page) => access.grants.list({ ...page, state: 'active' }))
  const devices = new Map((await access.devices.list()).map((one) => [one.id, one]))
  const astray = items.filter(({ device: id, thumbprint }) => {
    const device = devices.get(id)
    if (device?.state !== 'approved' || device.thumbprint !== thumbprint) return true
    return device.expiresAt === null || Date.parse(device.expiresAt) <= clock.now()
  })
  if (astray.length > 0) {
    const says = `${count(astray.length, 'grant')} on devices that are not let in`
    return fails(
      says,
      'safelevel vault devices',
      astray.map(({ id }) => record('grant', id)),
    )
  }
  const approved = [...devices.values()].filter(({ state }) => state === 'approved').length
  const evidence = [
    seen('a key that nobody let in was turned away just now'),
    ...entryOf(await entries.last(['weights.device_approved', 'weights.device_ended'])),
  ]
  const known = approved === 0 ? 'none is let in' : `${count(approved, 'device')} let in, each by two people`
  return holds(`a strange device was turned away; ${known}`, evidence)
}

/** What is outside of the vault has an owner who is here, a place, and a day by which it is gone. */
async function copies(world: WeightsWorld): Promise<Finding> {
  const { access, entries } = world
  const standing = await access.copies.list({ state: 'stands' })
  const overdue = await access.copies.overdue()
  const evidence = (of: readonly { readonly id: string }[]) => of.map(({ id }) => record('copy', id))
  if (overdue.length > 0) {
    const says = `${count(overdue.length, 'copy', 'copies')} of weights should be gone: ${listed(overdue.map(({ id }) => id))}`
    return fails(says, 'safelevel vault copies', [
      ...evidence(overdue),
      ...entryOf(await entries.last('weights.copy_overdue')),
    ])
  }
  const here = new Set(
    (await everybody(world)).flatMap(({ person, roles }) => (person.active && roles.length > 0 ? [person.id] : [])),
  )
  const orphaned = standing.filter(({ owner }) => !here.has(owner))
  if (orphaned.length > 0) {
    const says = `${count(orphaned.length, 'copy', 'copies')} of weights without an owner who works here`
    return fails(says, 'safelevel vault copies', evidence(orphaned))
  }
  if (standing.length === 0 && (await kept(world)).length === 0) return noWeights()
  const last = entryOf(
    await entries.last(['weights.copy_registered', 'weights.copy_destroyed', 'weights.copy_extended']),
  )
  const says = `${count(standing.length, 'copy', 'copies')} on record outside of the vault, each with owner, place and end`
  return holds(says, last)
}

/** Where weights lie is the vault, an environment that two people attested, or a place that the CISO stands for. */
async function places(world: WeightsWorld): Promise<Finding> {
  const { access, vault, entries, clock } = world
  const attested = new Set(
    (await access.environments.list()).flatMap(({ name, state, expiresAt }) =>
      state === 'attested' && Date.parse(expiresAt) > clock.now() ? [name] : [],
    ),
  )
  const items = await allItems((page) => access.grants.list({ ...page, state: 'active' }))
  const astray = items.filter(({ environment }) => environment !== null && !attested.has(environment))
  if (astray.length > 0) {
    const says = `weights are granted to ${listed([...new Set(astray.map(({ environment }) => environment ?? ''))])}, which nobody attests now`
    return fails(
      says,
      GRANTS,
      astray.map(({ id }) => record('grant', id)),
    )
  }
  const unplaced: string[] = []
  for (const { model, checkpoint } of await deployments(world)) {
    const version = await vault.versions.find(checkpoint)
    if (version?.state !== 'sealed' && (await access.custodies.of(model)) === null) unplaced.push(checkpoint)
  }
  if (unplaced.length > 0) return fails(`nobody says where the weights lie of ${listed([...new Set(unplaced)])}`, PUT)
  const lapsed = (await access.custodies.list()).filter(
    ({ endedAt, expiresAt }) => endedAt === null && Date.parse(expiresAt) <= clock.now(),
  )
  if (lapsed.length > 0) {
    const says = `the CISO’s word on where weights lie ran out: ${listed(lapsed.map(({ model }) => model))}`
    return fails(says, 'console: /weights')
  }
  const versions = await kept(world)
  const custodies = (await access.custodies.list()).filter(({ endedAt }) => endedAt === null)
  if (versions.length === 0 && custodies.length === 0) return noWeights()
  const says = `${count(versions.length, 'version')} in the vault, ${custodies.length} kept elsewhere on the CISO’s word, ${count(attested.size, 'environment')} attested`
  return holds(
    says,
    entryOf(await entries.last(['weights.sealed', 'weights.environment_attested', 'weights.custody_stated'])),
  )
}
