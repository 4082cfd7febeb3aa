import { X509Certificate } from 'node:crypto'
import { createServer } from 'node:net'
import type { Clock } from '../../base/clock.ts'
import type { Config } from '../../base/config.ts'
import { codeOf } from '../../base/error-code.ts'
import { AppError } from '../../base/errors.ts'
import { readCertificates, readKeyPair } from '../../base/tls-files.ts'
import { type Finding, look, type Seen } from '../finding.ts'

const DAY_MS = 86_400_000
const SOON_DAYS = 14

/** Certificates of our own, and of whom we trust besides the usual ones. */
export async function checkCertificates(
  { tls, egress }: Pick<Config, 'tls' | 'egress'>,
  clock: Clock,
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const plane of ['public', 'control'] as const) {
    const pair = tls[plane]
    if (pair !== undefined) findings.push(await look(`tls.${plane}`, () => certificate(pair, clock)))
  }
  for (const path of egress.caFiles) findings.push(await look('egress.caFiles', () => authorities(path, clock)))
  return findings
}

/** Whether both ports can be bound, where no server of ours has them. */
export async function checkPorts(config: Pick<Config, 'host' | 'publicPort' | 'controlPort'>): Promise<Finding[]> {
  const { host } = config
  return [
    await look('publicPort', () => port(host, config.publicPort, 'publicPort')),
    await look('controlPort', () => port(host, config.controlPort, 'controlPort')),
  ]
}

function certificate(
  { certFile, keyFile }: { readonly certFile: string; readonly keyFile: string },
  clock: Clock,
): Seen {
  const { leaf } = readKeyPair(certFile, keyFile)
  const left = leaf.validToDate.getTime() - clock.now()
  if (left <= 0) throw new AppError('CONFIG_INVALID', `${certFile} ended on ${leaf.validTo}`)
  const detail = `${leaf.subjectAltName ?? 'no name'}; valid until ${leaf.validToDate.toISOString().slice(0, 10)}`
  if (left > SOON_DAYS * DAY_MS) return { detail }
  return { level: 'warning', detail, mend: `put a new certificate into ${certFile}: it is taken up without a restart` }
}

function authorities(path: string, clock: Clock): Seen {
  const certificates = readCertificates(path).map((pem) => new X509Certificate(pem))
  const ended = certificates.filter(({ validToDate }) => validToDate.getTime() <= clock.now())
  if (ended.length > 0) throw new AppError('CONFIG_INVALID', `${path} holds ${ended.length} that have ended`)
  return { detail: `${path}: ${certificates.length} certificate${certificates.length === 1 ? '' : 's'}` }
}

async function port(host: string, number: number, key: string): Promise<Seen> {
  if (number === 0) return { detail: 'any that is free' }
  const code = await bindFailure(host, number)
  if (code === null) return { detail: `${host}:${number} is free` }
  const taken = code === 'EADDRINUSE'
  return {
    level: 'failed',
    detail: taken ? `another program has ${host}:${number}` : `${host}:${number} can't be bound (${code})`,
    mend:
      code === 'EADDRNOTAVAIL'
        ? 'set host to an address of this machine'
        : `stop that program, or set ${key} to another port`,
  }
}

function bindFailure(host: string, number: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(codeOf(error) ?? error.message))
    server.listen({ host, port: number, exclusive: true }, () => server.close(() => resolve(null)))
  })
}
