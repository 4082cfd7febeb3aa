import { useEffect, useRef, useState } from 'react'

/** Whether somebody types here, or a question stands above the page: keys are theirs then. */
export function keysAreTaken(event: KeyboardEvent): boolean {
  if (event.metaKey || event.ctrlKey || event.altKey) return true
  const { target } = event
  if (!(target instanceof HTMLElement)) return false
  return (
    target.closest('input, textarea, select, [contenteditable=true], [role=dialog], [role=listbox], [role=menu]') !==
    null
  )
}

/**
 * Whether a key is held down on this page.
 *
 * @param onPress called once, when it goes down.
 */
export function useHeldKey(key: string, onPress: () => void, enabled = true): boolean {
  const [held, setHeld] = useState(false)
  const press = useRef(onPress)
  press.current = onPress
  useEffect(() => {
    if (!enabled) return
    const down = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== key || event.repeat || keysAreTaken(event)) return
      setHeld(true)
      press.current()
    }
    const up = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === key) setHeld(false)
    }
    const away = () => setHeld(false)
    document.addEventListener('keydown', down)
    document.addEventListener('keyup', up)
    window.addEventListener('blur', away)
    return () => {
      document.removeEventListener('keydown', down)
      document.removeEventListener('keyup', up)
      window.removeEventListener('blur', away)
      setHeld(false)
    }
  }, [key, enabled])
  return held
}
