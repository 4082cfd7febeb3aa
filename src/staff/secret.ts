import { hash, timingSafeEqual } from 'node:crypto'
import type { Ids } from '../base/ids.ts'

const TOKEN_BYTES = 32

/** 256 random bits, base64url. */
export function createToken(ids: Ids): string {
  return ids.bytes(TOKEN_BYTES).toString('base64url')
}

/** SHA-256, hex. A plain hash is right: nobody guesses 256 random bits. */
export function hashToken(token: string): string {
  return hash('sha256', token, 'hex')
}

/** Whether two secrets are the same; takes the same time however much of them is. */
export function sameSecret(given: string, known: string): boolean {
  return timingSafeEqual(Buffer.from(hashToken(given)), Buffer.from(hashToken(known)))
}

/** What a page must send with every change, so that no other site's page can make one: known only to who holds the session. */
export function csrfToken(sessionToken: string): string {
  return hashToken(`safelevel csrf\n${sessionToken}`)
}
