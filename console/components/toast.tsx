import { Toast as Base } from '@base-ui/react/toast'
import type { ReactNode } from 'react'
import { Icon } from './icons.tsx'

/** Says that something was done, for a while; what failed is said where it was tried and stays there. */
export function ToastArea({ children }: { readonly children: ReactNode }) {
  return (
    <Base.Provider timeout={6_000} limit={3}>
      {children}
      <Base.Portal>
        <Base.Viewport className="fixed right-4 bottom-4 z-60 flex w-[calc(100vw-2rem)] max-w-sm flex-col gap-2">
          <Toasts />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  )
}

function Toasts() {
  const { toasts } = Base.useToastManager()
  return toasts.map((toast) => (
    <Base.Root key={toast.id} toast={toast} className="rounded-md border border-line bg-surface data-limited:hidden">
      <Base.Content className="flex items-start gap-3 py-2 pr-2 pl-3">
        <Icon name="check" className="mt-0.5 shrink-0 text-holds" />
        <div className="min-w-0 grow">
          <Base.Title className="font-medium" />
          <Base.Description className="text-quiet" />
        </div>
        <Base.Close className="rounded-md p-1 text-quiet hover:bg-sunken" aria-label="Dismiss">
          <Icon name="close" size={14} />
        </Base.Close>
      </Base.Content>
    </Base.Root>
  ))
}

export function useToast(): (title: string, description?: string) => void {
  const { add } = Base.useToastManager()
  return (title, description) => {
    add({ title, ...(description === undefined ? {} : { description }) })
  }
}
