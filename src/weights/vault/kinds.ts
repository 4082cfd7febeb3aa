import type { RecordKind } from '../../journal/index.ts'
import { ModelKeyRecord } from './keys/model-key-record.ts'
import { StoredCheck, StoredFile, StoredUpload, StoredVersion } from './schema.ts'

/** Found by `model/version`; due while its objects have still to go. */
export const VERSION: RecordKind<StoredVersion> = {
  kind: 'vault_version',
  schema: StoredVersion,
  columns: ({ id, model, decoy, state, createdAt, erasedAt, cleared }) => ({
    id,
    model,
    about: decoy ? 'decoy' : 'weights',
    state,
    at: createdAt,
    dueAt: state === 'erased' && !cleared ? erasedAt : null,
  }),
}

/** `about` its version, whether sealed or on its way. */
export const FILE: RecordKind<StoredFile> = {
  kind: 'vault_file',
  schema: StoredFile,
  columns: ({ id, model, version, state, beganAt }) => ({ id, model, about: version, state, at: beganAt }),
}

/** `about` its version; due when it ends by itself, and then until its objects are gone. */
export const UPLOAD: RecordKind<StoredUpload> = {
  kind: 'vault_upload',
  schema: StoredUpload,
  columns: ({ id, model, version, state, beganAt, endsAt, cleared }) => ({
    id,
    model,
    about: `${model}/${version}`,
    state,
    at: beganAt,
    dueAt: state === 'open' ? endsAt : state === 'abandoned' && !cleared ? beganAt : null,
  }),
}

/** By model. */
export const MODEL_KEY: RecordKind<ModelKeyRecord> = {
  kind: 'vault_model_key',
  schema: ModelKeyRecord,
  columns: ({ model, versions }) => ({
    id: model,
    model,
    state: versions.every(({ wrapped }) => wrapped === null) ? 'erased' : 'stands',
    at: versions[0]?.createdAt ?? new Date(0).toISOString(),
  }),
}

/** The last deep check of a version, by its id. */
export const CHECK: RecordKind<StoredCheck> = {
  kind: 'vault_check',
  schema: StoredCheck,
  columns: ({ id, at }) => ({ id, model: id.slice(0, id.indexOf('/')), at }),
}
