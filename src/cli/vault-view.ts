import type { z } from 'zod'
import type { Campaign, Copy, Device, GlassView, Grant, Lock } from '../weights/access/index.ts'
import type { BudgetView, CoverageView } from '../weights/reading/index.ts'
import type { VaultFile, VaultVersion } from '../weights/vault/index.ts'
import { describeBytes } from './bytes.ts'

type Version = Omit<VaultVersion, 'decoy'>
type File = Omit<VaultFile, 'canary'>

const DAYS_OF_YEAR = 365.25

export function versionLine({ id, state, sizeBytes, fileCount, createdAt }: Version): string {
  const files = fileCount === 1 ? '1 file' : `${fileCount} files`
  return `${id}  ${state}  ${describeBytes(sizeBytes)} in ${files}  ${createdAt}`
}

export function describeVersion(version: Version, files: readonly File[], coverage: readonly CoverageView[]): string {
  const { manifestDigest, receipt, by } = version
  return [
    versionLine(version),
    `  manifest  ${manifestDigest}`,
    `  put in by ${by.type} ${by.id}${receipt === null ? '' : `, receipt ${receipt}`}`,
    ...files.map(
      ({ path, sizeBytes, sha256 }) => `  ${sha256.slice(0, 12)}  ${describeBytes(sizeBytes).padStart(8)}  ${path}`,
    ),
    ...coverage.map(
      ({ personId, bytes, share }) => `  read by ${personId}: ${describeBytes(bytes)}, ${percent(share)}`,
    ),
  ].join('\n')
}

export function grantLine(grant: Grant & { readonly usedBytes: number }): string {
  const { id, version, state, kind, use, personId, environment, host, usedBytes, budgetBytes, expiresAt } = grant
  const who = environment === null ? `${personId} on ${host}` : `environment ${environment} (${host})`
  const loud = kind === 'break_glass' ? '  GLASS BROKEN' : ''
  return `${id}  ${state}  ${version}  ${use}  ${who}  ${describeBytes(usedBytes)} of ${describeBytes(budgetBytes)} read  until ${expiresAt}${loud}`
}

export function lockLine({ id, model, person, state, lockedAt, lockedBy, reason }: Lock): string {
  return `${id}  ${person === null ? (model ?? 'all weights') : `only ${person}`}  ${state}  since ${lockedAt} by ${lockedBy}: ${reason}`
}

export function deviceLine({ id, name, state, host, personId, environment, expiresAt }: Device): string {
  const whose = environment === null ? `${personId} on ${host}` : `environment ${environment} (${host})`
  return `${id}  ${name}  ${state}  ${whose}${expiresAt === null ? '' : `  until ${expiresAt}`}`
}

export function copyLine({ id, version, state, place, owner, expiresAt }: Copy, nowMs: number): string {
  const overdue = state === 'stands' && Date.parse(expiresAt) <= nowMs
  return `${id}  ${version}  ${overdue ? 'OVERDUE' : state}  ${place}  of ${owner}  until ${expiresAt}`
}

export function budgetLine({
  kind,
  id,
  source,
  capacityBytes,
  bytesPerDay,
  leftBytes,
  daysToExfiltrate,
}: BudgetView): string {
  const whose = id === '*' ? (kind === 'organisation' ? kind : `every ${kind}`) : `${kind} ${id}`
  const left = `${describeBytes(leftBytes)} of ${describeBytes(capacityBytes)} left, ${describeBytes(bytesPerDay)} a day`
  return `${whose}  ${left}  whole model gone in ${daysWords(daysToExfiltrate)}${source === 'set' ? '' : `  (${source})`}`
}

export function glassLine({ id, state, threshold, shares, brokenAt, reviewDueAt }: GlassView): string {
  const broken =
    brokenAt === null ? '' : `  broken ${brokenAt}${state === 'broken' ? `, review due ${reviewDueAt}` : ''}`
  return `${id}  ${state}  ${threshold} of ${shares} custodians${broken}`
}

export function campaignLine({ id, state, startedAt, dueAt, items }: z.infer<typeof Campaign>): string {
  const count = (wanted: string) => items.filter((item) => item.state === wanted).length
  return `${id}  ${state}  begun ${startedAt}, due ${dueAt}  ${count('open')} wait, ${count('confirmed')} confirmed, ${count('revoked')} revoked`
}

function percent(share: number): string {
  return share === 0 || share === 1 ? `${share * 100} %` : `${Math.min(99.9, Number((share * 100).toPrecision(2)))} %`
}

function daysWords(days: number | null): string {
  if (days === null) return 'no time'
  if (days < 2) return `${Math.round(days * 24)} hours`
  return days < 2 * DAYS_OF_YEAR ? `${Math.round(days)} days` : `${Math.round(days / DAYS_OF_YEAR)} years`
}
