import type { PublicSiteDeps } from './deps.ts'

const DAY_MS = 86_400_000
const VALID_DAYS = 180

/**
 * The file that tells strangers where to report (RFC 9116), or null when nobody is named: a file without Contact is invalid.
 *
 * Expires is counted from today, so a running installation never shows a stale file (§2.5.5 recommends less than a year). Web
 * addresses in Canonical and Policy must be https (§2.5.2, §2.5.7) and are left out otherwise.
 */
export function securityTxt({ config, clock, policy }: PublicSiteDeps): string | null {
  const contact = config.organisation.securityContact
  if (contact === undefined) return null
  const today = Math.floor(clock.now() / DAY_MS) * DAY_MS
  const lines = [
    `Contact: ${contact}`,
    `Expires: ${new Date(today + VALID_DAYS * DAY_MS).toISOString()}`,
    `Preferred-Languages: ${policy().view().language}`,
  ]
  if (config.publicUrl?.startsWith('https://')) {
    const base = config.publicUrl.replace(/\/+$/, '')
    lines.push(`Canonical: ${base}/.well-known/security.txt`, `Policy: ${base}/policy`)
  }
  return `${lines.join('\n')}\n`
}
