import { AppError } from '../../base/errors.ts'
import type { RefusalConfig } from '../../base/refusal-config.ts'

/** The name of the built-in fixture, which may always be attacked. */
export const SANDBOX_TARGET = 'sandbox'

/** What may be attacked: a model of the configuration, a server of one's own, or the fixture. */
export type AllowedTarget =
  | { readonly kind: 'sandbox' }
  | { readonly kind: 'model'; readonly name: string }
  /** `base` as the configuration has it: nothing of what was typed is sent anywhere. */
  | { readonly kind: 'url'; readonly base: string }

/**
 * What the configuration lists as one's own, and nothing else: a listed name, or an address that is the listed one. Addresses are compared as
 * parsed; whatever a listed name resolves to is its owner's to keep, and no redirect is followed from there.
 *
 * @throws {AppError} FORBIDDEN before anything is asked or looked up
 */
export function allowedTarget(target: string, { targets }: Pick<RefusalConfig, 'targets'>): AllowedTarget {
  if (target === SANDBOX_TARGET) return { kind: 'sandbox' }
  for (const listed of targets) {
    if ('model' in listed && listed.model === target) return { kind: 'model', name: target }
    if ('url' in listed && isSameServer(listed.url, target)) return { kind: 'url', base: listed.url }
  }
  throw new AppError(
    'FORBIDDEN',
    `${quoted(target)} is none of refusal.targets: only what the configuration lists as one's own is attacked (or sandbox)`,
  )
}

const quoted = (target: string) => JSON.stringify(target.slice(0, 200))

/** Whether both are one server and one path: scheme, host and port as written, no user, no query. */
function isSameServer(listed: string, given: string): boolean {
  const [a, b] = [canonical(listed), canonical(given)]
  return a !== null && a === b
}

function canonical(address: string): string | null {
  // A URL parser drops tabs, newlines and backslashes; who writes those means to be misread.
  if (!/^https?:\/\/[\x21-\x5b\x5d-\x7e]+$/i.test(address)) return null
  const url = URL.parse(address)
  if (url === null || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return null
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}
