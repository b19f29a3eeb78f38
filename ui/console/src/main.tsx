import { createRoot } from 'react-dom/client'
import './styles/mantine.css'
import './styles/console.css'
import { App } from './app'

createRoot(document.getElementById('root')!).render(<App />)
