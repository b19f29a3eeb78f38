// A page that breaks takes only itself down.
import { Component, type ReactNode } from 'react'
import { ErrorState } from './States'

interface Props {
  children: ReactNode
  /** A change (another page) clears the error. */
  at: string
}

export class Boundary extends Component<Props, { error?: unknown; at: string }> {
  override state: { error?: unknown; at: string } = { at: this.props.at }

  static getDerivedStateFromError(error: unknown) {
    return { error: error ?? new Error() }
  }

  static getDerivedStateFromProps(props: Props, state: { error?: unknown; at: string }) {
    return props.at === state.at ? null : { error: undefined, at: props.at }
  }

  override render() {
    if (this.state.error === undefined) return this.props.children
    // A chunk that a newer build has replaced needs a reload, and so may anything else.
    return <ErrorState error={this.state.error} retry={() => window.location.reload()} />
  }
}
