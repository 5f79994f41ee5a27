// Draws one of the shapes of icons.ts. Always decoration: what it stands beside or sits in carries the name.

export function Icon({ of, class: extra = '' }: { of: readonly string[]; class?: string }) {
  return (
    <svg class={`icon ${extra}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {of.map((path) => (
        <path key={path} d={path} />
      ))}
    </svg>
  );
}
