import type { ComponentProps } from 'react'
import { cn } from './class-names.ts'

export type ButtonLook = 'primary' | 'secondary' | 'quiet' | 'danger'

const LOOKS: Record<ButtonLook, string> = {
  primary: 'border-transparent bg-accent text-accent-ink hover:opacity-90',
  secondary: 'border-line bg-surface text-ink hover:bg-sunken hover:border-edge',
  quiet: 'border-transparent text-quiet hover:bg-sunken hover:text-ink',
  danger: 'border-fails bg-surface text-fails hover:bg-fails-soft',
}

/** The look of a button, for links that lead to something that one does. */
export function buttonLook(look: ButtonLook = 'secondary', small = false): string {
  return cn(
    'inline-flex items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap select-none',
    'aria-disabled:opacity-50 disabled:opacity-50 disabled:cursor-not-allowed aria-disabled:cursor-not-allowed',
    small ? 'h-6 px-2 text-xs' : 'h-8 px-3 text-sm',
    LOOKS[look],
  )
}

interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: ButtonLook | undefined
  readonly small?: boolean | undefined
  /** It has been pressed and the answer isn't there yet. */
  readonly busy?: boolean | undefined
}

export function Button({
  look,
  small,
  busy = false,
  className,
  disabled,
  children,
  type = 'button',
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      disabled={disabled === true || busy}
      aria-busy={busy}
      className={cn(buttonLook(look, small), busy && 'cursor-progress', className)}
    >
      {children}
    </button>
  )
}
