import type { PublicSiteDeps } from './deps.ts'

/** What it says depends on what is installed. */
interface SecurityTxtDeps extends Pick<PublicSiteDeps, 'config' | 'clock' | 'policy'> {
  readonly intake?: object | undefined
  readonly transparency?: object | undefined
}

const DAY_MS = 86_400_000
const VALID_DAYS = 180

/**
 * The file that tells strangers where to report (RFC 9116), or null when nobody is named: a file without Contact is invalid.
 *
 * The form comes first, since the order says what is preferred (§2.5.4). Expires is counted from today, so a running installation never
 * shows a stale file (§2.5.5 recommends less than a year). Web addresses must be https (§2.5.2 and following) and are left out otherwise.
 */
export function securityTxt({ config, clock, policy, intake, transparency }: SecurityTxtDeps): string | null {
  const base = config.publicUrl?.startsWith('https://') ? config.publicUrl.replace(/\/+$/, '') : null
  const at = (path: string, isThere = true) => (base !== null && isThere ? [base + path] : [])
  const contact = config.organisation.securityContact
  const contacts = [...at('/report', intake !== undefined), ...(contact === undefined ? [] : [contact])]
  if (contacts.length === 0) return null
  const today = Math.floor(clock.now() / DAY_MS) * DAY_MS
  const fields = (name: string, values: readonly string[]) => values.map((value) => `${name}: ${value}`)
  const lines = [
    ...fields('Contact', contacts),
    `Expires: ${new Date(today + VALID_DAYS * DAY_MS).toISOString()}`,
    ...fields('Encryption', at('/report/keys', intake !== undefined)),
    ...fields('Acknowledgments', at('/acknowledgements', transparency !== undefined)),
    `Preferred-Languages: ${policy().view().language}`,
    ...fields('Canonical', at('/.well-known/security.txt')),
    ...fields('Policy', at(intake === undefined ? '/policy' : '/report/policy')),
  ]
  return `${lines.join('\n')}\n`
}
