// What stands beside the list when a conversation is open; loaded beside the
// first screen, not before it.
import { ClientPanel } from './ClientPanel'
import { Conversation, type ConversationProps } from './Conversation'
import '../styles/forms.css'

export default function OpenConversation({ canNote, ...props }: ConversationProps & { canNote: boolean }) {
  const { session, togglePanel } = props
  return (
    <>
      <Conversation key={session.id} {...props} />
      <ClientPanel key={`client ${session.id}`} session={session} close={togglePanel} canNote={canNote} />
    </>
  )
}
