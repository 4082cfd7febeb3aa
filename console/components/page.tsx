import { type ReactNode, useEffect } from 'react'
import { cn } from './class-names.ts'

interface PageProps {
  readonly title: string
  /** One line about what is here: counts, the oldest, how many are mine. */
  readonly summary?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** The frame of every page below the shell. */
export function Page({ title, summary, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Safelevel`
  }, [title])
  return (
    <div className="mx-auto flex w-full max-w-[84rem] flex-col gap-6 p-4 md:p-6">
      <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 className="text-lg tracking-[-0.01em]">{title}</h1>
          {summary !== undefined && <p className="text-quiet">{summary}</p>}
        </div>
        {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  )
}

/** One matter of a page, with its heading. */
export function Section({
  title,
  note,
  actions,
  children,
  className,
}: {
  readonly title: string
  readonly note?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
  readonly className?: string
}) {
  return (
    <section className={cn('flex min-w-0 flex-col gap-2', className)}>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h2 className="text-sm font-semibold">
          {title}
          {note !== undefined && <span className="ml-2 font-normal text-quiet">{note}</span>}
        </h2>
        {actions}
      </div>
      {children}
    </section>
  )
}

/** What is known about one thing: names on the left, values on the right. */
export function Facts({ rows }: { readonly rows: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="divide-y divide-line border-y border-line">
      {rows.map(([name, value]) => (
        <div key={name} className="grid grid-cols-[8rem_minmax(0,1fr)] gap-4 py-2 sm:grid-cols-[10rem_minmax(0,1fr)]">
          <dt className="text-quiet">{name}</dt>
          <dd className="min-w-0">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Where nothing is yet: what will appear here, and how to make it. */
export function EmptyState({
  title,
  children,
  action,
}: {
  readonly title: string
  readonly children: ReactNode
  readonly action?: ReactNode
}) {
  return (
    <div className="flex flex-col items-start gap-2 rounded-md border border-dashed border-line px-4 py-6">
      <p className="font-medium">{title}</p>
      <p className="max-w-prose text-quiet">{children}</p>
      {action}
    </div>
  )
}

/** In the place of what is coming. */
export function Skeleton({ className }: { readonly className?: string }) {
  return <span aria-hidden="true" className={cn('block h-4 rounded-sm bg-sunken', className)} />
}
