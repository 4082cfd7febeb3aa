import { Encrypter } from 'age-encryption'
import { beforeAll, describe, expect, it } from 'vitest'
import vector from '../../../test/vectors/age-x25519.json' with { type: 'json' }
import { AgeIdentity } from './age.ts'
import { ageArmorIn, encryptionOf, encryptionOfAll } from './armor.ts'
import { bech32 } from './bech32.ts'

describe('the installation’s age identity', () => {
  let identity: AgeIdentity
  beforeAll(async () => {
    identity = AgeIdentity.of(Buffer.from(vector.seedHex, 'hex'))
  })
  const encrypted = async (text: string | Uint8Array, ...recipients: string[]) => {
    const encrypter = new Encrypter()
    for (const recipient of recipients) encrypter.addRecipient(recipient)
    return await encrypter.encrypt(text)
  }

  it('opens what another implementation has encrypted', async () => {
    expect(identity.recipient).toBe(vector.recipient)
    expect(await identity.openText(vector.armored)).toBe(vector.plain)
    expect((await identity.open(Buffer.from(vector.binaryBase64, 'base64')))?.toString()).toBe(vector.plain)
  })

  it('opens it with whatever stands around it, and with other line ends', async () => {
    expect(await identity.openText(`\n\n${vector.armored}\n\nSent from my phone`)).toBe(vector.plain)
    expect(await identity.openText(vector.armored.replaceAll('\n', '\r\n'))).toBe(vector.plain)
  })

  it('opens nothing that is for somebody else, changed, cut short or no text', async () => {
    const other = AgeIdentity.of(Buffer.alloc(32, 1))
    expect(await other.openText(vector.armored)).toBeNull()
    const file = Buffer.from(vector.binaryBase64, 'base64')
    for (let at = 0; at < file.length; at += 7) {
      const changed = Buffer.from(file)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(await identity.open(changed)).toBeNull()
      expect(await identity.open(file.subarray(0, at))).toBeNull()
    }
    for (const text of [
      '',
      'plain',
      vector.armored.slice(0, 100),
      vector.armored.replaceAll('A', '!'),
      '-----BEGIN AGE ENCRYPTED FILE-----\n-----END AGE ENCRYPTED FILE-----',
    ])
      expect(await identity.openText(text)).toBeNull()
    const bytes = await encrypted(Buffer.from([0xff, 0xfe]), identity.recipient)
    expect(await identity.open(bytes)).toEqual(Buffer.from([0xff, 0xfe]))
  })

  it('opens what is for several, and asks no more of them than would stall it', async () => {
    const others = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => AgeIdentity.of(Buffer.alloc(32, n + 1)).recipient),
    )
    const few = await encrypted('few', ...others.slice(0, 10), identity.recipient)
    expect(String(await identity.open(few))).toBe('few')
    const many = await encrypted('many', ...others, identity.recipient)
    expect(await identity.open(many)).toBeNull()
  })

  it('opens nothing that a passphrase encrypts, and spends no time on it', async () => {
    const encrypter = new Encrypter()
    encrypter.setScryptWorkFactor(2)
    encrypter.setPassphrase('x')
    expect(await identity.open(await encrypter.encrypt('x'))).toBeNull()
  })
})

describe('armor', () => {
  it('tells how a text is encrypted', () => {
    expect(encryptionOf(` \n${vector.armored}`)).toBe('age')
    expect(encryptionOf('-----BEGIN PGP MESSAGE-----\n')).toBe('pgp')
    expect(encryptionOf('I saw -----BEGIN PGP MESSAGE-----')).toBe('none')
    expect(encryptionOfAll(['plain', vector.armored])).toBe('age')
    expect(encryptionOfAll([])).toBe('none')
    expect(ageArmorIn('-----END AGE ENCRYPTED FILE----- -----BEGIN AGE ENCRYPTED FILE-----')).toBeNull()
  })
})

describe('bech32', () => {
  it('writes the valid strings of BIP 173', () => {
    expect(bech32('a', new Uint8Array())).toBe('a12uel5l')
    const bytes = Buffer.from('00443214c74254b635cf84653a56d7c675be77df', 'hex')
    expect(bech32('abcdef', bytes)).toBe('abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw')
  })
})
