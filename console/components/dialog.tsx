import { Dialog as Base } from '@base-ui/react/dialog'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { Button, type ButtonLook } from './button.tsx'
import { cn } from './class-names.ts'
import { TextArea } from './field.tsx'
import { Icon } from './icons.tsx'
import { ProblemNote } from './problem-note.tsx'

interface DialogProps {
  readonly open: boolean
  onOpenChange(open: boolean): void
  readonly title: string
  readonly description?: ReactNode
  readonly children?: ReactNode
  /** Buttons, the one that does it last. */
  readonly actions?: ReactNode
  readonly wide?: boolean
}

/** A question above the page; Escape and a click beside it say no. */
export function Dialog({ open, onOpenChange, title, description, children, actions, wide = false }: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-shade" />
        <Base.Popup
          className={cn(
            'fixed top-[10vh] left-1/2 z-50 flex max-h-[80vh] w-[calc(100vw-2rem)] -translate-x-1/2 flex-col rounded-lg border border-line bg-surface',
            wide ? 'max-w-2xl' : 'max-w-md',
          )}
        >
          <header className="flex items-start justify-between gap-4 border-b border-line py-3 pr-2 pl-4">
            <div>
              <Base.Title className="text-base font-semibold">{title}</Base.Title>
              {description !== undefined && (
                <Base.Description className="mt-0.5 text-quiet">{description}</Base.Description>
              )}
            </div>
            <Base.Close className="rounded-md p-1.5 text-quiet hover:bg-sunken" aria-label="Close">
              <Icon name="close" />
            </Base.Close>
          </header>
          {children !== undefined && <div className="flex flex-col gap-4 overflow-y-auto p-4">{children}</div>}
          {actions !== undefined && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-4 py-3">{actions}</footer>
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}

interface ConfirmProps extends Omit<DialogProps, 'actions' | 'wide'> {
  /** What will happen, in numbers, one line each. */
  readonly effects: readonly ReactNode[]
  readonly confirm: string
  readonly look?: ButtonLook
  /** Asks for a reason, which is recorded. */
  readonly reasonLabel?: string
  /** A refusal stays in the dialog, and so does what was typed. */
  onConfirm(reason: string): Promise<unknown>
}

/** Before something that can't be taken back lightly: says its effects first. */
export function ConfirmDialog({
  effects,
  confirm,
  look = 'danger',
  reasonLabel,
  onConfirm,
  children,
  ...rest
}: ConfirmProps) {
  const [reason, setReason] = useState('')
  const act = useMutation({
    mutationFn: () => onConfirm(reason.trim()),
    onSuccess: () => {
      setReason('')
      rest.onOpenChange(false)
    },
  })
  const actions = (
    <>
      <Button onClick={() => rest.onOpenChange(false)}>Cancel</Button>
      <Button
        look={look}
        busy={act.isPending}
        disabled={reasonLabel !== undefined && reason.trim() === ''}
        onClick={() => act.mutate()}
      >
        {confirm}
      </Button>
    </>
  )
  return (
    <Dialog {...rest} actions={actions}>
      <ul className="flex flex-col gap-1.5">
        {effects.map((effect, i) => (
          <li key={i} className="flex gap-2 before:text-quiet before:content-['→']">
            <span>{effect}</span>
          </li>
        ))}
      </ul>
      {children}
      {reasonLabel !== undefined && (
        <TextArea label={reasonLabel} value={reason} onChange={setReason} maxLength={2000} />
      )}
      {act.error !== null && <ProblemNote problem={act.error} />}
    </Dialog>
  )
}

interface FormDialogProps extends Omit<DialogProps, 'actions'> {
  readonly submit: ReactNode
  readonly busy: boolean
  readonly ready: boolean
  readonly problem: unknown
  onSubmit(): void
}

/** A few fields and one button that sends them; a refusal stays beside what was typed. */
export function FormDialog({ submit, busy, ready, problem, onSubmit, children, ...rest }: FormDialogProps) {
  const form = useId()
  const send = (event: FormEvent) => {
    event.preventDefault()
    if (ready && !busy) onSubmit()
  }
  return (
    <Dialog
      {...rest}
      actions={
        <>
          <Button onClick={() => rest.onOpenChange(false)}>Cancel</Button>
          <Button type="submit" form={form} look="primary" busy={busy} disabled={!ready}>
            {submit}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={send} className="flex flex-col gap-4">
        {children}
        {problem !== null && <ProblemNote problem={problem} />}
      </form>
    </Dialog>
  )
}
