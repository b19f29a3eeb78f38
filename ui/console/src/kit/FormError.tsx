import { useT } from '../i18n'
import { describeError } from './errors'
import css from './Form.module.css'

/** Why the server did not take a form, where no single field is to blame. */
export function FormError({ error }: { error: unknown }) {
  const t = useT()
  return (
    <p role="alert" className={css.wrong}>
      {describeError(error, t)}
    </p>
  )
}
