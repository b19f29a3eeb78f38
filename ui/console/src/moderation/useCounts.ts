import { useQuery } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { useApi } from '../api/context'
import { newestFeedbackQuery, openReportsQuery } from '../api/queries'
import type { Me } from '../api/types'
import { newFeedback, seenFeedback, subscribeFeedback } from './model'

/** How much waits for an administrator. */
export function useModerationCounts(me: Me | undefined): { reports: number; feedback: number } {
  const api = useApi()
  const enabled = !!me?.admin
  const reports = useQuery({ ...openReportsQuery(api), enabled }).data ?? 0
  const feedback = useQuery({ ...newestFeedbackQuery(api), enabled }).data ?? []
  const seen = useSyncExternalStore(subscribeFeedback, seenFeedback)
  return { reports, feedback: newFeedback(feedback, seen) }
}
