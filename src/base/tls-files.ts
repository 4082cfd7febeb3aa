import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { codeOf } from './error-code.ts'
import { AppError } from './errors.ts'

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** @throws {AppError} CONFIG_INVALID */
export function readCertificates(path: string): string[] {
  const found = readPem(path).match(PEM) ?? []
  if (found.length === 0)
    throw new AppError('CONFIG_INVALID', `${path} holds no certificate: it must be PEM, -----BEGIN CERTIFICATE-----`)
  for (const pem of found) parseCertificate(pem, path)
  return found
}

/** A certificate with its chain, and the key that belongs to it. @throws {AppError} CONFIG_INVALID saying what is wrong with which file */
export function readKeyPair(certFile: string, keyFile: string): { cert: string; key: string; leaf: X509Certificate } {
  const chain = readCertificates(certFile)
  const leaf = parseCertificate(chain[0] ?? '', certFile)
  const key = readPem(keyFile)
  if (!leaf.checkPrivateKey(parseKey(key, keyFile)))
    throw new AppError('CONFIG_INVALID', `${keyFile} is not the key of the certificate in ${certFile}`)
  return { cert: `${chain.join('\n')}\n`, key, leaf }
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const code = codeOf(cause)
    const why = code === 'ENOENT' ? 'does not exist' : code === 'EACCES' ? 'may not be read by this user' : 'is no file'
    throw new AppError('CONFIG_INVALID', `${path} ${why}`, { cause })
  }
}

function parseCertificate(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `${path} holds a certificate that can’t be read`, { cause })
  }
}

function parseKey(pem: string, path: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch (cause) {
    const why = /ENCRYPTED/.test(pem)
      ? 'is locked with a passphrase: store it without one'
      : 'holds no private key in PEM'
    throw new AppError('CONFIG_INVALID', `${path} ${why}`, { cause })
  }
}

/** What a server of ours shows to who connects: its certificate with the chain, and a name that it is for. @throws {AppError} CONFIG_INVALID */
export function readOwnCertificate(certFile: string): { pem: string; name: string } {
  const chain = readCertificates(certFile)
  return { pem: chain.join('\n'), name: nameOf(parseCertificate(chain[0] ?? '', certFile)) }
}

/** The first DNS name that a certificate is for; `localhost` when there is none. */
export function nameOf({ subjectAltName }: X509Certificate): string {
  return /(?:^|, )DNS:([A-Za-z0-9.-]+)(?:,|$)/.exec(subjectAltName ?? '')?.[1] ?? 'localhost'
}
