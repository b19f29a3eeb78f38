export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="var(--sb-accent)" />
      <path
        d="M9 12h9m0 0-3-3m3 3-3 3M23 20h-9m0 0 3-3m-3 3 3 3"
        fill="none"
        stroke="var(--sb-on-accent)"
        strokeWidth="2.4"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  )
}
