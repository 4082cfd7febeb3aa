import { FAMILIES, type Family, MEASURES } from '../behaviour/index.ts'

/** How much one cause can add up to, and how soon it is half forgotten. */
export interface Cap {
  readonly family: Family
  readonly mostNats: number
  readonly halfLifeDays: number
}

const RULE: Cap = { family: 'rules', mostNats: 7, halfLifeDays: 1.5 }
/** Above everything else together: nobody needs a second reason. */
const CERTAIN: Cap = { family: 'guarding', mostNats: 40, halfLifeDays: 1.5 }

const CAPS = new Map<string, Cap>(
  MEASURES.map(({ id, family, most, worth, halfLifeDays }) => [
    `behaviour.${id}`,
    { family, mostNats: (most + 1) * worth, halfLifeDays },
  ]),
)

/** What one thing that happened says in many ways is still one thing: in nats, for all causes of a family together. */
const FAMILY_MOST: Readonly<Record<Family, number>> = {
  taking: 12,
  place: 6,
  access: 8,
  approving: 8,
  guarding: 10,
  leaking: 8,
  rules: 4,
}
/** Of a family, each further cause adds this much less than the one before it. */
const FADING = 0.5

/** @param cause a rule's id, or `behaviour.<measure>` */
export function capOf(cause: string, isCertain: boolean): Cap {
  return isCertain ? CERTAIN : (CAPS.get(cause) ?? RULE)
}

/** What causes come to together: the strongest of each family in full, the others fading, each family up to its cap. */
export function together(
  causes: readonly { readonly family: Family; readonly nats: number }[],
  certainNats: number,
): number {
  let sum = certainNats
  for (const family of FAMILIES) {
    const nats = causes.filter((one) => one.family === family).map((one) => one.nats)
    if (nats.length === 0) continue
    nats.sort((a, b) => b - a)
    sum += Math.min(
      FAMILY_MOST[family],
      nats.reduce((total, one, nth) => total + one * FADING ** nth, 0),
    )
  }
  return sum
}
