/** A command of the terminal in running text: it breaks between its words and never within an option. */
export function Command({ children }: { readonly children: string }) {
  return (
    <code className="text-quiet select-all">
      {children.split(' ').map((word, i) => (
        <span key={i} className="sm:whitespace-nowrap">
          {i > 0 && ' '}
          {word}
        </span>
      ))}
    </code>
  )
}
