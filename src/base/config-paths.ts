import { resolve } from 'node:path'
import type { z } from 'zod'
import type { EgressConfig, TlsConfig } from './edge-config.ts'
import type { LedgerConfig } from './ledger-config.ts'
import type { UpstreamConfig } from './upstream-config.ts'

interface WithPaths {
  policy?: string | undefined
  keysDir?: string | undefined
  readonly staff?: Record<string, unknown> | undefined
  readonly intake: { pgpKey?: string | undefined }
  readonly ledger: LedgerConfig
  readonly runbooks: { folder?: string | undefined }
  readonly tls: z.infer<typeof TlsConfig>
  readonly egress: z.infer<typeof EgressConfig>
  readonly upstreams: readonly UpstreamConfig[]
}

/** Files that the configuration names stand relative to it; from here on they are absolute. Changes `config`. */
export function resolvePaths(config: WithPaths, base: string): void {
  const at = (path: string) => resolve(base, path)
  if (config.policy !== undefined) config.policy = at(config.policy)
  if (config.keysDir !== undefined) config.keysDir = at(config.keysDir)
  // Otherwise checked where people are: what is no text there is refused there.
  if (typeof config.staff?.courses === 'string') config.staff.courses = at(config.staff.courses)
  if (config.intake.pgpKey !== undefined) config.intake.pgpKey = at(config.intake.pgpKey)
  const { tiles } = config.ledger
  // Lines have line ends; a path has none.
  if (config.ledger.policy?.includes('\n') === false) config.ledger.policy = at(config.ledger.policy)
  if (config.runbooks.folder !== undefined) config.runbooks.folder = at(config.runbooks.folder)
  if (tiles.folder !== undefined) tiles.folder = at(tiles.folder)
  for (const pair of [config.tls.public, config.tls.control]) {
    if (pair === undefined) continue
    pair.certFile = at(pair.certFile)
    pair.keyFile = at(pair.keyFile)
  }
  config.egress.caFiles = config.egress.caFiles.map(at)
  for (const upstream of config.upstreams) {
    for (const key of ['caFile', 'certFile', 'keyFile', 'libraryDir', 'path'] as const) {
      const path = upstream[key]
      if (path !== undefined) upstream[key] = at(path)
    }
    const { auth } = upstream
    if (auth?.type === 'entra' && auth.federatedTokenFile !== undefined)
      auth.federatedTokenFile = at(auth.federatedTokenFile)
    if (auth?.type === 'google' && auth.credentialsFile !== undefined) auth.credentialsFile = at(auth.credentialsFile)
  }
}
