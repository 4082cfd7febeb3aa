import { Audit, type AuditDeps } from '../audit/index.ts'
import { AppError } from '../base/errors.ts'
import type { Controls } from '../controls/index.ts'

export interface AuditRoomDeps extends Omit<AuditDeps, 'controls'> {
  readonly controls: Pick<Controls, 'board' | 'catalogue'>
}

/** Opens what auditors work with; controls tell who answers for them, and how they stand. @throws {AppError} LEDGER_UNAVAILABLE */
export function openAudit({ controls, ...deps }: AuditRoomDeps): Promise<Audit> {
  return Audit.open({
    ...deps,
    controls: {
      owner: (id) => controls.catalogue.control(id).owner,
      standing: async (id) => {
        const row = (await controls.board()).controls.find((one) => one.id === controls.catalogue.control(id).id)
        if (row === undefined) throw new AppError('INTERNAL', 'a control is on no board')
        return { state: row.state, says: row.says }
      },
    },
  })
}
