import { useState } from 'react'
import { Button } from './button.tsx'
import { cn } from './class-names.ts'
import { Icon } from './icons.tsx'

/** An identifier or digest, exactly. */
export function Code({ children, className }: { readonly children: string; readonly className?: string }) {
  return <code className={cn('break-all text-quiet', className)}>{children}</code>
}

/** Text that somebody carries elsewhere, with a button that copies it. */
export function CopyText({ label, text }: { readonly label: string; readonly text: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
    setTimeout(() => setCopied(false), 2_000)
  }
  return (
    <div className="flex items-start gap-2 rounded-md border border-line bg-sunken p-2">
      <code className="grow self-center break-all select-all">{text}</code>
      <Button small onClick={copy} aria-label={`Copy ${label}`}>
        <Icon name={copied ? 'check' : 'copy'} size={12} />
        <span aria-live="polite">{copied ? 'Copied' : 'Copy'}</span>
      </Button>
    </div>
  )
}
