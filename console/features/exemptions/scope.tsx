import type { ExemptionScope } from '../../app/api/schema.ts'
import { SubjectLink, SubjectName } from '../accounts/subject-name.tsx'
import { TYPES } from '../accounts/words.ts'

/** Whose traffic an exemption is about. */
export function Scope({ scope, link = false }: { readonly scope: ExemptionScope; readonly link?: boolean }) {
  const Name = link ? SubjectLink : SubjectName
  return (
    <>
      <span className="font-normal text-quiet">{TYPES[scope.type]}</span> <Name subject={scope} />
      {scope.type === 'end_user' && (
        <span className="font-normal text-quiet">
          {' '}
          in <Name subject={{ type: 'project', id: scope.projectId }} />
        </span>
      )}
    </>
  )
}
