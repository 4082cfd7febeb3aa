import { createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto'
import { closeSync, constants, fstatSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { calculateJwkThumbprint } from 'jose'
import { AppError } from './errors.ts'

/** What this host proves itself by: whoever has it can ask for, and read, what grants name the device for. */
export interface DeviceKey {
  readonly path: string
  readonly privateKey: KeyObject
  readonly publicJwk: JsonWebKey
  /** RFC 7638. */
  readonly thumbprint: string
}

/** `SAFELEVEL_DEVICE_KEY`, or `safelevel/device.key` in the user's folder for configuration. @see XDG Base Directory Specification */
export function deviceKeyPath(env: NodeJS.ProcessEnv): string {
  if (env.SAFELEVEL_DEVICE_KEY) return resolve(env.SAFELEVEL_DEVICE_KEY)
  const config = env.XDG_CONFIG_HOME?.startsWith('/') ? env.XDG_CONFIG_HOME : join(homedir(), '.config')
  return join(config, 'safelevel', 'device.key')
}

/**
 * Makes this host's key, an Ed25519 key as PKCS#8 in PEM that only its owner may read.
 *
 * @throws {AppError} CONFLICT when there is one: a device is its key, and another key is another device
 */
export async function createDeviceKey(path: string): Promise<DeviceKey> {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  try {
    writeFileSync(path, pem, { flag: 'wx', mode: 0o600, flush: true })
  } catch (cause) {
    throw new AppError('CONFLICT', `there is something at ${path} already: a new key is a new device`, { cause })
  }
  return await loadDeviceKey(path)
}

/** @throws {AppError} NOT_FOUND when there is none, CONFIG_INVALID when others may read it or it is no such key */
export async function loadDeviceKey(path: string): Promise<DeviceKey> {
  const privateKey = parse(readPrivate(path), path)
  const publicJwk = createPublicKey(privateKey).export({ format: 'jwk' })
  return { path, privateKey, publicJwk, thumbprint: await calculateJwkThumbprint(publicJwk) }
}

function readPrivate(path: string): string {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (cause) {
    throw new AppError('NOT_FOUND', `this host has no device key at ${path}: safelevel vault device init`, { cause })
  }
  try {
    const status = fstatSync(file)
    if (!status.isFile() || (status.mode & 0o077) !== 0)
      throw new AppError('CONFIG_INVALID', `others may read the device key: chmod 600 ${path}`)
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

function parse(pem: string, path: string): KeyObject {
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch {
    throw new AppError('CONFIG_INVALID', `${path} is no private key: PKCS#8 in PEM`)
  }
  if (key.asymmetricKeyType === 'ed25519') return key
  throw new AppError('CONFIG_INVALID', `${path} is no Ed25519 key`)
}
