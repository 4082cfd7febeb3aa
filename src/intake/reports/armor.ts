import { ENCRYPTIONS } from '../schema.ts'

type Encryption = (typeof ENCRYPTIONS)[number]

const AGE_ARMOR = '-----BEGIN AGE ENCRYPTED FILE-----'
const AGE_ARMOR_END = '-----END AGE ENCRYPTED FILE-----'
const PGP_ARMOR = '-----BEGIN PGP MESSAGE-----'

/** How what somebody wrote is encrypted: by the armor that it begins with. */
export function encryptionOf(text: string): Encryption {
  const start = text.trimStart()
  if (start.startsWith(AGE_ARMOR)) return 'age'
  return start.startsWith(PGP_ARMOR) ? 'pgp' : 'none'
}

/** How a report is encrypted as a whole: by the first of its parts that is. */
export function encryptionOfAll(parts: readonly string[]): Encryption {
  return parts.map(encryptionOf).find((encryption) => encryption !== 'none') ?? ENCRYPTIONS[0]
}

/** The armored file within, without what stands around it; null when it is none. */
export function ageArmorIn(text: string): string | null {
  const start = text.indexOf(AGE_ARMOR)
  const end = text.indexOf(AGE_ARMOR_END, start)
  return start < 0 || end < 0 ? null : `${text.slice(start, end + AGE_ARMOR_END.length)}\n`
}
