// Mantine wearing the shared tokens: its variables point at --sb-*, so light,
// dark and a tenant's accent have one source.
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core'

const tuple = (shades: string[]): MantineColorsTuple => shades as unknown as MantineColorsTuple

// Ten steps because Mantine indexes them; only a few are ever seen.
const accent = tuple([
  'var(--sb-accent-soft)', 'var(--sb-accent-soft)', 'var(--sb-accent-line)', 'var(--sb-accent-line)', 'var(--sb-accent)',
  'var(--sb-accent)', 'var(--sb-accent)', 'var(--sb-accent-hover)', 'var(--sb-accent-hover)', 'var(--sb-accent-text)',
])

export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: 6,
  colors: { accent },
  fontFamily: 'var(--sb-font)',
  fontFamilyMonospace: 'var(--sb-mono)',
  fontSizes: { xs: '12px', sm: '14px', md: '14px', lg: '16px', xl: '20px' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.45', lg: '1.45', xl: '1.3' },
  headings: { fontFamily: 'var(--sb-font)', fontWeight: '600' },
  defaultRadius: '8px',
  radius: { xs: '4px', sm: '8px', md: '8px', lg: '8px', xl: '999px' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '32px' },
  shadows: { xs: 'var(--sb-shadow-1)', sm: 'var(--sb-shadow-1)', md: 'var(--sb-shadow-2)', lg: 'var(--sb-shadow-2)', xl: 'var(--sb-shadow-2)' },
  focusRing: 'never', // base.css draws one ring for everything
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    InputWrapper: { styles: { label: { marginBottom: 4, fontWeight: 500 }, description: { marginBottom: 6 }, required: { color: 'var(--sb-danger-text)' } } },
    Modal: { styles: { title: { fontSize: 'var(--sb-title-s)', fontWeight: 600 }, body: { paddingTop: 4 } }, defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.4 }, transitionProps: { duration: 120 } } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: false, transitionProps: { duration: 80 } } },
    Menu: { defaultProps: { shadow: 'md', withInitialFocusPlaceholder: false, transitionProps: { duration: 80 } } },
    Button: { defaultProps: { size: 'sm', fw: 500 } },
  },
})

function solid(name: string, token: string) {
  const c = `--mantine-color-${name}`
  return {
    [`${c}-filled`]: `var(--sb-${token})`,
    [`${c}-filled-hover`]: `color-mix(in srgb, var(--sb-${token}) 88%, black)`,
    [`${c}-light`]: `var(--sb-${token}-soft)`,
    [`${c}-light-hover`]: `color-mix(in srgb, var(--sb-${token}-soft) 85%, var(--sb-${token}))`,
    [`${c}-light-color`]: `var(--sb-${token}-text)`,
    [`${c}-outline`]: `var(--sb-${token}-text)`,
    [`${c}-outline-hover`]: `var(--sb-${token}-soft)`,
    [`${c}-text`]: `var(--sb-${token}-text)`,
  }
}

const shared = {
  '--mantine-color-body': 'var(--sb-surface)',
  '--mantine-color-text': 'var(--sb-text)',
  '--mantine-color-dimmed': 'var(--sb-text-3)',
  '--mantine-color-placeholder': 'var(--sb-text-3)',
  '--mantine-color-bright': 'var(--sb-text)',
  '--mantine-color-anchor': 'var(--sb-accent-text)',
  '--mantine-color-error': 'var(--sb-danger-text)',
  '--mantine-color-default': 'var(--sb-surface)',
  '--mantine-color-default-hover': 'var(--sb-hover)',
  '--mantine-color-default-color': 'var(--sb-text)',
  '--mantine-color-default-border': 'var(--sb-line-strong)',
  '--mantine-color-disabled': 'var(--sb-n2)',
  '--mantine-color-disabled-color': 'var(--sb-n7)',
  '--mantine-color-disabled-border': 'var(--sb-n3)',
  '--mantine-primary-color-contrast': 'var(--sb-on-accent)',
  ...solid('red', 'danger'),
  ...solid('green', 'success'),
  ...solid('yellow', 'warning'),
  ...solid('accent', 'accent'),
  '--mantine-color-gray-light': 'var(--sb-hover)',
  '--mantine-color-gray-light-hover': 'var(--sb-hover)',
  '--mantine-color-gray-light-color': 'var(--sb-text-2)',
  '--mantine-color-gray-text': 'var(--sb-text-2)',
  '--mantine-color-gray-outline': 'var(--sb-text-2)',
  '--mantine-color-accent-filled-hover': 'var(--sb-accent-hover)',
  '--mantine-color-accent-text': 'var(--sb-accent-text)',
  '--mantine-color-accent-light-color': 'var(--sb-accent-text)',
  '--mantine-color-accent-outline': 'var(--sb-accent-text)',
}

/** Mantine's own neutral scales, by the steps of ours that play the same part. */
const scale = (name: string, steps: readonly string[]) => Object.fromEntries(steps.map((token, i) => [`--mantine-color-${name}-${i}`, `var(--sb-${token})`]))
const light = scale('gray', ['n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n8', 'n9', 'n10', 'n11'])
const dark = scale('dark', ['n11', 'n10', 'n9', 'n8', 'line-strong', 'active', 'surface-2', 'surface', 'page', 'page'])

export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, light: { ...shared, ...light }, dark: { ...shared, ...light, ...dark } })
