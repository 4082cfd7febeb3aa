import { createHash } from 'node:crypto'
import { AppError } from '../../base/errors.ts'
import { seal, unseal } from '../../base/sealing.ts'
import type { IntakeContext } from '../context.ts'
import type { ReportFile } from '../schema.ts'
import * as store from '../store.ts'
import { fileType } from './file-type.ts'
import { type IncomingFile, MOST_FILE_BYTES, MOST_FILES, type ReportInput } from './input.ts'

const MOST_NAME_CHARS = 120
const UNCLAIMED_MS = 86_400_000

export interface CheckedFile extends ReportFile {
  readonly name: string
  readonly bytes: Buffer
}

/**
 * Recognises what came, before any of it is kept.
 *
 * @throws {AppError} REQUEST_INVALID: too many or of a kind that isn't taken, with what to do; REQUEST_TOO_LARGE
 */
export function checkFiles(
  { ids }: Pick<IntakeContext, 'ids'>,
  given: readonly IncomingFile[],
  category: ReportInput['category'],
): CheckedFile[] {
  if (given.length > MOST_FILES)
    throw new AppError('REQUEST_INVALID', `At most ${MOST_FILES} files come with a report.`)
  return given.map(({ name, bytes }) => {
    if (bytes.length > MOST_FILE_BYTES) throw new AppError('REQUEST_TOO_LARGE', 'A file is larger than 5 MiB.')
    const found = fileType(bytes)
    if ('refusal' in found) throw new AppError('REQUEST_INVALID', found.refusal)
    // An encrypted file may hold a picture as well.
    if (category === 'child_exploitation' && found.type !== 'text') {
      throw new AppError(
        'REQUEST_INVALID',
        'Pictures and other files about the sexual abuse of children are never taken here, and nothing was kept. Whom to send them to stands below.',
      )
    }
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return { id: ids.next('rfl'), type: found.type, sizeBytes: bytes.length, sha256, name: plainName(name), bytes }
  })
}

/** The last part of a path, without what could mislead in a list or break a header. */
export function plainName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? ''
  const plain = last.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '').trim()
  return [...plain].slice(0, MOST_NAME_CHARS).join('') || 'file'
}

/** Keeps a file, sealed, that no report has claimed yet. */
export async function keepFile({ db, fileKey, ids, clock }: IntakeContext, { id, bytes }: CheckedFile): Promise<void> {
  const sealed = seal(fileKey, bytes, contextOf(id), ids)
  await store.addFile(db.db, { id, sealed, createdAt: new Date(clock.now()) })
}

/** The bytes as they came. @throws {AppError} NOT_FOUND, VERIFICATION_FAILED */
export async function openFile({ db, fileKey }: IntakeContext, reportId: string, id: string): Promise<Buffer> {
  const sealed = await store.fileOf(db.db, reportId, id)
  if (sealed === null) throw new AppError('NOT_FOUND', 'there is no such file; it may have been erased')
  try {
    return unseal(fileKey, sealed, contextOf(id))
  } catch (cause) {
    throw new AppError('VERIFICATION_FAILED', 'a stored file was changed, or its key is another one', { cause })
  }
}

/** Files whose report never came, such as after a crash in between. To be called when nothing recorded waits to take effect. */
export async function sweepFiles({ db, clock }: IntakeContext): Promise<number> {
  return await store.removeUnclaimedFiles(db.db, new Date(clock.now() - UNCLAIMED_MS))
}

function contextOf(id: string): string {
  return `safelevel.intake/file/1\n${id}`
}
