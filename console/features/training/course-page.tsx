import { useMutation, useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { CourseAttempt, CourseResult, CourseStanding } from '../../app/api/schema.ts'
import { NotFound } from '../../app/failure.tsx'
import { Button } from '../../components/button.tsx'
import { Page, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { When } from '../../components/when.tsx'
import { LessonText } from './lesson-text.tsx'
import { coursesQuery, ownTrainingQuery } from './queries.ts'
import { Questions } from './questions.tsx'
import { Result } from './result.tsx'
import { STATES } from './words.ts'

/** One course: to read, and then to be asked about. */
export function CoursePage() {
  const { id } = useParams({ from: '/shell/training/$id' })
  const { data: courses, error } = useQuery(coursesQuery)
  const own = useQuery(ownTrainingQuery).data?.find(({ course }) => course === id)
  const [attempt, setAttempt] = useState<CourseAttempt | null>(null)
  const [result, setResult] = useState<CourseResult | null>(null)
  const begin = useMutation({
    mutationFn: () => call('POST /api/v1/staff/courses/{id}/attempts', { params: { id } }),
    onSuccess: (made) => {
      setResult(null)
      setAttempt(made)
    },
  })
  if (error !== null) return <ProblemNote problem={error} className="m-6" />
  if (courses === undefined)
    return (
      <Page title="Training">
        <Skeleton className="w-96" />
      </Page>
    )
  const course = courses.find((one) => one.id === id)
  if (course === undefined) return <NotFound />
  const again = (
    <Button look="primary" busy={begin.isPending} onClick={() => begin.mutate()}>
      {result === null ? `Answer ${course.questions} questions` : 'Try again'}
    </Button>
  )
  return (
    <Page title={course.title} summary={<Standing standing={own} />}>
      {result?.passed !== true && attempt === null && (
        <div className="flex max-w-prose flex-col gap-6">
          {course.lessons.map(({ id: lesson, title, text }) => (
            <Section key={lesson} title={title}>
              <LessonText text={text} />
            </Section>
          ))}
        </div>
      )}
      {attempt !== null && (
        <Questions
          attempt={attempt}
          passMark={course.passMark}
          onLeave={() => setAttempt(null)}
          onGraded={(graded) => {
            setAttempt(null)
            setResult(graded)
          }}
        />
      )}
      {result !== null && <Result result={result} />}
      {begin.error !== null && <ProblemNote problem={begin.error} className="max-w-prose" />}
      {attempt === null && result?.passed !== true && (
        <div className="flex max-w-prose flex-wrap items-center gap-x-4 gap-y-2 border-t border-line pt-4">
          {again}
          <span className="text-quiet">
            {course.passMark} % to pass, five tries an hour. Passing stands on the ledger; not passing stands nowhere.
          </span>
        </div>
      )}
    </Page>
  )
}

function Standing({ standing }: { readonly standing: CourseStanding | undefined }) {
  if (standing === undefined) return 'none of your roles asks for it'
  const [state, words] = STATES[standing.state]
  return (
    <>
      <StateMark state={state}>{words}</StateMark>
      {' · '}
      {standing.state === 'current' ? 'again ' : 'due '}
      <When at={standing.dueAt} />
    </>
  )
}
