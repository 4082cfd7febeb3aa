import { AppError } from '../../base/errors.ts'
import { seal, unseal } from '../../base/sealing.ts'
import type { RecordsContext } from './context.ts'
import type { FoundBy } from './forms/index.ts'
import type { RowNote } from './schema.ts'
import type { NoteInStore, RowInStore } from './store.ts'

const FORMAT = 1

/** A row as it is stored: its words under the key of the room, bound to record and place, so that none can be put in another's. */
export function sealRow(
  { rowKey, ids }: Pick<RecordsContext, 'rowKey' | 'ids'>,
  { uploadId, position, text }: { readonly uploadId: string; readonly position: number; readonly text: string },
  { flags, ...foundBy }: FoundBy,
): RowInStore {
  const body = seal(rowKey, Buffer.from(text), contextOf(uploadId, position), ids)
  const sealed = Buffer.concat([Buffer.of(FORMAT), body])
  return { uploadId, position, ...foundBy, flags: flags.length === 0 ? '' : `|${flags.join('|')}|`, sealed }
}

/** The line as it came. @throws {AppError} VERIFICATION_FAILED when it was changed, moved or sealed under another key */
export function openRow({ rowKey }: Pick<RecordsContext, 'rowKey'>, row: RowInStore): string {
  const bytes = Buffer.from(row.sealed)
  try {
    if (bytes[0] !== FORMAT) throw new Error('not a sealed row')
    return unseal(rowKey, bytes.subarray(1), contextOf(row.uploadId, row.position)).toString('utf8')
  } catch (cause) {
    throw new AppError('VERIFICATION_FAILED', 'a stored row was changed, or its key is another one', { cause })
  }
}

export function toNote({ flags, ...rest }: NoteInStore): RowNote {
  return { ...rest, flags: flags.split('|').filter((flag) => flag !== '') }
}

function contextOf(uploadId: string, position: number): string {
  return `safelevel.refusal/row/1\n${uploadId}\n${position}`
}
