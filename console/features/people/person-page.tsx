import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { PersonView } from '../../app/api/schema.ts'
import { useMe, usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { Icon } from '../../components/icons.tsx'
import { Facts, Page, Section } from '../../components/page.tsx'
import { When } from '../../components/when.tsx'
import { History } from '../ledger/history.tsx'
import { AssignmentTable } from './assignment-table.tsx'
import { GrantDialog } from './grant-dialog.tsx'
import { PersonMark } from './people-page.tsx'
import { PersonActions } from './person-actions.tsx'
import { bootstrapQuery, personQuery } from './queries.ts'
import { roleName } from './role-names.ts'

/** One person: who they are here, what they hold and why, and what can be done about it. */
export function PersonPage() {
  const { id } = useParams({ from: '/shell/people/$id' })
  const { data: person } = useSuspenseQuery(personQuery(id))
  const { data: bootstrap } = useQuery(bootstrapQuery)
  const me = useMe()
  const permission = usePermissions()
  const [granting, setGranting] = useState(false)
  const mayGrant = person.active && permission('roles.grant').may && person.id !== me.person.id
  return (
    <Page
      title={person.displayName}
      summary={<PersonMark person={person} />}
      actions={<PersonActions person={person} />}
    >
      <Section
        title="Roles"
        actions={
          mayGrant && (
            <Button small onClick={() => setGranting(true)}>
              <Icon name="plus" size={12} /> Give a role
            </Button>
          )
        }
      >
        <AssignmentTable person={person} />
      </Section>
      <Section title="About">
        <About person={person} />
      </Section>
      <History id={person.id} />
      {granting && (
        <GrantDialog person={person} bootstrap={bootstrap?.active === true} open onOpenChange={setGranting} />
      )}
    </Page>
  )
}

function About({ person }: { readonly person: PersonView }) {
  return (
    <Facts
      rows={[
        ['Identifier', <Code key="id">{person.id}</Code>],
        ['E-mail', person.email ?? <span className="text-quiet">none</span>],
        [
          'Security keys',
          person.passkeys === 0 ? <span className="text-quiet">none registered yet</span> : person.passkeys,
        ],
        ['Identity provider', person.linked ? 'linked' : <span className="text-quiet">not linked</span>],
        ...(person.provisioned ? [['Provisioned', 'by SCIM: leaves when they leave there'] as const] : []),
        ...(person.groupRoles.length > 0
          ? [['Groups suggest', person.groupRoles.map(roleName).join(', ')] as const]
          : []),
        ['Here since', <When key="since" at={person.createdAt} />],
        ...(person.deactivatedAt === null ? [] : [['Left', <When key="left" at={person.deactivatedAt} />] as const]),
      ]}
    />
  )
}
