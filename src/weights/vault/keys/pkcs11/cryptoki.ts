import { createRequire } from 'node:module'
import { Refused } from './refused.ts'

type Handle = Buffer
interface Attribute {
  readonly type: number
  readonly value?: number | boolean | string | Buffer
}
interface Mechanism {
  readonly mechanism: number
  readonly parameter?: object
}

/** What is used here of a binding to PKCS#11 2.40. Each call blocks, and throws an error that has the name of its CKR code as message. */
export interface Cryptoki {
  load(path: string): void
  C_Initialize(): void
  C_GetSlotList(tokenPresent: boolean): Handle[]
  C_GetTokenInfo(slot: Handle): { readonly label: string; readonly serialNumber: string }
  C_OpenSession(slot: Handle, flags: number): Handle
  C_Login(session: Handle, userType: number, pin: string): void
  C_FindObjectsInit(session: Handle, template: Attribute[]): void
  C_FindObjects(session: Handle, maxObjectCount: number): Handle[]
  C_FindObjectsFinal(session: Handle): void
  C_GetAttributeValue(session: Handle, object: Handle, template: Attribute[]): { readonly value: Buffer }[]
  C_GenerateKey(session: Handle, mechanism: Mechanism, template: Attribute[]): Handle
  C_EncryptInit(session: Handle, mechanism: Mechanism, key: Handle): void
  C_Encrypt(session: Handle, input: Buffer, output: Buffer): Buffer
  C_DecryptInit(session: Handle, mechanism: Mechanism, key: Handle): void
  C_Decrypt(session: Handle, input: Buffer, output: Buffer): Buffer
}

/** @see PKCS#11 2.40, `pkcs11t.h`, without its prefixes; GCM_PARAMS is the binding's own number for `CK_GCM_PARAMS`. */
export const CK = {
  SERIAL_SESSION: 0x04,
  RW_SESSION: 0x02,
  USER: 1,
  CLASS: 0x00,
  TOKEN: 0x01,
  PRIVATE: 0x02,
  LABEL: 0x03,
  KEY_TYPE: 0x100,
  ID: 0x102,
  SENSITIVE: 0x103,
  ENCRYPT: 0x104,
  DECRYPT: 0x105,
  VALUE_LEN: 0x161,
  EXTRACTABLE: 0x162,
  SECRET_KEY: 0x04,
  AES: 0x1f,
  AES_KEY_GEN: 0x1080,
  AES_GCM: 0x1087,
  GCM_PARAMS: 25,
} as const

interface Binding {
  readonly PKCS11: new () => Cryptoki
}

/**
 * Loads the maker's library into this process.
 *
 * @param binding The npm package: optional, since it is compiled where it is installed.
 * @throws {Refused} binding, module, device
 */
export function openCryptoki(binding: string, module: string): Cryptoki {
  const cryptoki = new (loadBinding(binding).PKCS11)()
  try {
    cryptoki.load(module)
  } catch (error) {
    throw new Refused('module', codeOf(error))
  }
  try {
    cryptoki.C_Initialize()
  } catch (error) {
    throw new Refused('device', codeOf(error))
  }
  return cryptoki
}

/** `CKR_PIN_INCORRECT`; what has no such name is no word to pass on. */
export function codeOf(error: unknown): string {
  return (error instanceof Error && /^CKR_[A-Z0-9_]{1,60}$/.exec(error.message)?.[0]) || 'no CKR code'
}

function loadBinding(name: string): Binding {
  try {
    const loaded: unknown = createRequire(import.meta.url)(name)
    if (isBinding(loaded)) return loaded
  } catch {} // absent, or not compiled
  throw new Refused('binding', 'absent')
}

function isBinding(loaded: unknown): loaded is Binding {
  return typeof loaded === 'object' && loaded !== null && 'PKCS11' in loaded && typeof loaded.PKCS11 === 'function'
}
