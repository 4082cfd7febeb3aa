import { z } from 'zod'

export { Name, Sha256, VersionId, When } from '../vault/index.ts'

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
