import { Select } from '@base-ui/react/select'
import type { ReactNode } from 'react'
import { cn } from './class-names.ts'
import { Framed } from './field.tsx'
import { Icon } from './icons.tsx'

export interface Choice<T extends string> {
  readonly value: T
  readonly label: string
  readonly note?: string | undefined
  readonly disabled?: boolean | undefined
}

interface SelectProps<T extends string> {
  readonly label: string
  readonly value: T
  onChange(value: T): void
  readonly choices: readonly Choice<T>[]
  readonly hint?: ReactNode
  readonly className?: string
}

/** One of a few. */
export function SelectField<T extends string>({ label, value, onChange, choices, hint, className }: SelectProps<T>) {
  return (
    <Framed label={label} hint={hint} error={null} className={className}>
      <Choices label={label} value={value} onChange={onChange} choices={choices} />
    </Framed>
  )
}

/** The same without a label of its own, above a table. */
export function Filter<T extends string>({
  label,
  value,
  onChange,
  choices,
}: Omit<SelectProps<T>, 'hint' | 'className'>) {
  return <Choices label={label} value={value} onChange={onChange} choices={choices} prefix={label} />
}

function Choices<T extends string>(props: Omit<SelectProps<T>, 'hint' | 'className'> & { readonly prefix?: string }) {
  const { label, value, onChange, choices, prefix } = props
  const shown = choices.find((choice) => choice.value === value)?.label ?? value
  return (
    <Select.Root value={value} onValueChange={(next) => next !== null && onChange(next)}>
      <Select.Trigger
        {...(prefix === undefined ? {} : { 'aria-label': `${label}: ${shown}` })}
        className={cn(
          'flex h-8 items-center justify-between gap-2 rounded-md border bg-surface px-2.5 text-left text-sm hover:bg-sunken',
          prefix === undefined ? 'w-full border-edge' : 'border-line',
        )}
      >
        <span className="truncate">
          {prefix !== undefined && <span className="text-quiet">{prefix} </span>}
          <Select.Value>{() => shown}</Select.Value>
        </span>
        <Select.Icon className="text-quiet">
          <Icon name="chevronDown" size={12} />
        </Select.Icon>
      </Select.Trigger>
      <Select.Portal>
        <Select.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-60">
          <Select.Popup className="max-h-[min(24rem,var(--available-height))] min-w-[var(--anchor-width)] overflow-y-auto rounded-md border border-line bg-surface py-1 outline-none">
            {choices.map((choice) => (
              <Select.Item
                key={choice.value}
                value={choice.value}
                disabled={choice.disabled === true}
                className="flex cursor-default items-start gap-2 px-2.5 py-1 outline-none select-none data-disabled:opacity-50 data-highlighted:bg-accent-soft"
              >
                <span className="w-3 pt-1">
                  <Select.ItemIndicator>
                    <Icon name="check" size={12} />
                  </Select.ItemIndicator>
                </span>
                <span>
                  <Select.ItemText>{choice.label}</Select.ItemText>
                  {choice.note !== undefined && <span className="block text-xs text-quiet">{choice.note}</span>}
                </span>
              </Select.Item>
            ))}
          </Select.Popup>
        </Select.Positioner>
      </Select.Portal>
    </Select.Root>
  )
}
