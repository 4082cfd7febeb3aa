import { useRouter } from '@tanstack/react-router'
import type { ComponentProps, MouseEvent } from 'react'
import { cn } from './class-names.ts'

interface AppLinkProps extends Omit<ComponentProps<'a'>, 'href'> {
  /** A path of the console, with its search. */
  readonly href: string
  /** As running text has them. */
  readonly inline?: boolean
}

/** A link within the console whose path comes from data; the browser's own ways to open a link all work. */
export function AppLink({ href, inline = false, className, onClick, ...rest }: AppLinkProps) {
  const { history } = useRouter()
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event)
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
    if (event.defaultPrevented || !plain) return
    event.preventDefault()
    history.push(href)
  }
  return <a {...rest} href={href} onClick={follow} className={cn(inline && INLINE_LINK, className)} />
}

export const INLINE_LINK = 'text-accent underline decoration-1 underline-offset-2'
