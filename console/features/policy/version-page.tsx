import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { AppLink } from '../../components/app-link.tsx'
import { Button, buttonLook } from '../../components/button.tsx'
import { download } from '../../components/export.ts'
import { TextField } from '../../components/field.tsx'
import { Icon } from '../../components/icons.tsx'
import { Page, Section } from '../../components/page.tsx'
import { History } from '../ledger/history.tsx'
import { BesideClauses } from './beside-clauses.tsx'
import { Changes, changesInWords } from './changes.tsx'
import { ClauseTree } from './clause-tree.tsx'
import { diffQuery, versionQuery } from './queries.ts'
import { VersionFacts, VersionMark } from './version-facts.tsx'

/** One version: who published it and why, what it changed, and all that it says. */
export function VersionPage() {
  const { version: reference } = useParams({ from: '/shell/policy/versions/$version' })
  const { data: version } = useSuspenseQuery(versionQuery(reference))
  const [find, setFind] = useState('')
  const { document, digest, previous, policy } = version
  return (
    <Page
      title={`Policy ${version.version}`}
      summary={<VersionMark version={version} />}
      actions={
        <>
          {version.state !== 'in_force' && (
            <AppLink href={`/policy/compare?from=${digest}&to=current`} className={buttonLook()}>
              Compare with the one in force
            </AppLink>
          )}
          <Button onClick={() => download(`policy-${version.version}.yaml`, 'application/yaml', document)}>
            <Icon name="download" size={14} /> YAML
          </Button>
        </>
      }
    >
      <VersionFacts version={version} />
      {previous !== null && <WhatChanged from={previous} to={digest} />}
      <Section
        title="Clauses"
        actions={<TextField label="Find" type="search" value={find} onChange={setFind} className="w-48" />}
      >
        <ClauseTree policy={policy} find={find} />
      </Section>
      <BesideClauses policy={policy} />
      <History id={digest} />
    </Page>
  )
}

function WhatChanged({ from, to }: { readonly from: string; readonly to: string }) {
  const { data } = useQuery(diffQuery(from, to))
  return (
    <Section title="What it changed" note={data === undefined ? undefined : changesInWords(data.changes)}>
      <Changes from={from} to={to} />
    </Section>
  )
}
