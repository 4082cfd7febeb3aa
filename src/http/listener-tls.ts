import { statSync } from 'node:fs'
import { basename } from 'node:path'
import type { SecureContextOptions } from 'node:tls'
import type { Clock } from '../base/clock.ts'
import type { KeyPair } from '../base/edge-config.ts'
import { AppError, toAppError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { nameOf, readKeyPair } from '../base/tls-files.ts'

/** What is told before a certificate ends. */
const WARN_BEFORE_MS = 14 * 86_400_000

interface Listening {
  setSecureContext(options: SecureContextOptions): void
}

/**
 * Certificate and key of one plane, read again when their files change. Open connections go on with what they began with; a pair that can't
 * be used leaves the one before in place.
 */
export class ListenerTls {
  readonly #pair: KeyPair
  readonly #minVersion: 'TLSv1.2' | 'TLSv1.3'
  readonly #clock: Clock
  readonly #log: Log
  readonly #servers: Listening[] = []
  #options: SecureContextOptions
  #stamp: string
  #endsAtMs: number
  #certificate: string
  #name: string
  #problem: string | null = null

  /** @throws {AppError} CONFIG_INVALID saying what is wrong with which file; also when the certificate has ended. */
  constructor(pair: KeyPair, minVersion: 'TLSv1.2' | 'TLSv1.3', deps: { readonly clock: Clock; readonly log: Log }) {
    this.#pair = pair
    this.#minVersion = minVersion
    this.#clock = deps.clock
    this.#log = deps.log
    this.#stamp = stampOf(pair)
    const { cert, key, leaf } = readKeyPair(pair.certFile, pair.keyFile)
    this.#endsAtMs = leaf.validToDate.getTime()
    this.#certificate = cert
    this.#name = nameOf(leaf)
    if (this.#endsAtMs <= deps.clock.now())
      throw new AppError('CONFIG_INVALID', `the certificate in ${pair.certFile} ended on ${leaf.validTo}`)
    this.#options = { cert, key, minVersion }
  }

  /** What a server is made with. */
  get options(): SecureContextOptions {
    return this.#options
  }

  /** The certificate that clients see now and its chain, PEM. */
  get certificate(): string {
    return this.#certificate
  }

  /** A name that the certificate is for. */
  get name(): string {
    return this.#name
  }

  /** This server gets every later pair. */
  serve(server: Listening): void {
    this.#servers.push(server)
  }

  /** Reads the files again where they have changed. Never rejects: to be called every few seconds. */
  async reload(): Promise<void> {
    try {
      const stamp = stampOf(this.#pair)
      if (stamp === this.#stamp) return
      this.#stamp = stamp
      const { cert, key, leaf } = readKeyPair(this.#pair.certFile, this.#pair.keyFile)
      if (leaf.validToDate.getTime() <= this.#clock.now())
        throw new AppError('CONFIG_INVALID', `the certificate in ${this.#pair.certFile} ended on ${leaf.validTo}`)
      const options = { cert, key, minVersion: this.#minVersion }
      for (const server of this.#servers) server.setSecureContext(options)
      this.#options = options
      this.#certificate = cert
      this.#name = nameOf(leaf)
      this.#endsAtMs = leaf.validToDate.getTime()
      this.#problem = null
      this.#log.info({ file: this.#pair.certFile, validTo: leaf.validTo }, 'a new certificate is in use')
    } catch (error) {
      this.#problem = toAppError(error).message
      this.#log.error({ err: error, file: this.#pair.certFile }, 'the new certificate can’t be used: the old one stays')
    }
  }

  /** Public words for what is wrong; null while all is well. */
  problem(): string | null {
    const { certFile, keyFile } = this.#pair
    const name = basename(certFile)
    if (this.#problem !== null) {
      // Where files lie is nobody's business outside.
      const words = this.#problem.replaceAll(certFile, name).replaceAll(keyFile, basename(keyFile))
      return `a new certificate can’t be used: ${words}`
    }
    const leftMs = this.#endsAtMs - this.#clock.now()
    if (leftMs <= 0) return `the certificate in ${name} has ended`
    return leftMs > WARN_BEFORE_MS ? null : `the certificate in ${name} ends in ${Math.ceil(leftMs / 86_400_000)} days`
  }
}

/** Changes when one of the files does, also by the renaming of links that Kubernetes does. */
function stampOf({ certFile, keyFile }: KeyPair): string {
  return [certFile, keyFile]
    .map((path) => {
      const found = statSync(path, { throwIfNoEntry: false })
      return found === undefined ? 'absent' : `${found.ino} ${found.mtimeMs} ${found.size}`
    })
    .join(' ')
}
