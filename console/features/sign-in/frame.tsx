import { type ReactNode, useEffect } from 'react'
import { Logo } from '../../components/icons.tsx'

interface FrameProps {
  readonly title: string
  readonly lead: ReactNode
  readonly children: ReactNode
}

/** The pages that one sees before one is in. */
export function Frame({ title, lead, children }: FrameProps) {
  useEffect(() => {
    document.title = `${title} · Safelevel`
  }, [title])
  return (
    <main className="mx-auto flex min-h-[90dvh] w-full max-w-sm flex-col justify-center gap-6 px-4 py-10">
      <div className="flex items-center gap-2 text-base font-semibold tracking-[-0.01em]">
        <Logo size={18} /> Safelevel
      </div>
      <div className="flex flex-col gap-1">
        <h1 className="text-xl tracking-[-0.015em]">{title}</h1>
        <div className="text-quiet">{lead}</div>
      </div>
      {children}
    </main>
  )
}
