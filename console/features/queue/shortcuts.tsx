import { useEffect, useState } from 'react'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { keysAreTaken } from '../decisions/held-key.ts'

/** The keys of a page; `?` opens the list. */
export function Shortcuts({ keys }: { readonly keys: readonly (readonly [keys: string, does: string])[] }) {
  const [open, setOpen] = useState(false)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '?' || keysAreTaken(event)) return
      event.preventDefault()
      setOpen(true)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
  return (
    <>
      <Button small look="quiet" className="hidden self-start md:inline-flex" onClick={() => setOpen(true)}>
        Keys <kbd>?</kbd>
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title="Keys">
        <dl className="grid grid-cols-[6rem_minmax(0,1fr)] gap-x-4 gap-y-2">
          {keys.map(([key, does]) => (
            <div key={key} className="contents">
              <dt className="flex gap-1">
                {key.split(' ').map((one) => (
                  <kbd key={one} className="rounded-sm border border-edge px-1.5">
                    {one}
                  </kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      </Dialog>
    </>
  )
}
