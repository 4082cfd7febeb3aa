import { z } from 'zod'

/** Names of models, versions, hosts and environments: they stand in addresses, file names and event data. */
export const Name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/, 'letters, digits, dots, dashes and underscores, at most 80')
export const VersionId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}\/[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/, 'model/version')
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'SHA-256, 64 hexadecimal digits')
export const When = z.iso.datetime({ offset: false, error: 'a time in UTC: 2026-03-31T00:00:00Z' })
export const Words = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine((text) => text.isWellFormed(), 'no half characters')
/** An identifier that somebody sends us; what it names is looked up. */
export const Id = z.string().min(1).max(100)
export const Bytes = z.int().min(1).max(Number.MAX_SAFE_INTEGER)
/** RFC 7638, base64url of SHA-256. */
export const Thumbprint = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'an RFC 7638 thumbprint')

/** The model of a version's id. */
export function modelOf(version: string): string {
  return version.slice(0, version.indexOf('/'))
}
