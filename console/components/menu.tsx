import { Menu as Base } from '@base-ui/react/menu'
import type { ReactNode } from 'react'
import { type ButtonLook, buttonLook } from './button.tsx'

interface MenuProps {
  readonly label: string
  readonly trigger: ReactNode
  readonly items: readonly { readonly label: string; onSelect(): void }[]
  readonly small?: boolean
  readonly look?: ButtonLook
}

/** A few things to do, behind one button. */
export function Menu({ label, trigger, items, small = false, look = 'quiet' }: MenuProps) {
  return (
    <Base.Root>
      <Base.Trigger aria-label={label} className={buttonLook(look, small)}>
        {trigger}
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} align="end" className="z-60">
          <Base.Popup className="min-w-40 rounded-md border border-line bg-surface py-1 outline-none">
            {items.map((item) => (
              <Base.Item
                key={item.label}
                onClick={item.onSelect}
                className="cursor-default px-3 py-1 outline-none select-none data-highlighted:bg-accent-soft"
              >
                {item.label}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
