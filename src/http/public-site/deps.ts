import type { Redress } from '../../accounts/redress/index.ts'
import type { Clock } from '../../base/clock.ts'
import type { Config } from '../../base/config.ts'
import type { LogSource } from '../../ledger/index.ts'
import type { Cards } from '../../models/cards/index.ts'
import type { Policy, PolicyVersion } from '../../policy/index.ts'
import type { Transparency } from '../../transparency/index.ts'
import type { PublicAdvisory } from './advisory-page.ts'
import type { PublicPolicyVersion } from './policy-history.ts'
import type { ReportDeps } from './report-deps.ts'

/** A model as the public may know it. */
export interface PublicModel {
  readonly name: string
  readonly surface: string
  /** What is refused is really withheld; false = screened and recorded, nothing withheld. */
  readonly enforced: boolean
  /** The built-in fixture, which is not a real model. */
  readonly sandbox: boolean
}

/** What the public site shows of the ledger: never more than commitments. */
export interface PublicLedger {
  /** Its public files, as C2SP tlog-tiles names them. */
  readonly tiles: LogSource
  /** Entries under the newest checkpoint. */
  size(): number
  /** The newest checkpoint, a C2SP signed note; null before the first. */
  checkpoint(): string | null
  /** The log's verifier key in signed-note form: `origin+hash+key`. */
  verifierKey(): string
  /** Whose cosignatures the log asks for, in the form of C2SP tlog-policy, for readers; null when nobody's. */
  trustPolicy(): string | null
  /** Who outside vouches that everybody is shown this log; null when nobody is asked to. */
  witnesses(): { readonly witnessed: boolean; readonly by: readonly string[]; readonly of: number } | null
}

/** What the public learns: nothing of what is merely degraded. */
export interface PublicReadiness {
  readonly ready: boolean
  /** Public words without content, such as `the ledger cannot record`; empty when ready. */
  readonly reasons: readonly string[]
  /** Surfaces on which what the policy refuses is passed on all the same; empty as it should be. */
  readonly observed: readonly string[]
}

/** What the pages of reasons and appeals need. */
export interface RedressDeps {
  /** Name of who runs this installation. */
  readonly organisation: string
  readonly appealDueDays: number
  readonly appealTextDays: number
  /** From one address. */
  readonly appealsPerHour: number
  readonly redress: Pick<Redress, 'statements' | 'appeals'>
}

/** The numbers of each quarter, what is deployed, who is thanked, what has changed. */
export type PublicRecord = Pick<
  Transparency,
  'running' | 'editions' | 'edition' | 'deployments' | 'acknowledgements' | 'changes'
>

/** Model cards as everybody may read them. */
export type PublicCards = Pick<
  Cards,
  'list' | 'published' | 'publishedAll' | 'get' | 'versions' | 'standing' | 'standingOf' | 'diff' | 'export'
>

export interface PublicSiteDeps {
  readonly config: Pick<Config, 'organisation' | 'publicUrl' | 'host'>
  /** Where this site is reached: `publicUrl`, or the address that is really bound. */
  baseUrl(): string
  models(): readonly PublicModel[]
  /** The policy in force now. */
  policy(): Policy
  /** Its versions, newest first. */
  policyVersions(): readonly PolicyVersion[]
  /** One of them by name or digest. @throws {AppError} NOT_FOUND */
  policyVersion(reference: string): Promise<PublicPolicyVersion>
  readonly ledger: PublicLedger
  readonly clock: Clock
  /** Absent: decisions can't be looked up or contested here. */
  readonly contest?: RedressDeps | undefined
  /** Absent: no numbers are published here, and nothing is said of what is deployed. */
  readonly transparency?: PublicRecord | undefined
  /** What was disclosed, newest first. Absent: nothing is, here. */
  readonly advisories?: (() => Promise<readonly PublicAdvisory[]>) | undefined
  /** Absent: there are no model cards here. */
  readonly cards?: PublicCards | undefined
  /** Absent: reports are not taken here. */
  readonly intake?: ReportDeps | undefined
  readiness(): PublicReadiness
}
