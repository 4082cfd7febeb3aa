import { createHash, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '../../../base/errors.ts'
import { type ModelSigner, openStatement, sealStatement, unverified } from './dsse.ts'
import { checkPaths, comparePaths, pathProblem } from './vault-path.ts'

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1'
const PREDICATE_TYPE = 'https://model_signing/signature/v1.0'
/** How a model that is a single file is listed. */
const SINGLE_FILE = '.'

/** A file by its digest: what the vault keeps of each, so that nothing is read again to sign a model or to check its signature. */
export interface FileDigest {
  readonly path: string
  /** Of the plaintext; 64 hexadecimal digits, lowercase. */
  readonly sha256: string
}

/** What a signature says, once it has been verified. */
export interface SignedModel {
  readonly name: string
  readonly files: readonly FileDigest[]
  /** What the signer left out: nothing under these paths is vouched for. */
  readonly ignoredPaths: readonly string[]
}

export interface Differences {
  /** Signed, and now with another digest. */
  readonly changed: readonly string[]
  /** Signed, and not there. */
  readonly missing: readonly string[]
  /** There, and not signed. */
  readonly unsigned: readonly string[]
}

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)
/** Members beyond these are for verifiers of v1.0 to ignore. */
const Statement = z.object({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.tuple([z.object({ name: z.string(), digest: z.object({ sha256: Sha256 }) })]),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: z.object({
    serialization: z.object({
      method: z.literal('files'),
      hash_type: z.literal('sha256'),
      ignore_paths: z.array(z.string()).default([]),
    }),
    resources: z.array(z.object({ name: z.string(), algorithm: z.literal('sha256'), digest: Sha256 })),
  }),
})

/**
 * Signs a model in the format of OpenSSF model signing v1, from stored digests: an in-toto statement whose one subject is the model, with the
 * SHA-256 of all files' digests one after the other. The reference leaves out what belongs to git unless told
 * `--no-ignore-git-paths`; here every file is signed.
 *
 * @param name of the model; informative
 * @param files in any order
 * @returns the bundle as JSON, to be stored as `model.sig` beside the model
 * @throws {AppError} REQUEST_INVALID for a path that may not stand in a vault, or a digest that is none
 * @see https://github.com/sigstore/model-transparency/blob/v1.1.1/docs/model_signing_format.md
 */
export async function signModel(name: string, files: readonly FileDigest[], signer: ModelSigner): Promise<string> {
  checkPaths(files.map(({ path }) => path))
  if (!files.every(({ sha256 }) => Sha256.safeParse(sha256).success))
    throw new AppError('REQUEST_INVALID', 'a file of the model has no SHA-256 digest')
  const sorted = files.toSorted((a, b) => comparePaths(a.path, b.path))
  const resources = sorted.map(({ path, sha256 }) => ({ name: path, algorithm: 'sha256', digest: sha256 }))
  const statement = {
    _type: STATEMENT_TYPE,
    subject: [{ name, digest: { sha256: rootDigest(resources) } }],
    predicateType: PREDICATE_TYPE,
    predicate: { serialization: { method: 'files', hash_type: 'sha256', allow_symlinks: false }, resources },
  }
  return sealStatement(statement, signer)
}

/**
 * What a bundle says about a model, if it was signed with this key. Whether the model is the one that was signed, `compareFiles` tells.
 *
 * @throws {AppError} VERIFICATION_FAILED when it was not, or is not a whole statement of this format: digests of shards, digests other than
 *   SHA-256 and certificates are not supported, and never taken for good
 */
export function verifyModel(bundle: Uint8Array, publicKey: KeyObject): SignedModel {
  const parsed = Statement.safeParse(openStatement(bundle, publicKey))
  if (!parsed.success) throw unverified('what is signed is not a list of files by SHA-256, model signing v1.0')
  const { subject, predicate } = parsed.data
  if (rootDigest(predicate.resources) !== subject[0].digest.sha256)
    throw unverified("the model's digest is not the one of its files")
  const files = predicate.resources.map(({ name, digest }) => ({ path: name, sha256: digest }))
  checkNames(files.map(({ path }) => path))
  return { name: subject[0].name, files, ignoredPaths: predicate.serialization.ignore_paths }
}

/** Compares what was signed with what there is; the signature holds for a model when all three lists are empty. */
export function compareFiles(signed: readonly FileDigest[], found: readonly FileDigest[]): Differences {
  const digests = new Map(found.map(({ path, sha256 }) => [path, sha256]))
  const known = new Set(signed.map(({ path }) => path))
  return {
    changed: signed.filter(({ path, sha256 }) => (digests.get(path) ?? sha256) !== sha256).map(({ path }) => path),
    missing: signed.filter(({ path }) => !digests.has(path)).map(({ path }) => path),
    unsigned: found.filter(({ path }) => !known.has(path)).map(({ path }) => path),
  }
}

function rootDigest(resources: readonly { readonly digest: string }[]): string {
  const hash = createHash('sha256')
  for (const { digest } of resources) hash.update(digest, 'hex')
  return hash.digest('hex')
}

/** A name that stood twice could be signed with two digests, of which each reader takes another. */
function checkNames(names: readonly string[]): void {
  if (names.length === 1 && names[0] === SINGLE_FILE) return
  if (new Set(names).size !== names.length || names.some((name) => pathProblem(name) !== null))
    throw unverified('it lists a path twice, or one that no file of a model can have')
}
