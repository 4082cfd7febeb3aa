import { Dialog } from '@base-ui/react/dialog'
import { useRouter } from '@tanstack/react-router'
import { type KeyboardEvent, useEffect, useId, useMemo, useState } from 'react'
import { cn } from './class-names.ts'
import { Icon } from './icons.tsx'

export interface Command {
  readonly label: string
  readonly group: string
  readonly href: string
  /** Other words that find it. */
  readonly words?: string
}

interface CommandMenuProps {
  readonly commands: readonly Command[]
  /** What a typed identifier leads to. */
  resolve(text: string): readonly Command[]
}

/** ⌘K or Ctrl K: every place by its name, every object by its identifier. */
export function CommandMenu({ commands, resolve }: CommandMenuProps) {
  const [open, setOpen] = useState(false)
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey)) return
      event.preventDefault()
      setOpen((was) => !was)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger className="flex h-8 items-center gap-2 rounded-md border border-line bg-surface px-2.5 text-quiet hover:border-edge md:w-64">
        <Icon name="search" size={14} />
        <span className="hidden grow text-left md:inline">Go to…</span>
        <span className="sr-only md:hidden">Go to</span>
        <kbd className="hidden text-quiet md:inline">{/Mac|iP/.test(navigator.userAgent) ? '⌘K' : 'Ctrl K'}</kbd>
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-shade" />
        <Dialog.Popup className="fixed top-[12vh] left-1/2 z-50 w-[calc(100vw-2rem)] max-w-lg -translate-x-1/2 overflow-hidden rounded-lg border border-line bg-surface">
          <Dialog.Title className="sr-only">Go to</Dialog.Title>
          <Search commands={commands} resolve={resolve} close={() => setOpen(false)} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Search({ commands, resolve, close }: CommandMenuProps & { close(): void }) {
  const { history } = useRouter()
  const list = useId()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const found = useMemo(() => [...resolve(text.trim()), ...search(commands, text)], [commands, resolve, text])
  const go = (command: Command | undefined) => {
    if (command === undefined) return
    close()
    history.push(command.href)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0 && found.length > 0) setAt((at + step + found.length) % found.length)
    else if (event.key === 'Enter') go(found[at])
    else return
    event.preventDefault()
  }
  return (
    <>
      <input
        role="combobox"
        aria-label="Go to"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={found.length > 0 ? `${list}-${at}` : undefined}
        autoComplete="off"
        spellCheck={false}
        value={text}
        placeholder="A place, or an identifier such as apr_… or per_…"
        className="h-11 w-full border-b border-line bg-transparent px-4 text-base outline-none placeholder:text-quiet"
        onChange={(event) => {
          setText(event.currentTarget.value)
          setAt(0)
        }}
        onKeyDown={onKeyDown}
      />
      <div id={list} role="listbox" aria-label="Places" className="max-h-80 overflow-y-auto py-1">
        {found.map((command, i) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the combobox keeps the focus
          // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox has the keys
          <div
            key={`${command.group} ${command.href} ${command.label}`}
            id={`${list}-${i}`}
            role="option"
            aria-selected={i === at}
            className={cn('flex justify-between gap-4 px-4 py-1.5 select-none', i === at && 'bg-accent-soft')}
            onMouseMove={() => setAt(i)}
            onClick={() => go(command)}
          >
            <span>{command.label}</span>
            <span className="text-quiet">{command.group}</span>
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="px-4 pb-3 text-quiet">Nothing here is called that.</p>}
    </>
  )
}

/** Those in which every word that was typed begins a word, in their own order. */
export function search(commands: readonly Command[], text: string): readonly Command[] {
  const typed = text.toLowerCase().split(/\s+/).filter(Boolean)
  return commands.filter(({ label, group, words = '' }) => {
    const known = `${label} ${group} ${words}`.toLowerCase().split(/\s+/)
    return typed.every((word) => known.some((one) => one.startsWith(word)))
  })
}
