import { MantineProvider, localStorageColorSchemeManager, useComputedColorScheme } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { lazy, StrictMode, useLayoutEffect, type ComponentType, type ReactNode } from 'react'
import { BrowserRouter, Navigate, Route, Routes } from 'react-router'
import { ApiClient } from './api/client'
import { ApiContext } from './api/context'
import { LiveProvider } from './api/live'
import { shouldRetry } from './api/queries'
import { AuthContext, Gate } from './auth/Gate'
import { hold } from './auth/hold'
import { Auth } from './auth/oidc'
import { ChatProvider } from './chat/context'
import { I18nProvider, withAdminMessages } from './i18n'
import { InboxPage } from './inbox/InboxPage'
import { NotFound } from './kit/States'
import { Toasts } from './kit/Toasts'
import { Admitted } from './shell/Admitted'
import { Shell } from './shell/Shell'
import { cssVariables, theme } from './theme'

/** A page of administrators: it comes with its messages. */
const admin = (page: () => Promise<{ default: ComponentType }>) => lazy(withAdminMessages(page))

const HistoryPage = lazy(() => import('./history/HistoryPage'))
const AccountsPage = admin(() => import('./settings/AccountsPage'))
const ApiKeysPage = admin(() => import('./settings/ApiKeysPage'))
const WebhooksPage = admin(() => import('./settings/WebhooksPage'))
const WebhookPage = admin(() => import('./settings/WebhookPage'))
const FeaturesPage = admin(() => import('./settings/FeaturesPage'))
const SecurityPage = admin(() => import('./settings/SecurityPage'))
const ReportsPage = admin(() => import('./moderation/ReportsPage'))
const FeedbackPage = admin(() => import('./moderation/FeedbackPage'))
const CompanyPage = admin(() => import('./settings/CompanyPage'))

const auth = new Auth({
  origin: location.origin,
  storage: sessionStorage,
  now: () => Date.now(),
  go: (url) => location.assign(url),
  fetch: (...args) => fetch(...args),
  hold: (name) => hold(name),
})
const api = new ApiClient(auth)
const queries = new QueryClient({
  defaultOptions: { queries: { staleTime: 5_000, retry: shouldRetry, refetchOnWindowFocus: true } },
})
const colorScheme = localStorageColorSchemeManager({ key: 'switchboard.console.scheme' })

export function App() {
  return (
    <StrictMode>
      <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto" colorSchemeManager={colorScheme}>
        <SameTheme />
        <I18nProvider>
          <QueryClientProvider client={queries}>
            <AuthContext value={auth}>
              <ApiContext value={api}>
                <BrowserRouter basename="/console">
                  <Toasts />
                  <Gate>
                    <SignedIn>
                      <Pages />
                    </SignedIn>
                  </Gate>
                </BrowserRouter>
              </ApiContext>
            </AuthContext>
          </QueryClientProvider>
        </I18nProvider>
      </MantineProvider>
    </StrictMode>
  )
}

function SignedIn({ children }: { children: ReactNode }) {
  return (
    <Admitted>
      <LiveProvider auth={auth}>
        <ChatProvider auth={auth}>{children}</ChatProvider>
      </LiveProvider>
    </Admitted>
  )
}

function Pages() {
  return (
    <Routes>
      <Route element={<Shell />}>
        <Route index element={<Navigate to="/inbox" replace />} />
        <Route path="callback" element={<Navigate to="/inbox" replace />} />
        <Route path="inbox/:id?" element={<InboxPage />} />
        <Route path="history/:id?" element={<HistoryPage />} />
        <Route path="reports" element={<ReportsPage />} />
        <Route path="feedback" element={<FeedbackPage />} />
        <Route path="settings">
          <Route index element={<Navigate to="accounts" replace />} />
          <Route path="accounts/:id?" element={<AccountsPage />} />
          <Route path="keys" element={<ApiKeysPage />} />
          <Route path="webhooks" element={<WebhooksPage />} />
          <Route path="webhooks/:id" element={<WebhookPage />} />
          <Route path="features" element={<FeaturesPage />} />
          <Route path="security" element={<SecurityPage />} />
          <Route path="company" element={<CompanyPage />} />
        </Route>
        <Route path="*" element={<NotFound />} />
      </Route>
    </Routes>
  )
}

/** The tokens follow data-theme; Mantine decides which it is. */
function SameTheme() {
  const scheme = useComputedColorScheme('light')
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = scheme
  }, [scheme])
  return null
}
