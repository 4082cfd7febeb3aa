import { CK, type Cryptoki, codeOf } from './cryptoki.ts'
import type { TokenKey } from './protocol.ts'
import { Refused } from './refused.ts'

const TAG_BYTES = 16
const MAX_KEYS = 1_000
const KEY_BYTES = 32

/** After these the session is none any more, or the token is another one. */
const LOST =
  /SESSION|TOKEN_NOT_PRESENT|DEVICE_REMOVED|DEVICE_ERROR|NOT_LOGGED_IN|HANDLE_INVALID|NOT_INITIALIZED|SLOT_ID/
const PIN_REFUSED = /^CKR_PIN_(?:INCORRECT|INVALID|LEN_RANGE|EXPIRED)$/
/** Said of bytes, by the tokens that say it: others say CKR_GENERAL_ERROR. */
const ALTERED = /^CKR_(?:AEAD_DECRYPT_FAILED|ENCRYPTED_DATA_INVALID|ENCRYPTED_DATA_LEN_RANGE|SIGNATURE_INVALID)$/

interface Gcm {
  readonly iv: Uint8Array
  readonly aad: Uint8Array
}
type Key = { readonly handle: Buffer; readonly version: number }

/** A session with one token, logged in, and the versions of one key in it. Blocks: it lives in a process of its own. */
export class Token {
  readonly #cryptoki: Cryptoki
  readonly #key: TokenKey
  readonly #session: Buffer

  /** @throws {Refused} no-token, pin, pin-locked, device */
  constructor(cryptoki: Cryptoki, key: TokenKey, pin: string) {
    this.#cryptoki = cryptoki
    this.#key = key
    const slot = findSlot(cryptoki, key)
    this.#session = attempt(() => cryptoki.C_OpenSession(slot, CK.SERIAL_SESSION | CK.RW_SESSION))
    logIn(cryptoki, this.#session, pin)
  }

  /** The version of the key by which to wrap. @throws {Refused} no-key, key-unfit, lost, device */
  newest(): number {
    return this.#keys().reduce((newest, { version }) => Math.max(newest, version), 0)
  }

  /** @returns ciphertext and tag @throws {Refused} as `newest` */
  encrypt(version: number, gcm: Gcm, plain: Uint8Array): Buffer {
    return this.#encrypt(this.#find(version), gcm, plain)
  }

  /** @throws {Refused} not-authentic; else as `newest` */
  decrypt(version: number, gcm: Gcm, sealed: Uint8Array): Buffer {
    const key = this.#find(version)
    attempt(() => this.#cryptoki.C_DecryptInit(this.#session, mechanism(gcm), key.handle))
    try {
      return this.#cryptoki.C_Decrypt(this.#session, Buffer.from(sealed), Buffer.alloc(sealed.length + TAG_BYTES))
    } catch (error) {
      const code = codeOf(error)
      if (LOST.test(code)) throw new Refused('lost', code)
      if (!ALTERED.test(code)) this.#proveWorking(key, gcm)
      throw new Refused('not-authentic', code)
    }
  }

  /** A next version of the key, which never leaves the token. @throws {Refused} as `newest` */
  generate(): void {
    const id = Buffer.alloc(4)
    id.writeUInt32BE(this.newest() + 1)
    const template = [
      { type: CK.CLASS, value: CK.SECRET_KEY },
      { type: CK.TOKEN, value: true },
      { type: CK.PRIVATE, value: true },
      { type: CK.SENSITIVE, value: true },
      { type: CK.EXTRACTABLE, value: false },
      { type: CK.ENCRYPT, value: true },
      { type: CK.DECRYPT, value: true },
      { type: CK.LABEL, value: this.#key.keyLabel },
      { type: CK.ID, value: id },
      { type: CK.VALUE_LEN, value: KEY_BYTES },
    ]
    attempt(() => this.#cryptoki.C_GenerateKey(this.#session, { mechanism: CK.AES_KEY_GEN }, template))
  }

  #encrypt({ handle }: Key, gcm: Gcm, plain: Uint8Array): Buffer {
    attempt(() => this.#cryptoki.C_EncryptInit(this.#session, mechanism(gcm), handle))
    const room = Buffer.alloc(plain.length + TAG_BYTES)
    return attempt(() => this.#cryptoki.C_Encrypt(this.#session, Buffer.from(plain), room))
  }

  /** A general error may mean altered bytes or a broken device: one that opens what it has just sealed is not broken. */
  #proveWorking(key: Key, gcm: Gcm): void {
    const probe = Buffer.alloc(KEY_BYTES)
    const sealed = this.#encrypt(key, gcm, probe)
    attempt(() => this.#cryptoki.C_DecryptInit(this.#session, mechanism(gcm), key.handle))
    const back = attempt(() => this.#cryptoki.C_Decrypt(this.#session, sealed, Buffer.alloc(sealed.length)))
    if (!back.equals(probe)) throw new Refused('device', 'gives back other bytes')
  }

  #find(version: number): Key {
    const found = this.#keys().filter((key) => key.version === version)
    const [key] = found
    if (key === undefined) throw new Refused('no-key', `no version ${version}`)
    if (found.length > 1) throw new Refused('key-unfit', `version ${version} is there twice`)
    return key
  }

  /** Looked for each time: another replica may have made a version. */
  #keys(): Key[] {
    const template = [
      { type: CK.CLASS, value: CK.SECRET_KEY },
      { type: CK.LABEL, value: this.#key.keyLabel },
    ]
    const handles = attempt(() => {
      this.#cryptoki.C_FindObjectsInit(this.#session, template)
      const found = this.#cryptoki.C_FindObjects(this.#session, MAX_KEYS)
      this.#cryptoki.C_FindObjectsFinal(this.#session)
      return found
    })
    if (handles.length === 0) throw new Refused('no-key', 'none of that label')
    return handles.map((handle) => ({ handle, version: this.#versionOf(handle) }))
  }

  /** What may leave the token is no root key: whoever has the PIN could take it along. */
  #versionOf(handle: Buffer): number {
    const types = [CK.ID, CK.KEY_TYPE, CK.VALUE_LEN, CK.SENSITIVE, CK.EXTRACTABLE]
    const values = attempt(() =>
      this.#cryptoki.C_GetAttributeValue(
        this.#session,
        handle,
        types.map((type) => ({ type })),
      ),
    )
    const [id, keyType, length, sensitive, extractable] = values.map(({ value }) => value)
    if (keyType?.[0] !== CK.AES || length?.[0] !== KEY_BYTES) throw new Refused('key-unfit', 'no AES key of 256 bits')
    if (sensitive?.[0] !== 1 || extractable?.[0] !== 0) throw new Refused('key-unfit', 'may leave the token')
    if (id === undefined || id.length > 4) throw new Refused('key-unfit', 'has an id of more than 4 bytes')
    return id.length === 0 ? 0 : id.readUIntBE(0, id.length)
  }
}

function findSlot(cryptoki: Cryptoki, { tokenLabel, tokenSerial }: TokenKey): Buffer {
  const slots = attempt(() => cryptoki.C_GetSlotList(true)).filter((slot) => {
    const info = tokenInfo(cryptoki, slot)
    return info?.label.trim() === tokenLabel && (tokenSerial === undefined || info.serialNumber.trim() === tokenSerial)
  })
  const [slot] = slots
  if (slot === undefined) throw new Refused('no-token', 'none of that label')
  if (slots.length > 1) throw new Refused('no-token', 'more than one of that label')
  return slot
}

/** null for a slot that says nothing of its token: not ours to report. */
function tokenInfo(cryptoki: Cryptoki, slot: Buffer) {
  try {
    return cryptoki.C_GetTokenInfo(slot)
  } catch {
    return null
  }
}

function logIn(cryptoki: Cryptoki, session: Buffer, pin: string): void {
  try {
    cryptoki.C_Login(session, CK.USER, pin)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'CKR_PIN_LOCKED') throw new Refused('pin-locked', code)
    if (PIN_REFUSED.test(code)) throw new Refused('pin', code)
    throw failureOf(code)
  }
}

function attempt<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw failureOf(codeOf(error))
  }
}

function failureOf(code: string): Refused {
  return new Refused(LOST.test(code) ? 'lost' : 'device', code)
}

function mechanism({ iv, aad }: Gcm) {
  const parameter = {
    type: CK.GCM_PARAMS,
    iv: Buffer.from(iv),
    ivBits: iv.length * 8,
    aad: Buffer.from(aad),
    tagBits: TAG_BYTES * 8,
  }
  return { mechanism: CK.AES_GCM, parameter }
}
