import type { ReactNode } from 'react'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'

/** Words of a lesson: what stands in backquotes is a page of the console, which one can go to, or a command. */
export function LessonText({ text }: { readonly text: string }) {
  return (
    <>
      {text.split(/\n\s*\n|\n/).map((paragraph) =>
        paragraph.trim() === '' ? null : (
          <p key={paragraph} className="text-pretty">
            {spans(paragraph)}
          </p>
        ),
      )}
    </>
  )
}

function spans(paragraph: string): ReactNode[] {
  return paragraph.split(/(`[^`]+`)/).map((part) => {
    if (!part.startsWith('`')) return part
    const name = part.slice(1, -1)
    // Outside of the console's own pages these are opened by themselves.
    const isPage = /^\/[a-z/-]+$/.test(name) && !name.startsWith('/speak-up') && name !== '/report'
    return isPage ? (
      <AppLink key={name} href={name} className={INLINE_LINK}>
        <code>{name}</code>
      </AppLink>
    ) : (
      <code key={name} className="rounded-sm bg-sunken px-1 whitespace-pre-wrap">
        {name}
      </code>
    )
  })
}
