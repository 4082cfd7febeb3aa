import { Field } from '@base-ui/react/field'
import type { ReactNode } from 'react'
import { cn } from './class-names.ts'

const CONTROL =
  'w-full rounded-md border border-edge bg-surface px-2.5 text-sm text-ink placeholder:text-quiet focus:border-accent focus:outline-2 focus:-outline-offset-1 focus:outline-accent aria-invalid:border-fails disabled:opacity-60'

interface FieldProps {
  readonly label: string
  readonly value: string
  onChange(value: string): void
  readonly hint?: ReactNode
  /** What is wrong with it; shown beside it. */
  readonly error?: string | null | undefined
  readonly placeholder?: string | undefined
  readonly required?: boolean | undefined
  readonly disabled?: boolean | undefined
  readonly autoFocus?: boolean | undefined
  readonly className?: string | undefined
}

interface TextFieldProps extends FieldProps {
  readonly type?: 'text' | 'email' | 'number' | 'date' | 'datetime-local' | 'search' | undefined
  readonly autoComplete?: string | undefined
  readonly min?: number | string | undefined
  readonly max?: number | string | undefined
  readonly maxLength?: number | undefined
}

/** One line of text with its label, a hint and, when there is one, what is wrong with it. */
export function TextField(props: TextFieldProps) {
  const { label, hint, error, className, onChange, type = 'text', ...control } = props
  return (
    <Framed label={label} hint={hint} error={error} className={className}>
      <Field.Control
        {...control}
        type={type}
        autoComplete={control.autoComplete ?? 'off'}
        className={cn(CONTROL, 'h-8')}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    </Framed>
  )
}

/** Several lines of text. */
export function TextArea({
  label,
  hint,
  error,
  className,
  onChange,
  rows = 3,
  ...control
}: FieldProps & { readonly rows?: number; readonly maxLength?: number }) {
  return (
    <Framed label={label} hint={hint} error={error} className={className}>
      <Field.Control
        render={<textarea rows={rows} />}
        {...control}
        className={cn(CONTROL, 'min-h-16 resize-y py-1.5')}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    </Framed>
  )
}

interface FramedProps extends Pick<FieldProps, 'label' | 'hint' | 'error' | 'className'> {
  readonly children: ReactNode
}

export function Framed({ label, hint, error, className, children }: FramedProps) {
  const wrong = typeof error === 'string' && error !== ''
  return (
    <Field.Root invalid={wrong} className={cn('flex flex-col gap-1', className)}>
      <Field.Label className="text-xs font-medium text-quiet">{label}</Field.Label>
      {children}
      {hint !== undefined && !wrong && <Field.Description className="text-xs text-quiet">{hint}</Field.Description>}
      {wrong && (
        <Field.Error match className="text-xs text-fails">
          {error}
        </Field.Error>
      )}
    </Field.Root>
  )
}
