import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../base/errors.ts'
import { localSigner, sealStatement } from './dsse.ts'
import { compareFiles, type FileDigest, signModel, verifyModel } from './model-signature.ts'

const vectors: { publicKey: string; files: FileDigest[]; bundles: Record<string, string>; certificateBundle: string } =
  JSON.parse(readFileSync(new URL('../../../../test/vectors/weights/model-signing.json', import.meta.url), 'utf8'))
const published = createPublicKey(vectors.publicKey)
const bundleOf = (version: string) => Buffer.from(vectors.bundles[version] ?? '')
const digest = (text: string) => createHash('sha256').update(text).digest('hex')
const keys = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })
const { privateKey, publicKey } = keys('P-256')
const signer = localSigner(privateKey, publicKey)
const files = ['b', 'a/b', 'a.b'].map((path) => ({ path, sha256: digest(path) }))
const refused = (bundle: Uint8Array, key = publicKey) => {
  try {
    verifyModel(bundle, key)
  } catch (error) {
    if (error instanceof AppError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'verified'
}

describe('signatures that the reference made', () => {
  it.each(['1.0.1-elliptic-key', '1.1.0-elliptic-key'])('verify: %s', (version) => {
    const signed = verifyModel(bundleOf(version), published)
    expect(signed.files).toEqual(vectors.files)
    expect(signed.name).toBe(`v${version}`)
    expect(compareFiles(signed.files, vectors.files)).toEqual({ changed: [], missing: [], unsigned: [] })
  })

  it('say what they leave out', () => {
    expect(verifyModel(bundleOf('1.1.0-elliptic-key'), published).ignoredPaths).toContain('ignore-me')
    expect(verifyModel(bundleOf('1.0.1-elliptic-key'), published).ignoredPaths).toEqual([])
  })

  it('verify for a model of a single file', () => {
    expect(verifyModel(bundleOf('1.0.0-elliptic-key'), published)).toMatchObject({
      name: 'signme-1',
      files: [{ path: '.', sha256: vectors.files[0]?.sha256 }],
    })
  })

  it('do not verify under another key, certificate or not', () => {
    const other = keys('P-384').publicKey
    expect(refused(bundleOf('1.1.0-elliptic-key'), other)).toContain('names another key')
    expect(refused(bundleOf('1.0.1-elliptic-key'), other)).toContain('does not verify')
    expect(refused(bundleOf('1.0.1-elliptic-key'), keys('P-256').publicKey)).toContain('does not verify')
    expect(refused(Buffer.from(vectors.certificateBundle), published)).toContain('not of the kind that is supported')
  })
})

describe('signatures of our own', () => {
  it.each(['P-256', 'P-384', 'P-521'])('verify, on %s', async (curve) => {
    const pair = keys(curve)
    const bundle = await signModel('a model', files, localSigner(pair.privateKey, pair.publicKey))
    const signed = verifyModel(Buffer.from(bundle), pair.publicKey)
    expect(signed).toEqual({ name: 'a model', files: [files[1], files[2], files[0]], ignoredPaths: [] })
  })

  it('have the published form: digests and members as the reference writes them', async () => {
    const known = JSON.parse(vectors.bundles['1.1.0-elliptic-key'] ?? '')
    const made = JSON.parse(
      await signModel('v1.1.0-elliptic-key', vectors.files, { publicKey: published, sign: async () => Buffer.of(1) }),
    )
    expect(made.verificationMaterial).toEqual(known.verificationMaterial)
    expect(Object.keys(made.dsseEnvelope)).toEqual(Object.keys(known.dsseEnvelope))
    expect(Object.keys(made.dsseEnvelope.signatures[0])).toEqual(Object.keys(known.dsseEnvelope.signatures[0]))
    const statementOf = (bundle: typeof made) =>
      JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString())
    const statement = statementOf(known)
    delete statement.predicate.serialization.ignore_paths
    expect(statementOf(made)).toEqual(statement)
  })

  it('are made with keys on three curves only', () => {
    for (const pair of [
      generateKeyPairSync('ed25519'),
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
      keys('secp256k1'),
    ]) {
      expect(() => localSigner(pair.privateKey, pair.publicKey)).toThrow('P-256, P-384 or P-521')
      expect(refused(bundleOf('1.0.1-elliptic-key'), pair.publicKey)).toContain('P-256, P-384 or P-521')
    }
  })

  it('are not made for paths or digests that no vault has', async () => {
    await expect(signModel('m', [{ path: '../a', sha256: digest('a') }], signer)).rejects.toThrow('the path of file 0')
    await expect(
      signModel(
        'm',
        [files[0], files[0]].flatMap((file) => file ?? []),
        signer,
      ),
    ).rejects.toThrow('stands twice')
    await expect(signModel('m', [{ path: 'a', sha256: 'A'.repeat(64) }], signer)).rejects.toThrow('no SHA-256 digest')
  })

  it('do not depend on the order of the files, and hold for nothing else', async () => {
    const some = fc.uniqueArray(fc.stringMatching(/^[a-c.]{1,3}[a-c](\/[a-c]{1,2}){0,2}$/), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(some, fc.nat(), async (paths, seed) => {
        const all = paths.filter((path) => !paths.some((other) => other.startsWith(`${path}/`)))
        const sorted = all.map((path) => ({ path, sha256: digest(path) }))
        const turned = sorted.toSorted((a, b) => (digest(`${a.path}${seed}`) < digest(`${b.path}${seed}`) ? -1 : 1))
        const signed = verifyModel(Buffer.from(await signModel('m', sorted, signer)), publicKey)
        expect(verifyModel(Buffer.from(await signModel('m', turned, signer)), publicKey)).toEqual(signed)
        expect(signed.files.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual(
          sorted.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
        )
      }),
      { numRuns: 50 },
    )
  })

  it('hold for no changed byte of what counts', async () => {
    const bundle = Buffer.from(await signModel('m', files, signer))
    for (let i = 0; i < bundle.length; i++) {
      const changed = Buffer.from(bundle)
      changed[i] = (changed[i] ?? 0) ^ 1
      const outcome = refused(changed)
      if (outcome === 'verified') expect(verifyModel(changed, publicKey)).toEqual(verifyModel(bundle, publicKey))
      else expect(outcome).toMatch(/^VERIFICATION_FAILED: /)
    }
  })
})

describe('what is signed but is no model', () => {
  const resource = (name: string, sha256: string) => ({ name, algorithm: 'sha256', digest: sha256 })
  const root = (digests: string[]) => digest256(Buffer.from(digests.join(''), 'hex'))
  const digest256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
  const one = digest('a')
  const statement = (change: Record<string, unknown> = {}, predicate: Record<string, unknown> = {}) => ({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'm', digest: { sha256: root([one]) } }],
    predicateType: 'https://model_signing/signature/v1.0',
    predicate: {
      serialization: { method: 'files', hash_type: 'sha256', allow_symlinks: false },
      resources: [resource('a', one)],
      ...predicate,
    },
    ...change,
  })
  const sealed = async (body: unknown) => Buffer.from(await sealStatement(JSON.parse(JSON.stringify(body)), signer))
  const listed = (...names: string[]) =>
    statement(
      { subject: [{ name: 'm', digest: { sha256: root(names.map(() => one)) } }] },
      { resources: names.map((name) => resource(name, one)) },
    )

  it('would verify if it were whole', async () => {
    expect(refused(await sealed(statement()))).toBe('verified')
    expect(refused(await sealed(listed('a', 'b/c')))).toBe('verified')
  })

  it.each([
    ['another statement', statement({ _type: 'https://in-toto.io/Statement/v0.1' }), 'not a list of files'],
    ['another predicate', statement({ predicateType: 'https://model_signing/Digests/v0.1' }), 'not a list of files'],
    [
      'two subjects',
      statement({ subject: [1, 2].map(() => ({ name: 'm', digest: { sha256: root([one]) } })) }),
      'not a list of files',
    ],
    ['no subject', statement({ subject: [] }), 'not a list of files'],
    [
      'shards',
      statement({}, { serialization: { method: 'shards', hash_type: 'sha256', shard_size: 1 } }),
      'not a list of files',
    ],
    [
      'other digests',
      statement({}, { serialization: { method: 'files', hash_type: 'blake3' } }),
      'not a list of files',
    ],
    [
      'a file by another digest',
      statement({}, { resources: [{ ...resource('a', one), algorithm: 'blake2b' }] }),
      'not a list of files',
    ],
    ['half a digest', statement({}, { resources: [resource('a', one.slice(2))] }), 'not a list of files'],
    [
      'a file more than the digest covers',
      statement({}, { resources: [resource('a', one), resource('b', one)] }),
      'not the one of its files',
    ],
    ['no files', statement({}, { resources: [] }), 'not the one of its files'],
    ['a file twice', listed('a', 'a'), 'lists a path twice'],
    ['a path out of the model', listed('../a'), 'one that no file of a model can have'],
    ['the model itself, among others', listed('.', 'a'), 'one that no file of a model can have'],
    ['a text', 'a text', 'not a list of files'],
  ])('is refused: %s', async (_, body, complaint) => {
    expect(refused(await sealed(body))).toContain(complaint)
  })

  const envelope = async (change: Record<string, unknown>, outer: Record<string, unknown> = {}) => {
    const bundle = JSON.parse((await sealed(statement())).toString())
    return Buffer.from(JSON.stringify({ ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, ...change }, ...outer }))
  }

  it('is refused in any other envelope', async () => {
    const good = JSON.parse((await envelope({})).toString()).dsseEnvelope
    expect(refused(await envelope({ payloadType: 'text/plain' }))).toContain('not of the kind')
    expect(refused(await envelope({ signatures: [] }))).toContain('not of the kind')
    expect(refused(await envelope({ signatures: [good.signatures[0], good.signatures[0]] }))).toContain(
      'not of the kind',
    )
    expect(
      refused(await envelope({}, { mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.2' })),
    ).toContain('not of the kind')
    expect(refused(await envelope({ payload: `${good.payload}\n` }))).toContain('base64')
    expect(refused(await envelope({ signatures: [{ sig: 'AAAA' }] }))).toContain('does not verify')
    expect(refused(await envelope({ signatures: [{ sig: '' }] }))).toContain('does not verify')
    expect(refused(Buffer.from('{"mediaType":1,"mediaType":1}'))).toContain('its JSON can not be read')
    expect(refused(Buffer.from('['.repeat(1e5)))).toContain('its JSON can not be read')
    expect(refused(Buffer.alloc(48 * 1024 * 1024 + 1))).toContain('longer than')
  })

  it('is refused when only the payload was signed, without its type', async () => {
    const payload = Buffer.from(JSON.stringify(statement()))
    const sig = sign('sha256', payload, privateKey).toString('base64')
    expect(refused(await envelope({ payload: payload.toString('base64'), signatures: [{ sig }] }))).toContain(
      'does not verify',
    )
  })
})

describe('comparing what was signed with what there is', () => {
  it('tells what changed, what is missing and what nobody signed', () => {
    const found = [
      { path: 'a/b', sha256: digest('other') },
      { path: 'b', sha256: digest('b') },
      { path: 'new', sha256: digest('new') },
    ]
    expect(compareFiles(files, found)).toEqual({ changed: ['a/b'], missing: ['a.b'], unsigned: ['new'] })
  })
})
