import type { PolicyVersion } from '../../app/api/schema.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Code } from '../../components/copy.tsx'
import { Facts } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { exactly } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { VERSION_STATES } from './words.ts'

export function VersionMark({ version: { state } }: { readonly version: PolicyVersion }) {
  const [mark, words] = VERSION_STATES[state]
  return <StateMark state={mark}>{words}</StateMark>
}

/** Who published a version, why, and where that is proven. */
export function VersionFacts({ version }: { readonly version: PolicyVersion }) {
  const { changelog, source, requestedBy, approvedBy, approvalId, draftId, effectiveAt, digest } = version
  return (
    <Facts
      rows={[
        [
          'Why',
          <bdi key="why" className="whitespace-pre-line">
            {changelog}
          </bdi>,
        ],
        [
          'By',
          source === 'file' ? (
            'the file of this installation'
          ) : (
            <>
              {requestedBy !== null && <PersonName id={requestedBy} link />}
              {approvedBy.map((id) => (
                <span key={id}>
                  {' '}
                  and <PersonName id={id} link />
                </span>
              ))}
              {approvalId !== null && (
                <>
                  {' · '}
                  <AppLink href={`/approvals/${approvalId}`} className={INLINE_LINK}>
                    approval
                  </AppLink>
                </>
              )}
              {draftId !== null && (
                <>
                  {' · '}
                  <AppLink href={`/policy/drafts/${draftId}`} className={INLINE_LINK}>
                    draft
                  </AppLink>
                </>
              )}
            </>
          ),
        ],
        ['Effective', exactly(effectiveAt)],
        [
          'Digest',
          <Code key="digest" className="select-all">
            {digest}
          </Code>,
        ],
      ]}
    />
  )
}
