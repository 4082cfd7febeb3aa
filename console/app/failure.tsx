import { type ErrorComponentProps, useRouter } from '@tanstack/react-router'
import { AppLink } from '../components/app-link.tsx'
import { Button, buttonLook } from '../components/button.tsx'
import { Page } from '../components/page.tsx'
import { ProblemNote } from '../components/problem-note.tsx'
import { ApiProblem } from './api/client.ts'

/** A page that couldn't be shown. */
export function Failure({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  if (error instanceof ApiProblem && error.status === 404) return <NotFound />
  // After an update the parts of the old console are gone: only a whole load helps.
  const stale = error instanceof TypeError && /import|module/i.test(error.message)
  const again = async () => {
    if (stale) window.location.reload()
    await router.invalidate()
    reset()
  }
  return (
    <Page
      title={stale ? 'A new version is here' : 'This could not be shown'}
      actions={<Button onClick={again}>Load again</Button>}
    >
      {stale ? (
        <p>Safelevel was updated while this page was open.</p>
      ) : (
        <ProblemNote problem={error} className="max-w-xl" />
      )}
    </Page>
  )
}

export function NotFound() {
  return (
    <Page title="There is nothing here">
      <p className="text-quiet">The link is wrong, or you may not see what it leads to.</p>
      <AppLink href="/" className={`${buttonLook()} self-start`}>
        Now
      </AppLink>
    </Page>
  )
}
